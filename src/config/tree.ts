/**
 * Tokens -> statements: a keyword with its words and, where braces follow, its block. Knows no keyword but
 * those of `include`; what a statement means is the grammar's business.
 */
import { BlockFinder } from './block_finder.ts';
import { Definitions, type Surroundings } from './definitions.ts';
import type { Diagnostics } from './diagnostic.ts';
import { type Expansion, expandLines, makeExpansion } from './expand.ts';
import { checksAfter, filesOf, type IncludeCheck } from './include.ts';
import type { BlockReading, BlockSession } from './known_blocks.ts';
import { isIncludeKeyword, Lexer, spanOf, type Token } from './lexer.ts';
import { type Line, makeSource } from './line.ts';
import type { FileReader } from './source.ts';

export interface Statement {
  /** The keyword. */
  readonly head: Token;
  /** What follows it on its line. */
  readonly words: readonly Token[];
  /** The block's statements; undefined where there is no block. */
  body: Statement[] | undefined;
  /** Of a block that may be known; where it is, there is nothing in `words` and `body`. */
  reading?: BlockReading;
}

/** Deeper nesting than keepalived's grammar ever has. */
const MAX_DEPTH = 32;

/** What reading a file needs, and what all files of a configuration share. */
export interface Context {
  readonly reader: FileReader;
  readonly diagnostics: Diagnostics;
  readonly expansion: Expansion;
  /** The files being read, outermost first. */
  readonly chain: readonly string[];
  /** What all files of this configuration come to. */
  readonly opened: { count: number; characters: number };
  /** include_check: of this file, and of those that it includes from then on. */
  checks: ReadonlySet<IncludeCheck>;
  /** Where the top of this file is that of the configuration. */
  readonly blocks?: BlockSession | undefined;
}

export interface TreeOptions {
  readonly reader: FileReader;
  readonly diagnostics: Diagnostics;
  readonly surroundings: Surroundings;
  readonly blocks?: BlockSession | undefined;
}

/** All statements of `text` with those of the files it includes in their places. */
export function readTree(
  file: string,
  text: string,
  { reader, diagnostics, surroundings, blocks }: TreeOptions,
): Statement[] {
  return readFile(text, {
    reader,
    diagnostics,
    expansion: makeExpansion(new Definitions(surroundings), diagnostics),
    chain: [file],
    checks: new Set(),
    opened: { count: 1, characters: text.length },
    blocks,
  });
}

interface Frame {
  readonly statements: Statement[];
  /** The brace that opened it; undefined for the file itself. */
  readonly open: Token | undefined;
}

function readFile(text: string, context: Context): Statement[] {
  const { diagnostics, chain } = context;
  const file = chain.at(-1) ?? '';
  diagnostics.opened(file);
  const source = makeSource(file, text);
  const lexer = new Lexer(source, diagnostics);
  const tree = new TreeBuilder(context);
  const { blocks: session } = context;
  const finder = session && new BlockFinder({ session, diagnostics, source, lexer, tree });
  let goesOn = true;
  const read = (line: Line): Token[] => {
    const tokens = lexer.take(line);
    for (const token of tokens) if (goesOn) goesOn = tree.take(token);
    return tokens;
  };
  for (const line of expandLines(source, context.expansion, (number) => finder?.pass(number) ?? 0)) {
    if (finder) finder.take(line, () => read(line));
    else read(line);
    if (!goesOn || lexer.isFull) break;
  }
  return tree.finish({ isWhole: goesOn && !lexer.isFull });
}

class TreeBuilder {
  readonly #context: Context;
  readonly #frames: Frame[] = [{ statements: [], open: undefined }];
  #words: Token[] = [];
  /** The statement whose block an opening brace would begin. */
  #blockless: Statement | undefined;
  #includes = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Outside all blocks. */
  get atTop(): boolean {
    return this.#frames.length === 1;
  }

  get top(): readonly Statement[] {
    return this.#frames[0]?.statements ?? [];
  }

  /** Lines that include something, or say how. */
  get includes(): number {
    return this.#includes;
  }

  add(statement: Statement): void {
    this.#blockless = undefined;
    this.#frames.at(-1)?.statements.push(statement);
  }

  /** False: nothing more can be read. */
  take(token: Token): boolean {
    switch (token.kind) {
      case 'word':
        this.#words.push(token);
        return true;
      case 'eol':
        this.#endStatement();
        return true;
      case 'open':
        this.#endStatement();
        return this.#open(token);
      case 'close':
        this.#endStatement();
        this.#close(token);
        return true;
    }
  }

  /** Where the rest was not read, nobody knows which blocks have no end. */
  finish({ isWhole }: { readonly isWhole: boolean }): Statement[] {
    this.#endStatement();
    for (const { open } of this.#frames.slice(1).toReversed())
      if (open && isWhole)
        this.#context.diagnostics.error('UNTERMINATED', spanOf(open), {
          message: 'Cannot find the end of the block that begins here',
          help: 'write a closing }',
        });
    return this.#frames[0]?.statements ?? [];
  }

  #endStatement(): void {
    const words = this.#words;
    const head = words.shift();
    if (!head) return;
    this.#words = [];
    this.#blockless = undefined;
    const statements = this.#frames.at(-1)?.statements;
    if (!head.quoted && isIncludeKeyword(head.text)) {
      this.#includes++;
      const blocks = this.atTop ? this.#context.blocks : undefined;
      for (const { text, chain } of filesOf({ head, words }, this.#context))
        for (const statement of readFile(text, { ...this.#context, chain, blocks }))
          statements?.push(statement);
      return;
    }
    if (head.text === 'include_check') {
      this.#includes++;
      this.#context.checks = checksAfter(this.#context.checks, words);
    }
    const statement: Statement = { head, words, body: undefined };
    statements?.push(statement);
    this.#blockless = statement;
  }

  #open(token: Token): boolean {
    const { diagnostics } = this.#context;
    const statements: Statement[] = [];
    if (this.#blockless) this.#blockless.body = statements;
    else
      diagnostics.error('UNEXPECTED_BRACE', spanOf(token), {
        message: 'Cannot tell what this block belongs to: no keyword stands before it',
        help: 'its contents are skipped; write a keyword before it, or remove it',
      });
    this.#blockless = undefined;
    this.#frames.push({ statements, open: token });
    if (this.#frames.length <= MAX_DEPTH) return true;
    diagnostics.error('TOO_LARGE', spanOf(token), {
      message: `Cannot read blocks nested deeper than ${MAX_DEPTH}`,
    });
    return false;
  }

  #close(token: Token): void {
    this.#blockless = undefined;
    if (this.#frames.length > 1) this.#frames.pop();
    else
      this.#context.diagnostics.error('UNEXPECTED_BRACE', spanOf(token), {
        message: 'Cannot tell what this } ends: every block before it is closed',
        help: 'remove it, or open the block that it shall end',
      });
  }
}
