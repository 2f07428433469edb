/** What global_defs says of reloads. */
import { custom, flag } from '../row_builders.ts';
import { path, readPath } from './path.ts';

/** Beside keepalived's process ids. */
const RELOAD_FILE = '/run/keepalived.reload';

export const reloadKeywords = {
  reload_time_file: path(
    'a file with the time of the next reload: HH:MM:SS or YYYY-MM-DD HH:MM:SS, Z behind it for UTC',
  ),
  reload_repeat: flag('a time without a date is for every day: its file stays', { default: false }),
  reload_file: custom<string>({
    doc: `a file that is there while a reload reads the configuration; ${RELOAD_FILE} when nothing follows`,
    expects: 'nothing, or an absolute path',
    read: (call) => {
      const [word] = call.words;
      return word === undefined ? RELOAD_FILE : readPath(call, word);
    },
  }),
} as const;
