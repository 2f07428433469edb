/** A file's name, as keywords take it. */
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import type { Token } from '../lexer.ts';
import { spanOf } from '../lexer.ts';
import { custom, firstWord, refuse } from '../row_builders.ts';

const expects = 'an absolute path';

export function path(doc: string) {
  return custom<string>({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      if (word === undefined || word.text.startsWith('/')) return word?.text;
      const message = `Cannot use ${call.keyword.text} ${quote(word.text)}: expected ${expects}`;
      return refuse(call, 'BAD_VALUE', { message });
    },
  });
}

/** One of several words; undefined after an error. */
export function readPath({ keyword, diagnostics }: Call, word: Token): string | undefined {
  if (word.text.startsWith('/')) return word.text;
  const message = `Cannot use ${keyword.text} ${quote(word.text)}: expected ${expects}`;
  diagnostics.error('BAD_VALUE', spanOf(word), { message });
  return undefined;
}
