/**
 * A keyword is one row of a table. The parser, `xlb check`, the reference page and the types read the rows
 * and nothing else. This file has the kinds of rows; row_builders.ts makes them.
 */
import type { Diagnostics } from './diagnostic.ts';
import type { BlockReading } from './known_blocks.ts';
import type { Token } from './lexer.ts';
import type { Span } from './model.ts';

/** One use of a keyword, as a row's reader sees it. */
export interface Call {
  readonly keyword: Token;
  readonly words: readonly Token[];
  readonly diagnostics: Diagnostics;
}

/** A value with the place it was read from; `given` is false for a default, whose place is its block's. */
export interface Field<T> {
  readonly value: T;
  readonly at: Span;
  readonly given: boolean;
}

interface Documented {
  readonly doc: string;
  /** What may follow the keyword, for messages and the reference: "seconds, 0.01 to 255". */
  readonly expects: string;
}

/** A keyword with a value; written again, the last one counts. */
export interface ValueRow<T> extends Documented {
  readonly kind: 'value';
  readonly status: 'supported';
  /** The value when the keyword is left out. */
  readonly default?: T;
  /** The default as an operator writes it. */
  readonly defaultText?: string;
  /** How many words belong to it. */
  readonly arity: number;
  /** Undefined: reported to `call.diagnostics`. */
  readonly read: (call: Call) => T | undefined;
}

export interface DefaultedRow<T> extends ValueRow<T> {
  readonly default: T;
}

/** A keyword followed by any number of items; written again, they are added. */
export interface WordsRow<T> extends Documented {
  readonly kind: 'words';
  readonly status: 'supported';
  readonly read: (call: Call) => readonly T[];
}

/** A block of free lines, one item a line; written again, they are added. */
export interface LinesRow<T> extends Documented {
  readonly kind: 'lines';
  readonly status: 'supported';
  /** `call.keyword` is the line's first word. */
  readonly read: (call: Call) => T | undefined;
}

/** A named block of free lines; all blocks of the name stand side by side. */
export interface ListRow<H, T> extends Documented {
  readonly kind: 'list';
  readonly status: 'supported';
  /** Reads what stands between the keyword and the brace. Undefined: reported, and the block is left out. */
  readonly head: (call: Call) => H | undefined;
  /** `call.keyword` is the line's first word. */
  readonly line: (call: Call) => T | undefined;
}

/** A block of keywords. */
export interface BlockRow<H, R extends Rows> extends Documented {
  readonly kind: 'block';
  readonly status: 'supported';
  /** Reads what stands between the keyword and the brace. Undefined: reported, and the block is left out. */
  readonly head: (call: Call) => H | undefined;
  readonly block: Block<R>;
  /** All blocks of this name are one. */
  readonly merged: boolean;
  /** Its statements may also be parted by semicolons. */
  readonly semicolons: boolean;
}

/** Another name of a keyword in the same block. */
export interface AliasRow {
  readonly kind: 'alias';
  readonly status: 'supported';
  readonly to: string;
  /** Said whenever the alias is used. */
  readonly warning?: string;
}

/** Known to keepalived and not to xlb: reported, and skipped whole. */
export interface NotYetRow {
  readonly kind: 'not_yet';
  readonly status: 'not_yet';
  readonly severity: 'warning' | 'error';
  /** What will not happen. */
  readonly consequence: string;
  readonly help?: string;
  /** The keywords of its block. */
  readonly members: readonly string[];
}

/** Nothing to act on in xlb: noted, and skipped whole. */
export interface IgnoredRow {
  readonly kind: 'ignored';
  readonly status: 'ignored';
  readonly reason: string;
}

export type UnreadRow = AliasRow | NotYetRow | IgnoredRow;
export type ReadRow =
  | ValueRow<unknown>
  | WordsRow<unknown>
  | LinesRow<unknown>
  | ListRow<unknown, unknown>
  | BlockRow<unknown, Rows>;
export type Row = ReadRow | UnreadRow;

export interface Rows {
  readonly [keyword: string]: ReadRow;
}

/** The keywords of one block. `R` gives the types; `table` is what the parser looks names up in. */
export interface Block<R extends Rows> {
  readonly rows: R;
  readonly table: ReadonlyMap<string, Row>;
}

/** What the parser makes of a block: a field for each keyword. */
export type BlockConfig<B> = B extends Block<infer R> ? { readonly [K in keyof R]: FieldOf<R[K]> } : never;

export interface ParsedBlock<H, B> {
  readonly head: H;
  /** The keyword and the words after it. */
  readonly at: Span;
  readonly fields: BlockConfig<B>;
  /** The keywords that stand in it, also those whose value was refused: not to be called missing then. */
  readonly written: ReadonlySet<string>;
  /** Where the last reading of the file may know what it is. */
  readonly reading?: BlockReading;
}

export interface ParsedList<H, T> {
  readonly head: H;
  /** The keyword and the words after it. */
  readonly at: Span;
  readonly items: readonly T[];
}

export type FieldOf<R> =
  R extends BlockRow<infer H, infer I>
    ? readonly ParsedBlock<H, Block<I>>[]
    : R extends ListRow<infer H, infer T>
      ? readonly ParsedList<H, T>[]
      : R extends WordsRow<infer T> | LinesRow<infer T>
        ? readonly T[]
        : R extends DefaultedRow<infer T>
          ? Field<T>
          : R extends ValueRow<infer T>
            ? Field<T> | undefined
            : never;

export type UnreadRows = Readonly<Record<string, UnreadRow>>;

/** A block's keywords: those that are read, then aliases and those that are not. */
export function block<R extends Rows>(rows: R, ...unread: readonly UnreadRows[]): Block<R> {
  return { rows, table: new Map<string, Row>([rows, ...unread].flatMap((some) => Object.entries(some))) };
}
