/** FILE_CHECK in keepalived.conf. The checker itself is file_check.ts. */
import { quote } from '../config/diagnostic.ts';
import { block } from '../config/keyword.ts';
import type { CheckerKeyword } from '../config/keywords/checker.ts';
import { weightRow } from '../config/keywords/vrrp_tracking.ts';
import { ignored, text } from '../config/row_builders.ts';
import { didYouMean } from '../config/suggest.ts';

const rows = {
  track_file: text('the track_file whose number counts'),
  weight: weightRow(
    "what the number is multiplied by before it is added to the real server's weight; that of track_file when " +
      'left out; 0: up while the number is 0',
    2 ** 31 - 1,
  ),
};

export const fileCheckKeywords = {
  name: 'FILE_CHECK',
  doc: 'up, or of some weight, as a number in a file says',
  block: block(rows, ignored('every reading of the file counts', 'log_all_failures nb_get_retry')),
  portless: true,
  complete({ delayBeforeRetryMs, delayLoopMs, span }, fields, { written, diagnostics, trackFiles }) {
    const { track_file: name, weight } = fields;
    if (!name) {
      if (!written.has('track_file'))
        diagnostics.error('MISSING_KEYWORD', span, {
          message: 'Cannot check by a file: FILE_CHECK has no track_file',
          help: 'write track_file NAME, and track_file NAME { file PATH } at the top of the file',
        });
      return undefined;
    }
    const found = trackFiles.get(name.value);
    if (!found) {
      diagnostics.error('UNKNOWN_VALUE', name.at, {
        message: `Cannot use track_file ${quote(name.value)}: there is none of that name`,
        help: didYouMean(
          name.value,
          trackFiles.keys(),
          `write track_file ${name.value} { file PATH } at the top of the file`,
        ),
      });
      return undefined;
    }
    return {
      kind: 'FILE_CHECK',
      file: found.config,
      ...(weight?.value ?? found.weight),
      // The file is read whenever it changes: every reading counts, the first at once.
      retry: 0,
      delayBeforeRetryMs,
      delayLoopMs,
      warmupMs: 0,
      span,
    };
  },
} as const satisfies CheckerKeyword<typeof rows>;
