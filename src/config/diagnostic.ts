/** What is wrong, or worth knowing, in a configuration file, and how it is shown. */
import type { Span } from './model.ts';

/** error: cannot run. warning: runs, but not as written. note: runs as written, yet worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** Every code a diagnostic can carry. */
export const diagnosticCodes = {
  NO_FILE: 'a file cannot be read',
  TOO_LARGE: 'a limit of the reader is exceeded',
  NO_BREAK_SPACE: 'blanks that keepalived does not take for blanks',
  UNTERMINATED: 'a quote or a block has no end',
  UNEXPECTED_BRACE: 'a brace where none belongs',
  UNKNOWN_KEYWORD: 'a name that keepalived does not know here',
  NOT_YET: 'a feature of keepalived that xlb does not have yet',
  IGNORED: 'a keyword that has nothing to act on in xlb',
  MISSING_KEYWORD: 'a mandatory keyword is left out',
  MISSING_VALUE: 'a keyword without its value',
  EXTRA_WORDS: 'words that nothing reads',
  BAD_VALUE: 'a value of the wrong form',
  OUT_OF_RANGE: 'a number outside its range',
  UNKNOWN_VALUE: 'a word that is none of the possible ones',
  DUPLICATE: 'something is written twice',
  DEFAULTED: 'a keyword left out, whose default is worth knowing',
  ADJUSTED: 'a value that cannot hold beside another and was changed',
  CONFLICT: 'two things that cannot both hold',
  PRIORITY: 'what tracking makes of a priority',
  REAL_SERVERS: 'what real servers and addresses are likely to lack',
  NO_SUCH_INTERFACE: 'an interface that the host does not have',
  BAD_SCRIPT: 'a program that this host cannot run, or must not',
  UNUSED: 'something that nothing refers to',
  EMPTY: 'something without the contents that make it useful',
} as const;

export type DiagnosticCode = keyof typeof diagnosticCodes;

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly at: Span;
  readonly message: string;
  readonly help?: string;
}

/** Width of the shown part of a line, in characters. */
const WINDOW = 160;

/** One diagnostic as text: place and message; the line with a caret; the hint. No newline at the end. */
export function render({ code, severity, at, message, help }: Diagnostic): string {
  return [
    `${printable(at.file)}:${at.line}:${at.column}: ${severity}: ${printable(message)} [${code}]`,
    ...(at.text === undefined ? [] : excerpt(at, at.text)),
    ...(help === undefined ? [] : [`help: ${printable(help)}`]),
  ].join('\n');
}

function excerpt(at: Span, text: string): string[] {
  const number = String(at.line);
  const from = at.column > WINDOW - 40 ? at.column - 41 : 0;
  const shown = printable(text.slice(from, from + WINDOW)).trimEnd();
  const column = at.column - 1 - from;
  const length = Math.max(1, Math.min(at.length, WINDOW - column));
  return [
    `${number} | ${shown}`,
    `${' '.repeat(number.length)} | ${' '.repeat(column)}${'^'.repeat(length)}`,
  ];
}

/** Control and direction characters must not reach a terminal, and every character must keep its column. */
function printable(text: string): string {
  return text.replace(/[\t\u00a0\u3000]/g, ' ').replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/** A word of the file inside a message: in quotes, cut where it is longer than any sensible one. */
export function quote(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}

/** More than this many are counted, not kept: a hostile file must not fill the memory or the screen. */
const LIMIT = 1000;

const severities: readonly Severity[] = ['note', 'warning', 'error'];

/** Collects what is found. `list()` is in the order of the files and of the places in them. */
export class Diagnostics {
  readonly #kept: Diagnostic[] = [];
  readonly #files: string[] = [];
  readonly #said = new Set<string>();
  #record: Diagnostic[] | undefined;
  #dropped = 0;
  #worstDropped: Severity = 'note';

  error(code: DiagnosticCode, at: Span, text: { message: string; help?: string | undefined }): void {
    this.#add('error', code, { at, ...text });
  }

  warning(code: DiagnosticCode, at: Span, text: { message: string; help?: string | undefined }): void {
    this.#add('warning', code, { at, ...text });
  }

  note(code: DiagnosticCode, at: Span, text: { message: string; help?: string | undefined }): void {
    this.#add('note', code, { at, ...text });
  }

  /** As it was said before. */
  add({ severity, code, ...what }: Diagnostic): void {
    this.#add(severity, code, what);
  }

  /** From now on all that is said goes there as well, also what was said already; undefined: no more. */
  recordInto(list: Diagnostic[] | undefined): void {
    this.#record = list;
  }

  /** Files are shown in the order in which they were opened. */
  opened(file: string): void {
    this.#files.push(file);
  }

  get full(): boolean {
    return this.#kept.length >= LIMIT;
  }

  get failed(): boolean {
    return this.#kept.some(({ severity }) => severity === 'error') || this.#worstDropped === 'error';
  }

  list(): Diagnostic[] {
    const order = new Map(this.#files.map((file, index) => [file, index]));
    const rank = (at: Span): number => order.get(at.file) ?? order.size;
    const sorted = this.#kept.toSorted(
      (a, b) => rank(a.at) - rank(b.at) || a.at.line - b.at.line || a.at.column - b.at.column,
    );
    const last = sorted.at(-1);
    if (this.#dropped === 0 || !last) return sorted;
    const message = `${this.#dropped} more of the same kind and others are not shown`;
    return [...sorted, { code: 'TOO_LARGE', severity: this.#worstDropped, at: last.at, message }];
  }

  #add(
    severity: Severity,
    code: DiagnosticCode,
    what: { at: Span; message: string; help?: string | undefined },
  ): void {
    const { at, message, help } = what;
    const diagnostic = { code, severity, at, message, ...(help === undefined ? {} : { help }) };
    this.#record?.push(diagnostic);
    if (this.full) {
      this.#dropped++;
      if (severities.indexOf(severity) > severities.indexOf(this.#worstDropped))
        this.#worstDropped = severity;
      return;
    }
    // A line that definitions repeat is wrong once, not once in each round.
    const said = JSON.stringify([at.file, at.line, at.column, message, help]);
    if (this.#said.has(said)) return;
    this.#said.add(said);
    this.#kept.push(diagnostic);
  }
}
