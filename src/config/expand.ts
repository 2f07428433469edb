/**
 * A file's lines -> the lines that it means: `@id` lines that are not for this machine left out, definitions taken
 * down and put in where they are used, `~SEQ` and `~LST` lines repeated. A line without any of these passes as it is.
 */
import { type Definitions, findDefinition, nextUse, type Use } from './definitions.ts';
import type { Diagnostics } from './diagnostic.ts';
import { decomment, type Line, lineOf, placeOf, replaceIn, type Source, sliceLine } from './line.ts';
import type { Span } from './model.ts';
import { findSequence, MAX_ROUNDS, readSequence } from './sequence.ts';
import { didYouMean } from './suggest.ts';

/** Definitions in definitions, and lists in lists. */
const MAX_DEPTH = 32;
/** Of one line, with everything put in. keepalived's lines end after 1023 characters. */
const MAX_LINE = 64 * 1024;
/** Lines that are looked at for what is not defined. */
const MAX_LOOKED_AT = 4096;
/** Put into all lines together. */
const MAX_WORK = 64 * 1024 * 1024;
/** What putting in costs at least, in characters. */
const LEAST_WORK = 128;

/** Everything that files of one configuration share. */
export interface Expansion {
  readonly definitions: Definitions;
  readonly diagnostics: Diagnostics;
  /** What it has cost so far; nothing more is put in once this is spent. */
  readonly spent: { rounds: number; characters: number };
}

export function makeExpansion(definitions: Definitions, diagnostics: Diagnostics): Expansion {
  return { definitions, diagnostics, spent: { rounds: 0, characters: 0 } };
}

/** The definition that goes on in the next line. */
interface Unfinished {
  readonly name: string;
  readonly lines: Line[];
}

/**
 * The lines of `source`, each as soon as it is asked for: what one defines or includes counts from the next on.
 * `pass` says how many lines from one on are known already.
 */
export function* expandLines(
  source: Source,
  expansion: Expansion,
  pass: (number: number) => number = () => 0,
): Generator<Line> {
  let unfinished: Unfinished | undefined;
  for (let number = 1; number <= source.lines.length; number++) {
    if (unfinished) {
      unfinished = goOn(unfinished, lineOf(source, number), expansion);
      continue;
    }
    const passed = pass(number);
    if (passed > 0) {
      number += passed - 1;
      continue;
    }
    const raw = lineOf(source, number);
    if (!MORE_THAN_WORDS.test(raw.text)) {
      yield raw;
      continue;
    }
    const { line, continued } = decomment(raw);
    const condition = passCondition(line, expansion);
    const defines = condition && findDefinition(condition.text);
    if (condition && defines && continued) {
      const first = sliceLine(condition, defines.value);
      unfinished = { name: defines.name, lines: first.text === '' ? [] : [first] };
      continue;
    }
    if (continued) warnContinued(raw, expansion.diagnostics);
    if (condition) yield* expand(condition, expansion, 0);
  }
  if (unfinished) finish(unfinished, expansion);
}

/** What makes a line more than words: a dollar, a beginning with @ or ~, a backslash at the end. */
const MORE_THAN_WORDS = /\$|^\s*[@~]|\\\s*$/;

/** An empty line ends it, one that holds only a comment and a backslash does not. */
function goOn(unfinished: Unfinished, raw: Line, expansion: Expansion): Unfinished | undefined {
  const { line, continued } = decomment(raw);
  if (line.text !== '') unfinished.lines.push(line);
  if (continued) return unfinished;
  finish(unfinished, expansion);
  return undefined;
}

function finish({ name, lines }: Unfinished, { definitions }: Expansion): void {
  definitions.define(name, { lines, multiline: lines.length > 0 });
}

/** The line without its `@id`; undefined where it is for another machine. */
function passCondition(line: Line, { definitions }: Expansion): Line | undefined {
  if (!line.text.startsWith('@')) return line;
  const [head = '', not = '', id = ''] = /^@(\^?)([^ \t]*)[ \t]*/.exec(line.text) ?? [];
  if ((id === definitions.configId) === (not === '^')) return undefined;
  return sliceLine(line, head.length);
}

function* expand(line: Line, expansion: Expansion, depth: number): Generator<Line> {
  if (line.text === '' || stopped(line, expansion, depth)) return;
  const defines = findDefinition(line.text);
  if (defines) {
    const value = sliceLine(line, defines.value);
    expansion.definitions.define(defines.name, { lines: [value], multiline: false });
    return;
  }
  if (findSequence(line.text)) {
    yield* repeat(line, expansion, depth);
    return;
  }
  const { line: put, rest, changed } = substitute(line, expansion);
  const again = changed && /^[@~$]/.test(put.text);
  if (!again) yield put;
  else {
    const condition = passCondition(put, expansion);
    if (condition) yield* expand(condition, expansion, depth + 1);
  }
  for (const body of rest) {
    const condition = passCondition(body, expansion);
    if (condition) yield* expand(condition, expansion, depth + 1);
  }
}

function* repeat(line: Line, expansion: Expansion, depth: number): Generator<Line> {
  const { definitions, diagnostics, spent } = expansion;
  const found = findSequence(line.text);
  if (!found) return;
  const { kind, open } = found;
  const head = substitute(
    sliceLine(line, 0, found.close === -1 ? undefined : found.close + 1),
    expansion,
  ).line;
  const close = head.text.indexOf(')', open);
  const sequence =
    close === -1 ? 'expected a closing )' : readSequence(kind, head.text.slice(open + 1, close));
  if (typeof sequence === 'string') {
    diagnostics.error('BAD_VALUE', spanIn(line, 0, found.close === -1 ? open + 1 : found.close + 1), {
      message: `Cannot read ~${kind}: ${sequence}`,
      help: kind === 'LST' ? 'write ~LST(name, value, ...) line' : 'write ~SEQ(name, start, step, end) line',
    });
    return;
  }
  const all = sliceLine(line, found.close + 1);
  const body = sliceLine(all, all.text.length - all.text.trimStart().length);
  for (const round of sequence.rounds) {
    spent.rounds++;
    if (stopped(line, expansion, depth)) return;
    for (const [name, value] of round) {
      const text = {
        ...body,
        text: value,
        places: Array.from(value, () => placeOf(line, 0, found.close + 1)),
      };
      definitions.define(name, { lines: [text], multiline: false });
    }
    yield* expand(body, expansion, depth + 1);
  }
}

interface Substituted {
  readonly line: Line;
  /** The further lines of a definition of several, which stood last. */
  readonly rest: readonly Line[];
  readonly changed: boolean;
}

/** Puts in what is defined, also what stands in what was put in; what is not defined stays as it is. */
function substitute(from: Line, expansion: Expansion): Substituted {
  let line = from;
  let rest: readonly Line[] = [];
  let changed = false;
  let at = 0;
  for (let count = 0; ; count++) {
    const use = nextUse(line.text, at);
    if (!use) return { line, rest, changed };
    const found = meaning(use, line, expansion);
    if (found === undefined) {
      at = use.end;
      continue;
    }
    const [first, ...others] = found;
    const text = first?.text ?? '';
    expansion.spent.characters += text.length + line.text.length + LEAST_WORK;
    if (count > MAX_DEPTH * MAX_DEPTH || line.text.length + text.length > MAX_LINE || exhausted(expansion)) {
      tooMuch(from, expansion);
      return { line: { ...line, text: '', places: [] }, rest: [], changed };
    }
    // A line that is nothing but the name of several is the first of them, and mistakes in it are shown there.
    const whole = others.length > 0 && use.start === 0 && use.end === line.text.length;
    line = whole && first ? first : replaceIn(line, use, text);
    if (others.length > 0) rest = [...others, ...rest];
    changed = true;
    at = use.start;
  }
}

/** The lines that a use stands for; undefined where it stays as it is. */
function meaning(use: Use, line: Line, expansion: Expansion): readonly Line[] | undefined {
  const { definitions, diagnostics } = expansion;
  const own = use.parameters.length === 0 ? definitions.own(use.name) : undefined;
  if (own) {
    if (!own.multiline || use.end === line.text.length) return own.lines;
    diagnostics.warning('ADJUSTED', spanIn(line, use.start, use.end), {
      message: `Cannot put ${use.name} in here: it has several lines, and more follows it on this one`,
      help: 'as in keepalived, it stays as it is; write it at the end of a line',
    });
    return undefined;
  }
  const text = definitions.predefined(use, line.source);
  if (text !== undefined) return [{ source: line.source, line: line.line, text }];
  if (!isQuoted(line.text, use.start)) warnUndefined(use, line, expansion);
  return undefined;
}

function warnUndefined(use: Use, line: Line, { definitions, diagnostics }: Expansion): void {
  const help = didYouMean(use.name, definitions.names());
  if (!use.braces && help === undefined) return;
  diagnostics.warning('UNKNOWN_VALUE', spanIn(line, use.start, use.end), {
    message: `Cannot put in ${line.text.slice(use.start, use.end)}: it is not defined before this line`,
    help: help ?? `write $${use.name}=VALUE on a line of its own before it`,
  });
}

/** Scripts have variables of their own. Lines that no operator writes are not looked at. */
function isQuoted(text: string, at: number): boolean {
  return text.length > MAX_LOOKED_AT || (text.slice(0, at).match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
}

function stopped(line: Line, expansion: Expansion, depth: number): boolean {
  if (depth <= MAX_DEPTH && !exhausted(expansion)) return false;
  tooMuch(line, expansion);
  return true;
}

const exhausted = ({ spent }: Expansion): boolean => spent.rounds > MAX_ROUNDS || spent.characters > MAX_WORK;

function tooMuch(line: Line, { diagnostics }: Expansion): void {
  if (diagnostics.failed) return;
  diagnostics.error('TOO_LARGE', spanIn(line, 0, line.text.length), {
    message: 'Cannot put in all that this line stands for: a definition uses itself, or too many are nested',
  });
}

function warnContinued(raw: Line, diagnostics: Diagnostics): void {
  const at = raw.text.trimEnd().length - 1;
  diagnostics.warning('ADJUSTED', spanIn(raw, at, at + 1), {
    message: 'Cannot go on in the next line: a backslash at the end only joins the lines of a definition',
    help: 'write it on one line, which may be of any length; keepalived takes the backslash for a part of the word',
  });
}

function spanIn(line: Line, start: number, end: number): Span {
  const { from, to } = placeOf(line, start, end);
  const { source, line: number } = line;
  return {
    file: source.file,
    line: number,
    column: from,
    length: to - from,
    text: source.lines[number - 1] ?? '',
  };
}
