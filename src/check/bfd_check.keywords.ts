/** BFD_CHECK in keepalived.conf. The checker itself is bfd_check.ts. */
import { quote } from '../config/diagnostic.ts';
import { block } from '../config/keyword.ts';
import type { CheckerKeyword } from '../config/keywords/checker.ts';
import { flag, text } from '../config/row_builders.ts';
import { didYouMean } from '../config/suggest.ts';

const rows = {
  name: text('the bfd_instance whose session counts'),
  alpha: flag('a real server is in service only from when the session is up'),
};

export const bfdCheckKeywords = {
  name: 'BFD_CHECK',
  doc: 'up while a BFD session is up',
  block: block(rows),
  portless: true,
  complete({ delayBeforeRetryMs, delayLoopMs, span }, { name }, { written, diagnostics, bfds }) {
    if (!name) {
      if (!written.has('name'))
        diagnostics.error('MISSING_KEYWORD', span, {
          message: 'Cannot check by a BFD session: BFD_CHECK has no name',
          help: 'write name NAME, and bfd_instance NAME { neighbor_ip ADDRESS } at the top of the file',
        });
      return undefined;
    }
    if (!bfds.has(name.value)) {
      diagnostics.error('UNKNOWN_VALUE', name.at, {
        message: `Cannot use bfd_instance ${quote(name.value)}: there is none of that name`,
        help: didYouMean(
          name.value,
          bfds.keys(),
          `write bfd_instance ${name.value} { neighbor_ip ADDRESS } at the top of the file`,
        ),
      });
      return undefined;
    }
    // Every change of the session counts, at once; nothing is tried again.
    return {
      kind: 'BFD_CHECK',
      session: name.value,
      retry: 0,
      delayBeforeRetryMs,
      delayLoopMs,
      warmupMs: 0,
      span,
    };
  },
} as const satisfies CheckerKeyword<typeof rows>;
