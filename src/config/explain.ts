/** What becomes of every directive of a file: the keyword tables, line by line. Pure. */
import type { Block, Rows } from './keyword.ts';
import { spanOf } from './lexer.ts';
import type { Span } from './model.ts';
import { type Fate, fateOf, meaningOf } from './reference.ts';
import { splitAtSemicolons } from './semicolons.ts';
import type { Statement } from './tree.ts';

export interface Directive {
  readonly at: Span;
  readonly keyword: string;
  /** The names of the blocks that it stands in, outermost first. */
  readonly inside: readonly string[];
  readonly fate: Fate | 'unknown';
  /** What it is for, or why it has no effect. */
  readonly meaning: string;
}

/** In the order of the file; what an unknown or an unread block holds is not looked at. */
export function explain(
  statements: readonly Statement[],
  { table }: Block<Rows>,
  inside: readonly string[] = [],
): Directive[] {
  return statements.flatMap(({ head, body }): Directive[] => {
    const row = table.get(head.text);
    const here = { at: spanOf(head), keyword: head.text, inside };
    if (!row) return [{ ...here, fate: 'unknown', meaning: 'no keyword here: it is passed over' }];
    const directive = { ...here, fate: fateOf(row, table), meaning: meaningOf(row, table) };
    const target = row.kind === 'alias' ? table.get(row.to) : row;
    if (target?.kind !== 'block' || !body) return [directive];
    const inner = target.semicolons ? body.flatMap(splitAtSemicolons) : body;
    return [directive, ...explain(inner, target.block, [...inside, head.text])];
  });
}

/** One line each: place, the keyword under its blocks, what becomes of it and why. */
export function explanation(directives: readonly Directive[]): string {
  const rows = directives.map(({ at, keyword, inside, fate, meaning }) => ({
    place: `${at.file}:${at.line}:${at.column}`,
    name: `${'  '.repeat(inside.length)}${keyword}`,
    fate,
    meaning,
  }));
  const width = (key: 'place' | 'name' | 'fate'): number =>
    rows.reduce((most, row) => Math.max(most, row[key].length), 0);
  const [places, names, fates] = [width('place'), width('name'), width('fate')];
  return rows
    .map(({ place, name, fate, meaning }) =>
      `${place.padEnd(places)}  ${name.padEnd(names)}  ${fate.padEnd(fates)}  ${meaning}`.replace(
        /[\p{Cc}\p{Cf}]/gu,
        '?',
      ),
    )
    .map((line) => `${line}\n`)
    .join('');
}
