/**
 * Text -> words and braces. `#` and `!` start a comment outside quotes, unless a backslash stands
 * before them; "..." and '...' keep blanks and braces; anywhere else `{` and `}` stand alone, but in `${name}`.
 */
import type { Diagnostics } from './diagnostic.ts';
import { type Line, lineOf, placeOf, type Source } from './line.ts';
import type { Span } from './model.ts';

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

/** All tokens of a file as it stands, each line that has any closed by 'eol'. */
export function lex(source: Source, diagnostics: Diagnostics): Token[] {
  const lexer = new Lexer(source, diagnostics);
  return source.lines.flatMap((_, index) => lexer.take(lineOf(source, index + 1)));
}

/** Cuts the lines of one file into words. */
export class Lexer {
  readonly #source: Source;
  readonly #diagnostics: Diagnostics;
  #count = 0;
  #strange = 0;

  constructor(source: Source, diagnostics: Diagnostics) {
    this.#source = source;
    this.#diagnostics = diagnostics;
  }

  /** The tokens of a line, closed by 'eol' where there are any; none once the file has had too many. */
  take(line: Line): Token[] {
    if (this.#count > MAX_TOKENS) return [];
    const tokens: Token[] = [];
    const strange = lexLine({ line, diagnostics: this.#diagnostics }, tokens);
    if (strange !== undefined && this.#strange++ === 0) this.#warnStrange(line, strange);
    this.#count += tokens.length;
    if (this.#count > MAX_TOKENS) this.#tooLarge();
    return tokens;
  }

  /** Lines with strange blanks so far. */
  get strange(): number {
    return this.#strange;
  }

  /** The file has had too many; that was reported. */
  get isFull(): boolean {
    return this.#count > MAX_TOKENS;
  }

  /** Counts tokens that are known already; false where they are too many. */
  pass(count: number): boolean {
    if (this.#count + count > MAX_TOKENS) return false;
    this.#count += count;
    return true;
  }

  #warnStrange(line: Line, at: number): void {
    const code = (line.text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    this.#diagnostics.warning('NO_BREAK_SPACE', spanOf({ ...line, ...columnsOf(line, at, at + 1) }), {
      message: `Cannot take U+${code} for text: it is read as a blank, here and in the rest of this file`,
      help: 'keepalived takes it for a letter and would not know these lines; write ordinary blanks',
    });
  }

  #tooLarge(): void {
    const source = this.#source;
    this.#diagnostics.error(
      'TOO_LARGE',
      spanOf({ source, line: source.lines.length, column: 1, length: 1 }),
      {
        message: `Cannot read more than ${MAX_TOKENS} words from one file`,
      },
    );
  }
}

function columnsOf(line: Line, start: number, end: number): { column: number; length: number } {
  const { from, to } = placeOf(line, start, Math.max(start + 1, end));
  return { column: from, length: to - from };
}

interface LineContext {
  readonly line: Line;
  readonly diagnostics: Diagnostics;
}

/** Appends the tokens of one line; returns where the first strange blank is. */
function lexLine(context: LineContext, tokens: Token[]): number | undefined {
  const { line } = context;
  const { text } = line;
  const bare = line.bare === true;
  let strange: number | undefined;
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (isBlank(char)) at++;
    else if (isStrangeBlank(char)) {
      strange ??= at;
      at++;
    } else if (!bare && (char === '#' || char === '!')) break;
    else if (char === '{' || char === '}') {
      const kind = char === '{' ? 'open' : 'close';
      tokens.push(tokenOf(line, kind, { text: char, start: at, end: at + 1, quoted: false }));
      at++;
    } else {
      const begins = tokens.length === 0 || tokens.at(-1)?.kind !== 'word';
      const word = readWord(context, text, at);
      tokens.push(tokenOf(line, 'word', word));
      at = word.end;
      if (!begins || !isIncludeKeyword(word.text)) continue;
      const pattern = readPattern(text, at, bare);
      if (pattern.end > pattern.start) tokens.push(tokenOf(line, 'word', pattern));
      at = pattern.end;
    }
  }
  if (tokens.length > 0)
    tokens.push(tokenOf(line, 'eol', { text: '', start: at, end: text.length, quoted: false }));
  return strange;
}

/** Large files have a million of these: nothing is made for one but the token. */
function tokenOf(line: Line, kind: Token['kind'], { text, start, end, quoted }: Word): Token {
  const { source, line: number } = line;
  if (!line.places) {
    const column = (line.shift ?? 0) + start + 1;
    return { kind, text, quoted, source, line: number, column, length: Math.max(1, end - start) };
  }
  return { kind, text, quoted, source, line: number, ...columnsOf(line, start, end) };
}

export function isIncludeKeyword(word: string): boolean {
  return /^include[abmrw]?$/.test(word);
}

/** The pattern after an include keyword: the rest of the line, since {a,b} in it are no blocks. */
function readPattern(text: string, from: number, bare: boolean): Word {
  const rest = text.slice(from);
  const start = from + rest.length - rest.trimStart().length;
  const comment = bare ? -1 : text.slice(start).search(/[#!]/);
  const written = text.slice(start, comment === -1 ? text.length : start + comment).trimEnd();
  return { text: written, start, end: start + written.length, quoted: false };
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** Characters that are only themselves: most words have no others. */
const ORDINARY = /[^\s\u200b"'\\#!{}$]+/y;

function readWord(context: LineContext, text: string, start: number): Word {
  const bare = context.line.bare === true;
  ORDINARY.lastIndex = start;
  if (ORDINARY.test(text)) {
    const end = ORDINARY.lastIndex;
    if (end === text.length || endsWord(text[end] ?? '', bare))
      return { text: text.slice(start, end), start, end, quoted: false };
  }
  return readOddWord(context, text, start);
}

/** A word with quotes, escapes or dollars in it. */
function readOddWord(context: LineContext, text: string, start: number): Word {
  const bare = context.line.bare === true;
  const first = text[start] ?? '';
  const closing = first === "'" ? text.indexOf("'", start + 1) : -1;
  if (closing !== -1) return { text: text.slice(start + 1, closing), start, end: closing + 1, quoted: true };
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
    } else if (!bare && char === '\\' && (next === '#' || next === '!')) {
      parts.push(next);
      at += 2;
    } else if (char === '$' && next === '{') {
      const end = text.slice(at, at + LONGEST_NAME).indexOf('}');
      const stop = end === -1 ? at + 2 : at + end + 1;
      parts.push(text.slice(at, stop));
      at = stop;
    } else if (endsWord(char, bare)) break;
    else {
      parts.push(char);
      at++;
    }
  }
  return { text: parts.join(''), start, end: at, quoted };
}

function endsWord(char: string, bare: boolean): boolean {
  if (char === '#' || char === '!') return !bare;
  return isBlank(char) || isStrangeBlank(char) || char === '{' || char === '}';
}

function readQuoted({ line, diagnostics }: LineContext, text: string, start: number): Word {
  const parts: string[] = [];
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') return { text: parts.join(''), start, end: at + 1, quoted: true };
    if (char === '\\' && text[at + 1] === '"') at++;
    else if (char === '\\' && text[at + 1] === '\\') parts.push(text[at++] ?? '');
    parts.push(text[at] ?? '');
  }
  diagnostics.error('UNTERMINATED', spanOf({ ...line, ...columnsOf(line, start, start + 1) }), {
    message: 'Cannot find the end of this quoted string on its line',
    help: 'write a closing "',
  });
  return { text: parts.join(''), start, end: text.length, quoted: true };
}
