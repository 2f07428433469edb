/** Text that fits 80 columns. Pure. */
import Table from 'cli-table3';

const WIDTH = 80;

/** Columns without lines: text to the left, numbers to the right. */
export function plainTable(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const none = '';
  const table = new Table({
    head: [...titles],
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: ' ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: titles.map((_title, at) => (typeof rows[0]?.[at] === 'number' ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map(String)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A table whose rows are broken where they do not fit. */
export function fittedTable(...table: Parameters<typeof plainTable>): string {
  return plainTable(...table)
    .split('\n')
    .flatMap((line) => wrap(line))
    .join('\n');
}

/** Breaks at blanks; what follows the first line is indented. A word longer than the screen stays whole. */
export function wrap(text: string, indent = 2): string[] {
  if (text.length <= WIDTH) return [text];
  const lines: string[] = [];
  const [margin = ''] = /^ */.exec(text) ?? [];
  let line = '';
  for (const word of text.trimStart().split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else line = line === '' ? `${margin}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}
