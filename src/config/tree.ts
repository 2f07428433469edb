/**
 * Tokens -> statements: a keyword with its words and, where braces follow, its block. Knows no keyword but
 * those of `include`; what a statement means is the grammar's business.
 */
import { Definitions, type Surroundings } from './definitions.ts';
import type { Diagnostics } from './diagnostic.ts';
import { type Expansion, expandLines, makeExpansion } from './expand.ts';
import { checksAfter, filesOf, type IncludeCheck } from './include.ts';
import { isIncludeKeyword, Lexer, spanOf, type Token } from './lexer.ts';
import { makeSource } from './line.ts';
import type { FileReader } from './source.ts';

export interface Statement {
  /** The keyword. */
  readonly head: Token;
  /** What follows it on its line. */
  readonly words: readonly Token[];
  /** The block's statements; undefined where there is no block. */
  body: Statement[] | undefined;
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
}

export interface TreeOptions {
  readonly reader: FileReader;
  readonly diagnostics: Diagnostics;
  readonly surroundings: Surroundings;
}

/** All statements of `text` with those of the files it includes in their places. */
export function readTree(
  file: string,
  text: string,
  { reader, diagnostics, surroundings }: TreeOptions,
): Statement[] {
  return readFile(text, {
    reader,
    diagnostics,
    expansion: makeExpansion(new Definitions(surroundings), diagnostics),
    chain: [file],
    checks: new Set(),
    opened: { count: 1, characters: text.length },
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
  const builder = new TreeBuilder(context);
  for (const line of expandLines(source, context.expansion)) if (!takeAll(lexer.take(line), builder)) break;
  return builder.finish();
}

/** False: nothing more can be read. */
function takeAll(tokens: readonly Token[], builder: TreeBuilder): boolean {
  for (const token of tokens) if (!builder.take(token)) return false;
  return true;
}

class TreeBuilder {
  readonly #context: Context;
  readonly #frames: Frame[] = [{ statements: [], open: undefined }];
  #words: Token[] = [];
  /** The statement whose block an opening brace would begin. */
  #blockless: Statement | undefined;

  constructor(context: Context) {
    this.#context = context;
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

  finish(): Statement[] {
    this.#endStatement();
    for (const { open } of this.#frames.slice(1).toReversed())
      if (open)
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
      for (const { text, chain } of filesOf({ head, words }, this.#context))
        for (const statement of readFile(text, { ...this.#context, chain })) statements?.push(statement);
      return;
    }
    if (head.text === 'include_check') this.#context.checks = checksAfter(this.#context.checks, words);
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
