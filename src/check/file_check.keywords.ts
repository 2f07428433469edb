/** FILE_CHECK in keepalived.conf. The checker itself is file_check.ts. */
import { block } from '../config/keyword.ts';
import type { CheckerKeyword } from '../config/keywords/checker.ts';
import { weightRow } from '../config/keywords/vrrp_tracking.ts';
import { ignored, text } from '../config/row_builders.ts';
import { atEachChange, findNamed } from './named_block.ts';

const rows = {
  track_file: text('the track_file whose number counts'),
  weight: weightRow(
    "what the number is multiplied by before it is added to the real server's weight; that of track_file when " +
      'left out; 0: up while the number is 0',
    2 ** 31 - 1,
  ),
};

const file = {
  checker: 'FILE_CHECK',
  by: 'a file',
  keyword: 'track_file',
  block: 'track_file',
  holds: 'file PATH',
};

export const fileCheckKeywords = {
  name: 'FILE_CHECK',
  doc: 'up, or of some weight, as a number in a file says',
  block: block(rows, ignored('every reading of the file counts', 'log_all_failures nb_get_retry')),
  portless: true,
  complete({ delayBeforeRetryMs, delayLoopMs, span }, fields, { trackFiles, ...place }) {
    const found = findNamed(file, fields.track_file, { ...place, known: trackFiles, span });
    if (found === undefined) return undefined;
    const weight = fields.weight?.value ?? found.weight;
    const times = { ...atEachChange, delayBeforeRetryMs, delayLoopMs };
    return { kind: 'FILE_CHECK', file: found.config, ...weight, ...times, span };
  },
} as const satisfies CheckerKeyword<typeof rows>;
