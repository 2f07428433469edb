/**
 * Statements -> fields, driven by the grammar's rows alone. Every mistake is reported, none stops the
 * reading; what is not read is skipped whole and said to be.
 */
import { type Diagnostics, quote } from './diagnostic.ts';
import type {
  Block,
  BlockConfig,
  BlockRow,
  Call,
  Field,
  IgnoredRow,
  LinesRow,
  ListRow,
  NotYetRow,
  ParsedBlock,
  ParsedList,
  Row,
  Rows,
  ValueRow,
} from './keyword.ts';
import { spanOf, spanOfAll } from './lexer.ts';
import type { Span } from './model.ts';
import { splitAtSemicolons } from './semicolons.ts';
import { didYouMean } from './suggest.ts';
import type { Statement } from './tree.ts';

interface Scope {
  /** The block's name in messages; undefined at the top of the file. */
  readonly name: string | undefined;
  /** Where defaults are said to stand. */
  readonly at: Span;
  readonly diagnostics: Diagnostics;
  /** Where each keyword of the grammar belongs. */
  readonly homes: ReadonlyMap<string, readonly string[]>;
}

/** The fields of the file's top level. `at` is where the file is blamed as a whole. */
export function parseStatements<R extends Rows>(
  statements: readonly Statement[],
  grammar: Block<R>,
  { at, diagnostics }: { at: Span; diagnostics: Diagnostics },
): BlockConfig<Block<R>> {
  return parseBlock(statements, grammar, { name: undefined, at, diagnostics, homes: homesOf(grammar) })
    .fields;
}

const TOP = 'at the top of the file';

/** Where each keyword of the grammar stands: "in virtual_server". */
function homesOf(grammar: Block<Rows>): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  const add = (keyword: string, home: string): void => {
    const list = homes.get(keyword);
    if (!list) homes.set(keyword, [home]);
    else if (!list.includes(home)) list.push(home);
  };
  const walk = ({ table }: Block<Rows>, home: string): void => {
    for (const [keyword, row] of table) {
      add(keyword, home);
      if (row.kind === 'block') walk(row.block, `in ${keyword}`);
      if (row.kind === 'not_yet') for (const member of row.members) add(member, `in ${keyword}`);
    }
  };
  walk(grammar, TOP);
  return homes;
}

/** What a block gathers while its statements are read, by keyword. Most blocks need no more than two of these. */
interface Gathered {
  readonly fields: Map<string, Field<unknown>>;
  lists?: Map<string, unknown[]>;
  merged?: Map<string, { first: Statement; body: Statement[] }>;
  readonly written: Set<string>;
}

function parseBlock<R extends Rows>(
  statements: readonly Statement[],
  block: Block<R>,
  scope: Scope,
): Pick<ParsedBlock<unknown, Block<R>>, 'fields' | 'written'> {
  const gathered: Gathered = { fields: new Map(), written: new Set() };
  for (const statement of statements) parseStatement(statement, { block, scope, gathered });
  for (const [keyword, { first, body }] of gathered.merged ?? []) {
    const row = block.table.get(keyword);
    if (row?.kind === 'block') addBlock(row, { ...first, body }, { keyword, scope, gathered });
  }
  const fields: Record<string, unknown> = {};
  const { rows } = block;
  const place = { scope, gathered };
  for (const keyword in rows) fields[keyword] = fieldOf(keyword, rows[keyword], place);
  return { fields: fields as BlockConfig<Block<R>>, written: gathered.written };
}

function fieldOf(keyword: string, row: Row | undefined, { scope, gathered }: Omit<Place, 'block'>): unknown {
  if (row?.kind !== 'value') return gathered.lists?.get(keyword) ?? [];
  const given = gathered.fields.get(keyword);
  if (given || row.default === undefined) return given;
  return { value: row.default, at: scope.at, given: false } satisfies Field<unknown>;
}

interface Place {
  readonly block: Block<Rows>;
  readonly scope: Scope;
  readonly gathered: Gathered;
}

function parseStatement(statement: Statement, { block, scope, gathered }: Place): void {
  const { diagnostics } = scope;
  const written = statement.head.text;
  const found = block.table.get(written);
  if (!found) {
    reportUnknown(statement, block, scope);
    return;
  }
  const keyword = found.kind === 'alias' ? found.to : written;
  const row = found.kind === 'alias' ? block.table.get(keyword) : found;
  if (found.kind === 'alias' && found.warning !== undefined)
    diagnostics.warning('ADJUSTED', spanOf(statement.head), { message: found.warning });
  gathered.written.add(keyword);
  switch (row?.kind) {
    case 'not_yet':
      reportNotYet(statement, row, diagnostics);
      return;
    case 'ignored':
      reportIgnored(statement, row, diagnostics);
      return;
    case 'value':
      addValue(row, statement, { keyword, scope, gathered });
      return;
    case 'words':
      if (!refuseBody(statement, diagnostics))
        addItems(gathered, keyword, row.read(callOf(statement, diagnostics)));
      return;
    case 'lines':
      addLines(row, statement, { keyword, scope, gathered });
      return;
    case 'list':
      addList(row, statement, { keyword, scope, gathered });
      return;
    case 'block': {
      if (row.merged && !requireBody(statement, diagnostics)) return;
      if (row.merged) merge(keyword, statement, gathered);
      else if (statement.reading?.known) addKnown(row, statement, { keyword, scope, gathered });
      else readBlock(row, statement, { keyword, scope, gathered });
      return;
    }
    case 'alias':
    case undefined:
      throw new Error(`The grammar's alias ${written} leads nowhere`);
  }
}

/** All blocks of one name are one. */
function merge(keyword: string, statement: Statement, gathered: Gathered): void {
  gathered.merged ??= new Map();
  const before = gathered.merged.get(keyword);
  // No spread: a block may have more statements than a call may have arguments.
  if (before) for (const inner of statement.body ?? []) before.body.push(inner);
  else gathered.merged.set(keyword, { first: statement, body: [...(statement.body ?? [])] });
}

const callOf = ({ head, words }: Statement, diagnostics: Diagnostics): Call => ({
  keyword: head,
  words,
  diagnostics,
});

interface Target {
  readonly keyword: string;
  readonly scope: Scope;
  readonly gathered: Gathered;
}

function addItems(gathered: Gathered, keyword: string, items: readonly unknown[]): void {
  gathered.lists ??= new Map();
  const list = gathered.lists.get(keyword);
  if (!list) gathered.lists.set(keyword, [...items]);
  else for (const item of items) list.push(item);
}

function addValue(row: ValueRow<unknown>, statement: Statement, { keyword, scope, gathered }: Target): void {
  const { diagnostics } = scope;
  if (refuseBody(statement, diagnostics)) return;
  const value = row.read(callOf(statement, diagnostics));
  if (value === undefined) return;
  const extra = statement.words[row.arity];
  if (extra)
    diagnostics.warning('EXTRA_WORDS', spanOf(extra), {
      message: `Cannot use ${quote(extra.text)} after the value of ${statement.head.text}: it is ignored`,
    });
  const earlier = gathered.fields.get(keyword);
  const at = spanOf(statement.words[0] ?? statement.head);
  if (earlier)
    diagnostics.warning('DUPLICATE', spanOf(statement.head), {
      message: `${statement.head.text} is written again: this counts, not line ${earlier.at.line}`,
    });
  gathered.fields.set(keyword, { value, at, given: true });
}

function refuseBody({ head, body }: Statement, diagnostics: Diagnostics): boolean {
  if (body === undefined) return false;
  diagnostics.error('UNEXPECTED_BRACE', spanOf(head), {
    message: `Cannot read a block after ${head.text}: it takes none`,
    help: 'remove the braces',
  });
  return true;
}

function requireBody(statement: Statement, diagnostics: Diagnostics): Statement[] | undefined {
  if (statement.body === undefined)
    diagnostics.error('MISSING_VALUE', spanOf(statement.head), {
      message: `Cannot read ${statement.head.text}: a block must follow`,
      help: `write "{" after it and "}" at its end`,
    });
  return statement.body;
}

function addLines(row: LinesRow<unknown>, statement: Statement, { keyword, scope, gathered }: Target): void {
  const { diagnostics } = scope;
  noHeadWords(statement, diagnostics);
  addItems(gathered, keyword, readLines(statement, row.read, diagnostics));
}

function readLines<T>(
  statement: Statement,
  read: (call: Call) => T | undefined,
  diagnostics: Diagnostics,
): T[] {
  return (requireBody(statement, diagnostics) ?? []).flatMap((line) => {
    if (refuseBody(line, diagnostics)) return [];
    const item = read(callOf(line, diagnostics));
    return item === undefined ? [] : [item];
  });
}

function addList(
  row: ListRow<unknown, unknown>,
  statement: Statement,
  { keyword, scope: { diagnostics }, gathered }: Target,
): void {
  const items = readLines(statement, row.line, diagnostics);
  const head = row.head(callOf(statement, diagnostics));
  if (head === undefined || statement.body === undefined) return;
  const at = spanOfAll([statement.head, ...statement.words]);
  addItems(gathered, keyword, [{ head, at, items } satisfies ParsedList<unknown, unknown>]);
}

function noHeadWords({ head, words }: Statement, diagnostics: Diagnostics): void {
  const [word] = words;
  if (!word) return;
  diagnostics.error('EXTRA_WORDS', spanOf(word), {
    message: `Cannot use ${quote(word.text)} after ${head.text}: a block is expected`,
    help: 'write its items in braces, each on a line of its own',
  });
}

/** Nothing in its fields is read: what was made of them is known. */
function addKnown(
  row: BlockRow<unknown, Rows>,
  { head, reading }: Statement,
  { keyword, scope, gathered }: Target,
): void {
  const fields = unread.get(row) ?? parseBlock([], row.block, { ...scope, name: keyword });
  unread.set(row, fields);
  addItems(gathered, keyword, [{ head: undefined, at: spanOf(head), ...fields, reading }]);
}

const unread = new WeakMap<BlockRow<unknown, Rows>, ReturnType<typeof parseBlock>>();

function readBlock(row: BlockRow<unknown, Rows>, statement: Statement, target: Target): void {
  const add = (): void => addBlock(row, statement, target);
  if (statement.reading) statement.reading.read(target.scope.diagnostics, add);
  else add();
}

function addBlock(
  row: BlockRow<unknown, Rows>,
  statement: Statement,
  { keyword, scope, gathered }: Target,
): void {
  const { diagnostics, homes } = scope;
  const written = requireBody(statement, diagnostics);
  const body = row.semicolons ? written?.flatMap(splitAtSemicolons) : written;
  const head = row.head(callOf(statement, diagnostics));
  if (head === undefined || body === undefined) return;
  const at = spanOfAll([statement.head, ...statement.words]);
  const parsed = parseBlock(body, row.block, { name: keyword, at, diagnostics, homes });
  const { reading } = statement;
  addItems(gathered, keyword, [
    { head, at, ...parsed, ...(reading && { reading }) } satisfies ParsedBlock<unknown, Block<Rows>>,
  ]);
}

function reportNotYet({ head }: Statement, row: NotYetRow, diagnostics: Diagnostics): void {
  const text = { message: `${head.text} is not supported yet: ${row.consequence}`, help: row.help };
  if (row.severity === 'error') diagnostics.error('NOT_YET', spanOf(head), text);
  else diagnostics.warning('NOT_YET', spanOf(head), text);
}

function reportIgnored({ head }: Statement, row: IgnoredRow, diagnostics: Diagnostics): void {
  diagnostics.note('IGNORED', spanOf(head), { message: `${head.text} is ignored: ${row.reason}` });
}

function reportUnknown({ head, body }: Statement, block: Block<Rows>, scope: Scope): void {
  const { diagnostics, homes, name } = scope;
  const where = name === undefined ? TOP : `in ${name}`;
  const skipped = body === undefined ? 'the line' : 'its whole block';
  const known = homes.get(head.text);
  const belongs = known && `it belongs ${known.slice(0, 3).join(' or ')}`;
  diagnostics.warning('UNKNOWN_KEYWORD', spanOf(head), {
    message: `Cannot use keyword ${quote(head.text)} ${where}: ${skipped} is ignored`,
    // Past the limit of messages nobody reads the near word, and looking for it is what costs.
    help: belongs ?? (diagnostics.full ? undefined : didYouMean(head.text, block.table.keys())),
  });
}
