/** "destination 10.9.0.0/16; port 80-90" -> two statements: for blocks whose row says that semicolons part them. */
import type { Token } from './lexer.ts';
import type { Statement } from './tree.ts';

/** The statements of one line; a block that follows the line belongs to the last of them. */
export function splitAtSemicolons({ head, words, body }: Statement): Statement[] {
  const statements: Statement[] = [];
  let line: Token[] = [];
  const end = (): void => {
    const [first, ...rest] = line;
    if (first) statements.push({ head: first, words: rest, body: undefined });
    line = [];
  };
  for (const word of [head, ...words]) {
    partsOf(word).forEach((part, index) => {
      if (index > 0) end();
      if (part) line.push(part);
    });
  }
  end();
  const last = statements.at(-1);
  if (last) last.body = body;
  return statements;
}

/** What stands between the semicolons of a word; undefined for nothing. */
function partsOf(word: Token): (Token | undefined)[] {
  if (word.quoted) return [word];
  let { column } = word;
  return word.text.split(';').map((text) => {
    const part = text === '' ? undefined : { ...word, text, column, length: text.length };
    column += text.length + 1;
    return part;
  });
}
