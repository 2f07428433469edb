/** Lines as ip(8) has them: after what the line begins with, words that stand alone and words with a value. */
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import { didYouMean } from '../suggest.ts';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the word after an option's name into `options`; what is wrong with it goes to `call.diagnostics`. */
export type ValueOption<O> = (call: Call, word: Token, options: O) => void;

export interface OptionLine<O> {
  /** In messages: 'an address'. */
  readonly what: string;
  readonly values: ReadonlyMap<string, ValueOption<O>>;
  readonly switches: ReadonlyMap<string, (options: O) => void>;
  readonly aliases?: ReadonlyMap<string, string>;
  /** Known to keepalived only, with the number of words after each. */
  readonly notYet?: ReadonlyMap<string, number>;
  /** What is done without these. */
  readonly withoutThem?: string;
  /** Takes a word that is none of them; false: not its own either. */
  readonly other?: (call: Call, word: Token, options: O) => boolean;
}

/** Reads all words of `call` into `options`. */
export function readOptions<O>(call: Call, line: OptionLine<O>, options: O): void {
  for (let index = 0; index < call.words.length; ) index += readOption(call, index, { line, options });
}

/** How many words it took. */
function readOption<O>(call: Call, index: number, into: { line: OptionLine<O>; options: O }): number {
  const word = call.words[index];
  if (!word) return 1;
  const { line, options } = into;
  const name = line.aliases?.get(word.text) ?? word.text;
  const value = line.values.get(name);
  if (value) {
    const argument = call.words[index + 1];
    if (argument) value(call, argument, options);
    else
      call.diagnostics.error('MISSING_VALUE', spanOf(word), {
        message: `Cannot read ${word.text}: a value must follow`,
      });
    return 2;
  }
  const notYet = line.notYet?.get(name);
  const set = line.switches.get(name);
  if (set) set(options);
  else if (notYet !== undefined)
    call.diagnostics.warning('NOT_YET', spanOf(word), {
      message: `${word.text} is not supported yet: ${line.withoutThem}`,
    });
  else if (!line.other?.(call, word, options))
    call.diagnostics.warning('UNKNOWN_KEYWORD', spanOf(word), {
      message: `Cannot use option ${quote(word.text)} of ${line.what}: it is ignored`,
      help: didYouMean(word.text, [
        ...line.values.keys(),
        ...line.switches.keys(),
        ...(line.notYet?.keys() ?? []),
      ]),
    });
  return 1 + (notYet ?? 0);
}

interface Whole {
  /** In messages: 'metric'. */
  readonly name: string;
  readonly min?: number;
  readonly max: number;
  /** 0x10 is read as well. */
  readonly hex?: boolean;
}

/** A whole number; undefined after an error. */
export function readWhole(
  { diagnostics }: Call,
  word: Token,
  { name, min = 0, max, hex = false }: Whole,
): number | undefined {
  const number = Number(word.text);
  const form = hex ? /^(0x[0-9a-f]{1,8}|\d{1,10})$/i : /^-?\d{1,10}$/;
  if (form.test(word.text) && number >= min && number <= max) return number;
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use ${name} ${quote(word.text)}: expected a whole number, ${min} to ${max}`,
  });
  return undefined;
}

/** `N` or `N-M`; undefined after an error. */
export function readRange(
  call: Call,
  word: Token,
  whole: Whole,
): readonly [first: number, last: number] | undefined {
  const [first = NaN, last = first] = word.text.split('-').map(Number);
  if (/^\d{1,10}(-\d{1,10})?$/.test(word.text) && first <= last && last <= whole.max) return [first, last];
  call.diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use ${whole.name} ${quote(word.text)}: expected N or N-M, 0 to ${whole.max}`,
  });
  return undefined;
}

interface Named {
  readonly name: string;
  readonly max: number;
  readonly names: ReadonlyMap<string, number>;
}

/** A name of `names` or its number; undefined after an error. */
export function readNamed(
  { diagnostics }: Call,
  word: Token,
  { name, max, names }: Named,
): number | undefined {
  const number = names.get(word.text) ?? (/^(0x[0-9a-f]+|\d+)$/i.test(word.text) ? Number(word.text) : -1);
  if (number >= 0 && number <= max) return number;
  diagnostics.error('UNKNOWN_VALUE', spanOf(word), {
    message: `Cannot use ${name} ${quote(word.text)}`,
    help: didYouMean(
      word.text,
      names.keys(),
      `use ${names.size === 0 ? '' : `one of ${[...names.keys()].join(', ')} or `}a number, 0 to ${max}`,
    ),
  });
  return undefined;
}

/** RT_SCOPE_* (rtnetlink.h). */
export const scopes: ReadonlyMap<string, number> = new Map([
  ['global', 0],
  ['site', 200],
  ['link', 253],
  ['host', 254],
  ['nowhere', 255],
]);

/** RT_TABLE_* (rtnetlink.h). The names of the host's own rt_tables are the host's matter. */
export const tables: ReadonlyMap<string, number> = new Map([
  ['default', 253],
  ['main', 254],
  ['local', 255],
]);

/** RTPROT_* (rtnetlink.h). */
export const protocols: ReadonlyMap<string, number> = new Map([
  ['redirect', 1],
  ['kernel', 2],
  ['boot', 3],
  ['static', 4],
  ['ra', 9],
  ['bird', 12],
  ['dhcp', 16],
  ['keepalived', 18],
  ['bgp', 186],
  ['isis', 187],
  ['ospf', 188],
  ['rip', 189],
  ['eigrp', 192],
]);
