/** BFD_CHECK in keepalived.conf. The checker itself is bfd_check.ts. */
import { block } from '../config/keyword.ts';
import type { CheckerKeyword } from '../config/keywords/checker.ts';
import { flag, text } from '../config/row_builders.ts';
import { atEachChange, findNamed } from './named_block.ts';

const rows = {
  name: text('the bfd_instance whose session counts'),
  alpha: flag('a real server is in service only from when the session is up'),
};

const instance = {
  checker: 'BFD_CHECK',
  by: 'a BFD session',
  keyword: 'name',
  block: 'bfd_instance',
  holds: 'neighbor_ip ADDRESS',
};

export const bfdCheckKeywords = {
  name: 'BFD_CHECK',
  doc: 'up while a BFD session is up',
  block: block(rows),
  portless: true,
  complete({ delayBeforeRetryMs, delayLoopMs, span }, { name }, { bfds, ...place }) {
    if (findNamed(instance, name, { ...place, known: bfds, span }) === undefined || name === undefined)
      return undefined;
    return { kind: 'BFD_CHECK', session: name.value, ...atEachChange, delayBeforeRetryMs, delayLoopMs, span };
  },
} as const satisfies CheckerKeyword<typeof rows>;
