/** What global_defs says of the process itself: its log and the files that signals make. */
import { parseUmask } from '../../base/umask.ts';
import { quote } from '../diagnostic.ts';
import { custom, firstWord, flag, oneOf, refuse } from '../row_builders.ts';
import { path } from './path.ts';

const umaskExpects = 'a number (octal with a leading 0) or bits such as IWGRP|IWOTH';

export const processKeywords = {
  state_dump_file: path('where SIGUSR1 writes instead of /tmp/keepalived.data'),
  stats_dump_file: path('where SIGUSR2 writes instead of /tmp/keepalived.stats'),
  json_dump_file: path('where the JSON signal writes instead of /tmp/keepalived.json'),
  json_version: oneOf(['1', '2'], 'the form of keepalived.json', { default: '1' }),
  data_use_instance: flag("puts the instance's name into the names of these files", { default: false }),
  umask: custom<number>({
    doc: 'of the files that signals make',
    expects: umaskExpects,
    defaultText: '0177',
    read: (call) => {
      const word = firstWord(call, umaskExpects);
      if (word === undefined) return undefined;
      const mask = parseUmask(word.text);
      if (mask !== undefined) return mask;
      const message = `Cannot use umask ${quote(word.text)}: expected ${umaskExpects}`;
      return refuse(call, 'BAD_VALUE', { message });
    },
  }),
  xlb_log: oneOf(['text', 'json'], 'how lines of the log look', { default: 'text' }),
} as const;
