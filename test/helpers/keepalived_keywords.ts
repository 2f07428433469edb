/** The names that keepalived 2.4 knows in any block, from its parsers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const list = join(import.meta.dirname, '../../../test/config/keepalived_keywords.txt');

/** Each once, in the order of the list. */
export function keepalivedKeywords(): string[] {
  const lines = readFileSync(list, 'utf8').split('\n');
  const names = lines.filter((line) => !line.startsWith('#')).flatMap((line) => line.split(' '));
  return [...new Set(names.filter((name) => name !== ''))];
}
