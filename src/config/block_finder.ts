/** Finds the virtual_server blocks in the lines of a file while they are read: known ones, and what makes one known. */
import type { Diagnostics } from './diagnostic.ts';
import type { BlockReading, BlockSession } from './known_blocks.ts';
import type { Lexer, Token } from './lexer.ts';
import type { Line, Source } from './line.ts';
import type { Statement } from './tree.ts';

const KEYWORD = 'virtual_server';
const BEGINS = new RegExp(`^[ \\t]*${KEYWORD}[ \\t]`);

/** What it sees of the tree that is being built. */
export interface Growing {
  /** Outside all blocks. */
  readonly atTop: boolean;
  readonly top: readonly Statement[];
  /** Lines that mean something for other lines, so far. */
  readonly includes: number;
  add(statement: Statement): void;
}

interface Finding {
  readonly session: BlockSession;
  readonly diagnostics: Diagnostics;
  readonly source: Source;
  readonly lexer: Lexer;
  readonly tree: Growing;
}

/** A block whose lines are being read. */
interface Begun {
  readonly first: number;
  readonly reading: BlockReading;
  readonly before: { readonly top: number; readonly includes: number; readonly strange: number };
  lines: number;
  tokens: number;
}

/** Of one file, where its top is the top of the configuration. */
export class BlockFinder {
  readonly #finding: Finding;
  #begun: Begun | undefined;

  constructor(finding: Finding) {
    this.#finding = finding;
  }

  /** How many lines from `number` on are a known block, which is in the tree now. */
  pass(number: number): number {
    const { lexer, session, source, tree } = this.#finding;
    if (!tree.atTop) return 0;
    const known = session.find(source, number);
    if (known === undefined || !lexer.pass(known.tokens)) return 0;
    this.#begun = undefined;
    const { length } = KEYWORD;
    const head: Token = {
      ...{ kind: 'word', text: KEYWORD, quoted: false },
      ...{ source, line: number, column: 1, length },
    };
    tree.add({ head, words: [], body: [], reading: session.begin(known) });
    return known.lines.length;
  }

  /** Reads a line, which may begin a block, be one of its lines, or end it. */
  take(line: Line, read: () => readonly Token[]): void {
    const { diagnostics, lexer, session, tree } = this.#finding;
    if (tree.atTop && BEGINS.test(line.text)) {
      const before = { top: tree.top.length, includes: tree.includes, strange: lexer.strange };
      this.#begun = { first: line.line, reading: session.begin(), before, lines: 0, tokens: 0 };
    }
    const begun = this.#begun;
    if (begun === undefined) {
      read();
      return;
    }
    const tokens = begun.reading.read(diagnostics, read);
    begun.lines++;
    begun.tokens += tokens.length;
    if (!this.#goesOn(begun, line, tokens)) this.#begun = undefined;
  }

  /** False: the block has ended, or is none that can be known. */
  #goesOn(
    { first, reading, before, lines, tokens: count }: Begun,
    line: Line,
    tokens: readonly Token[],
  ): boolean {
    const { lexer, source, tree } = this.#finding;
    // Lines that were put together, or left out, depend on others.
    if (line.bare === true || line.source !== source || line.line !== first + lines - 1) return false;
    if (lexer.strange !== before.strange || tree.includes !== before.includes) return false;
    if (!tree.atTop) return true;
    const statement = tree.top[before.top];
    if (statement === undefined || tree.top.length !== before.top + 1) return false;
    if (statement.body === undefined) return true;
    if (tokens.at(-2)?.kind !== 'close') return false;
    statement.reading = reading;
    const end = first + lines;
    const extent = { file: source.file, first, end };
    reading.ended({ extent, lines: source.lines.slice(first - 1, end - 1), tokens: count });
    return false;
  }
}
