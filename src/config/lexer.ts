/**
 * Text -> words and braces. `#` and `!` start a comment outside quotes, unless a backslash stands
 * before them; "..." and '...' keep blanks and braces; anywhere else `{` and `}` stand alone, but in `${name}`.
 */
import type { Diagnostics } from './diagnostic.ts';
import type { Span } from './model.ts';

/** A file's text, cut into lines. */
export interface Source {
  readonly file: string;
  readonly lines: readonly string[];
}

/** A word, a brace or the end of a line. `line` counts from 1, `column` from 1, `length` as written. */
export interface Token {
  readonly kind: 'word' | 'open' | 'close' | 'eol';
  readonly text: string;
  readonly quoted: boolean;
  readonly source: Source;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** A file with more is refused. Ten thousand real servers need a quarter of it. */
export const MAX_TOKENS = 1_000_000;

/** How far the `}` of `${name}` is looked for. */
const LONGEST_NAME = 64;

export function makeSource(file: string, text: string): Source {
  return { file, lines: text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/) };
}

export function spanOf({ source, line, column, length }: Omit<Token, 'kind' | 'text' | 'quoted'>): Span {
  return { file: source.file, line, column, length, text: source.lines[line - 1] ?? '' };
}

/** From the first token to the last on the first one's line. */
export function spanOfAll(tokens: readonly Token[]): Span {
  const [first] = tokens;
  if (!first) throw new RangeError('Cannot make a span of no tokens');
  const last = tokens.findLast(({ line }) => line === first.line) ?? first;
  return spanOf({ ...first, length: last.column + last.length - first.column });
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\f' || char === '\v';
/** No-break, ideographic and other typographic blanks, which web pages put into pasted text. */
const isStrangeBlank = (char: string): boolean =>
  char > '\x7f' && /[\u00a0\u2000-\u200b\u202f\u3000\ufeff]/.test(char);

/** All tokens of a file, each line that has any closed by 'eol'. */
export function lex(source: Source, diagnostics: Diagnostics): Token[] {
  const tokens: Token[] = [];
  let warned = false;
  source.lines.forEach((_, index) => {
    if (tokens.length > MAX_TOKENS) return;
    const strange = lexLine({ source, line: index + 1, diagnostics }, tokens);
    if (strange === undefined || warned) return;
    warned = true;
    const code = (source.lines[index] ?? '')
      .codePointAt(strange)
      ?.toString(16)
      .toUpperCase()
      .padStart(4, '0');
    diagnostics.warning(
      'NO_BREAK_SPACE',
      spanOf({ source, line: index + 1, column: strange + 1, length: 1 }),
      {
        message: `Cannot take U+${code} for text: it is read as a blank, here and in the rest of this file`,
        help: 'keepalived takes it for a letter and would not know these lines; write ordinary blanks',
      },
    );
  });
  if (tokens.length > MAX_TOKENS)
    diagnostics.error('TOO_LARGE', spanOf({ source, line: source.lines.length, column: 1, length: 1 }), {
      message: `Cannot read more than ${MAX_TOKENS} words from one file`,
    });
  return tokens;
}

interface LineContext {
  readonly source: Source;
  readonly line: number;
  readonly diagnostics: Diagnostics;
}

/** Appends the tokens of one line; returns where the first strange blank is. */
function lexLine(context: LineContext, tokens: Token[]): number | undefined {
  const { source, line } = context;
  const text = source.lines[line - 1] ?? '';
  let strange: number | undefined;
  let at = 0;
  const push = (kind: Token['kind'], { text, end, quoted }: Word): void => {
    tokens.push({ kind, text, quoted, source, line, column: at + 1, length: Math.max(1, end - at) });
    at = end;
  };
  while (at < text.length) {
    const char = text[at] ?? '';
    if (isBlank(char)) at++;
    else if (isStrangeBlank(char)) {
      strange ??= at;
      at++;
    } else if (char === '#' || char === '!') break;
    else if (char === '{') push('open', plain('{', at + 1));
    else if (char === '}') push('close', plain('}', at + 1));
    else {
      const begins = tokens.length === 0 || tokens.at(-1)?.kind !== 'word';
      const word = readWord(context, text, at);
      push('word', word);
      if (begins && isIncludeKeyword(word.text)) {
        const pattern = readPattern(text, at);
        at = pattern.start;
        if (pattern.end > at) push('word', plain(text.slice(at, pattern.end), pattern.end));
      }
    }
  }
  if (tokens.length > 0 && tokens.at(-1)?.kind !== 'eol') push('eol', plain('', text.length));
  return strange;
}

const plain = (text: string, end: number): Word => ({ text, end, quoted: false });

export function isIncludeKeyword(word: string): boolean {
  return /^include[abmrw]?$/.test(word);
}

/** The pattern after an include keyword: the rest of the line, since {a,b} in it are no blocks. */
function readPattern(text: string, from: number): { start: number; end: number } {
  const rest = text.slice(from);
  const start = from + rest.length - rest.trimStart().length;
  const comment = text.slice(start).search(/[#!]/);
  const end = comment === -1 ? text.length : start + comment;
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

interface Word {
  readonly text: string;
  readonly end: number;
  readonly quoted: boolean;
}

function readWord(context: LineContext, text: string, start: number): Word {
  const first = text[start] ?? '';
  const closing = first === "'" ? text.indexOf("'", start + 1) : -1;
  if (closing !== -1) return { text: text.slice(start + 1, closing), end: closing + 1, quoted: true };
  const parts: string[] = [];
  let quoted = false;
  let at = start;
  while (at < text.length) {
    const char = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (char === '"') {
      const string = readQuoted(context, text, at);
      parts.push(string.text);
      at = string.end;
      quoted = true;
    } else if (char === '\\' && (next === '#' || next === '!')) {
      parts.push(next);
      at += 2;
    } else if (char === '$' && next === '{') {
      const end = text.slice(at, at + LONGEST_NAME).indexOf('}');
      const stop = end === -1 ? at + 2 : at + end + 1;
      parts.push(text.slice(at, stop));
      at = stop;
    } else if (endsWord(char)) break;
    else {
      parts.push(char);
      at++;
    }
  }
  return { text: parts.join(''), end: at, quoted };
}

function endsWord(char: string): boolean {
  return (
    isBlank(char) || isStrangeBlank(char) || char === '#' || char === '!' || char === '{' || char === '}'
  );
}

function readQuoted({ source, line, diagnostics }: LineContext, text: string, start: number): Word {
  const parts: string[] = [];
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') return { text: parts.join(''), end: at + 1, quoted: true };
    if (char === '\\' && text[at + 1] === '"') at++;
    else if (char === '\\' && text[at + 1] === '\\') parts.push(text[at++] ?? '');
    parts.push(text[at] ?? '');
  }
  diagnostics.error('UNTERMINATED', spanOf({ source, line, column: start + 1, length: 1 }), {
    message: 'Cannot find the end of this quoted string on its line',
    help: 'write a closing "',
  });
  return { text: parts.join(''), end: text.length, quoted: true };
}
