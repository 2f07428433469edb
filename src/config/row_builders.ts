/** Makes the rows of keyword tables. Defaults are as an operator writes them, values in the model's units. */
import { canonicalAddress, isMappedAddress } from '../base/address.ts';
import { type DiagnosticCode, quote } from './diagnostic.ts';
import type {
  AliasRow,
  Block,
  BlockRow,
  Call,
  DefaultedRow,
  IgnoredRow,
  LinesRow,
  ListRow,
  NotYetRow,
  Rows,
  ValueRow,
  WordsRow,
} from './keyword.ts';
import { spanOf, type Token } from './lexer.ts';
import type { NamedInterface } from './model.ts';
import { didYouMean, nearest } from './suggest.ts';

/** The longest time keepalived's timers hold: 2^32 microseconds, in seconds. */
export const MAX_TIMER_S = 4294.967295;

interface NumberOptions<D> {
  readonly default?: D;
  readonly min?: number;
  readonly max?: number;
  /** Out of range is an error. Otherwise a warning, and the value is as if left out: what keepalived does. */
  readonly strict?: boolean;
  /** Out of range is a warning, and the nearest value is used: what keepalived does with some. */
  readonly clamp?: boolean;
}

type Made<T, O> = O extends { readonly default: NonNullable<unknown> } ? DefaultedRow<T> : ValueRow<T>;

interface ValueOptions<T> {
  readonly doc: string;
  readonly expects: string;
  readonly default?: T;
  readonly defaultText?: string;
  readonly arity?: number;
  read(call: Call): T | undefined;
}

function value<T>(options: ValueOptions<T>): ValueRow<T> {
  return { kind: 'value', status: 'supported', arity: 1, ...options };
}

/** Reports the keyword's value (or the keyword, where there is none) and answers undefined. */
export function refuse(
  call: Call,
  code: DiagnosticCode,
  text: { message: string; help?: string | undefined },
): undefined {
  call.diagnostics.error(code, spanOf(call.words[0] ?? call.keyword), text);
  return undefined;
}

/** The first word, or undefined after an error that says what was expected. */
export function firstWord(call: Call, expects: string): Token | undefined {
  return (
    call.words[0] ??
    refuse(call, 'MISSING_VALUE', { message: `Cannot read ${call.keyword.text}: ${expects} must follow` })
  );
}

interface NumberForm {
  readonly pattern: RegExp;
  readonly expects: string;
  readonly min: number;
  readonly max: number;
  readonly strict: boolean;
  readonly clamp: boolean;
  readonly fallback: string | undefined;
}

function readNumber(call: Call, form: NumberForm): number | undefined {
  const word = firstWord(call, form.expects);
  if (!word) return undefined;
  const name = call.keyword.text;
  const written = word.text.trim(); // in quotes, blanks may stand around it
  const number = Number(written) + 0; // never -0
  if (!form.pattern.test(written) || !Number.isFinite(number))
    return refuse(call, 'BAD_VALUE', {
      message: `Cannot use ${name} ${quote(word.text)}: expected ${form.expects}`,
    });
  if (number >= form.min && number <= form.max) return number;
  const message = `Cannot use ${name} ${quote(word.text)}: it is outside ${form.min} to ${form.max}`;
  if (form.strict) return refuse(call, 'OUT_OF_RANGE', { message });
  const nearest = form.clamp ? Math.min(form.max, Math.max(form.min, number)) : undefined;
  const used = nearest ?? form.fallback;
  const help = [
    'as in keepalived,',
    ...(nearest === undefined ? ['the line is ignored'] : []),
    ...(nearest === undefined && used !== undefined ? ['and'] : []),
    ...(used === undefined ? [] : [`${used} is used`]),
  ].join(' ');
  call.diagnostics.warning('OUT_OF_RANGE', spanOf(word), { message, help });
  return nearest;
}

function numberRow<O extends NumberOptions<number>>(
  doc: string,
  options: O,
  form: { pattern: RegExp; unit: string; min: number; max: number; scale: (value: number) => number },
): Made<number, O> {
  const { min = form.min, max = form.max, strict = false, clamp = false } = options;
  const expects = `${form.unit}, ${min} to ${max}`;
  const fallback = options.default === undefined ? undefined : String(options.default);
  return value({
    doc,
    expects,
    ...(options.default === undefined
      ? {}
      : { default: form.scale(options.default), defaultText: String(options.default) }),
    read: (call) => {
      const number = readNumber(call, { pattern: form.pattern, expects, min, max, strict, clamp, fallback });
      return number === undefined ? undefined : form.scale(number);
    },
  }) as Made<number, O>;
}

/** Seconds with decimals; the value is whole milliseconds, and above 0 where the seconds are. */
export function timer<const O extends NumberOptions<number>>(doc: string, options: O): Made<number, O> {
  const pattern = /^\+?(\d+\.?\d*|\.\d+)$/;
  const scale = (s: number): number => (s > 0 ? Math.max(1, Math.round(s * 1000)) : 0);
  return numberRow(doc, options, { pattern, unit: 'seconds', min: 0.000001, max: MAX_TIMER_S, scale });
}

/** Whole seconds; the value is milliseconds. */
export function seconds<const O extends NumberOptions<number>>(doc: string, options: O): Made<number, O> {
  const scale = (s: number): number => s * 1000;
  return numberRow(doc, options, { pattern: /^[+-]?\d+$/, unit: 'whole seconds', min: 0, max: 4294, scale });
}

export function integer<const O extends NumberOptions<number>>(doc: string, options: O): Made<number, O> {
  const scale = (n: number): number => n;
  return numberRow(doc, options, {
    pattern: /^[+-]?\d+$/,
    unit: 'a whole number',
    min: 0,
    max: 2 ** 31 - 1,
    scale,
  });
}

interface OneOfOptions<D> {
  readonly default?: D;
  /** What the value is, in messages; else the keyword. */
  readonly noun?: string;
  /** Values that keepalived knows and xlb does not yet, and what to do instead. */
  readonly notYet?: readonly string[];
  readonly notYetHelp?: string;
  readonly help?: string;
  /** A word that is none of them is a warning, and the value as if left out. */
  readonly lenient?: string;
}

/** One of a few words. */
export function oneOf<const N extends readonly string[], const O extends OneOfOptions<N[number]>>(
  names: N,
  doc: string,
  options: O,
): Made<N[number], O> {
  const expects = names.length === 1 ? `${names[0]}` : `one of ${names.join(', ')}`;
  return value<N[number]>({
    doc,
    expects,
    ...(options.default === undefined ? {} : { default: options.default, defaultText: options.default }),
    read: (call) => {
      const word = firstWord(call, expects);
      if (!word) return undefined;
      const found = names.find((name) => name === word.text);
      if (found !== undefined) return found;
      const noun = options.noun ?? call.keyword.text;
      if (options.notYet?.includes(word.text))
        return refuse(call, 'NOT_YET', {
          message: `${noun} ${quote(word.text)} is not supported yet`,
          help: options.notYetHelp ?? options.help ?? `use ${expects}`,
        });
      const text = {
        message: `Cannot use ${noun} ${quote(word.text)}`,
        help: helpFor(word.text, names, options),
      };
      if (options.lenient === undefined) return refuse(call, 'UNKNOWN_VALUE', text);
      call.diagnostics.warning('UNKNOWN_VALUE', spanOf(word), text);
      return undefined;
    },
  }) as Made<N[number], O>;
}

function helpFor(word: string, names: readonly string[], options: OneOfOptions<string>): string {
  const near = nearest(word, [...names, ...(options.notYet ?? [])]);
  const usual = options.help ?? `use one of ${names.join(', ')}`;
  const help = near === undefined ? usual : `did you mean "${near}"?`;
  return options.lenient === undefined ? help : `${help}; ${options.lenient}`.replace('?;', '? Now,');
}

const truths = new Map([
  ['on', true],
  ['true', true],
  ['yes', true],
  ['off', false],
  ['false', false],
  ['no', false],
]);

/**
 * On when it stands alone; also on/off, true/false, yes/no. Any other word is a mistake, and of keepalived's keywords
 * one that is passed over, as keepalived does.
 */
export function flag<const O extends { readonly default?: boolean; readonly deafBefore24?: true }>(
  doc: string,
  options?: O,
): Made<boolean, O> {
  const byDefault = options?.default;
  const tellIfOff = ({ keyword, diagnostics }: Call, word: Token, truth: boolean): boolean => {
    if (!truth && options?.deafBefore24 === true)
      diagnostics.note('ADJUSTED', spanOf(word), {
        message: `${keyword.text} ${word.text} is off here, as in keepalived 2.4; 2.2 takes it for on`,
        help: 'remove the line: then it is off with both',
      });
    return truth;
  };
  return value<boolean>({
    doc,
    expects: 'nothing, or on/off, true/false, yes/no',
    ...(byDefault === undefined ? {} : { default: byDefault, defaultText: byDefault ? 'on' : 'off' }),
    read: (call) => {
      const [word] = call.words;
      if (!word) return true;
      const truth = truths.get(word.text);
      if (truth !== undefined) return tellIfOff(call, word, truth);
      const help = didYouMean(word.text, truths.keys(), 'write on or off') ?? 'write on or off';
      const message = `Cannot use ${call.keyword.text} ${quote(word.text)}`;
      if (call.keyword.text.startsWith('xlb_')) return refuse(call, 'UNKNOWN_VALUE', { message, help });
      call.diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
        message,
        help: `${help.replace('?', '? Now,').replace('off', 'off; now,')} as in keepalived, the line is ignored`,
      });
      return undefined;
    },
  }) as Made<boolean, O>;
}

/** On wherever it stands: what follows it means nothing to keepalived 2.2.7, not even `off`. */
export function mark<const O extends { readonly default?: boolean }>(
  doc: string,
  options?: O,
): Made<boolean, O> {
  const byDefault = options?.default;
  return value<boolean>({
    doc,
    expects: 'nothing',
    ...(byDefault === undefined ? {} : { default: byDefault, defaultText: byDefault ? 'on' : 'off' }),
    read: ({ keyword, words: [word], diagnostics }) => {
      if (word && truths.get(word.text) !== true)
        diagnostics.warning('EXTRA_WORDS', spanOf(word), {
          message: `Cannot use ${quote(word.text)} after ${keyword.text}: as in keepalived, it is on all the same`,
          help: 'remove the line where it shall be off',
        });
      return true;
    },
  }) as Made<boolean, O>;
}

/** One word of text. */
export function text(doc: string): ValueRow<string> {
  return value({ doc, expects: 'a word', read: (call) => firstWord(call, 'a word')?.text });
}

/** An address, canonical. */
export function address(doc: string): ValueRow<string> {
  const expects = 'an IPv4 or IPv6 address';
  return value({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      return word && readAddress(call, word);
    },
  });
}

/** The canonical address in `word`; undefined after an error. */
export function readAddress({ diagnostics }: Pick<Call, 'diagnostics'>, word: Token): string | undefined {
  const found = canonicalAddress(word.text);
  if (found !== undefined && !isMappedAddress(found)) return found;
  const message = `Cannot use address ${quote(word.text)}: expected an IPv4 or IPv6 address`;
  diagnostics.error('BAD_VALUE', spanOf(word), { message, help: addressHelp(word.text) });
  return undefined;
}

function addressHelp(written: string): string | undefined {
  if (isMappedAddress(written)) return 'write an IPv4-mapped address as the IPv4 address it holds';
  const [, before, port] = /^\[?(.+?)\]?:(\d+)$/.exec(written) ?? [];
  if (before !== undefined && canonicalAddress(before) !== undefined)
    return `write a blank between address and port: ${before} ${port}`;
  if (written.includes('/')) return 'write the address without a prefix length';
  if (written.includes('%')) return 'write the address without an interface';
  return undefined;
}

/** Any name Linux takes for an interface; undefined after an error. */
export function readInterface({ diagnostics }: Pick<Call, 'diagnostics'>, word: Token): string | undefined {
  if (/^[^\s/]{1,15}$/.test(word.text) && word.text !== '.' && word.text !== '..') return word.text;
  const message = `Cannot use interface ${quote(word.text)}: expected 1 to 15 characters without "/"`;
  diagnostics.error('BAD_VALUE', spanOf(word), { message });
  return undefined;
}

export function interfaceName(doc: string): ValueRow<NamedInterface> {
  const expects = 'an interface name';
  return value<NamedInterface>({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      const name = word && readInterface(call, word);
      return word && name !== undefined ? { name, span: spanOf(word) } : undefined;
    },
  });
}

export function words<T>(options: Omit<WordsRow<T>, 'kind' | 'status'>): WordsRow<T> {
  return { kind: 'words', status: 'supported', ...options };
}

export function lines<T>(options: Omit<LinesRow<T>, 'kind' | 'status'>): LinesRow<T> {
  return { kind: 'lines', status: 'supported', ...options };
}

export function listOf<H, T>(options: Omit<ListRow<H, T>, 'kind' | 'status'>): ListRow<H, T> {
  return { kind: 'list', status: 'supported', ...options };
}

/** A custom value. */
export function custom<T>(options: ValueOptions<T>): ValueRow<T> {
  return value(options);
}

export function blockOf<H, R extends Rows>(
  options: Omit<BlockRow<H, R>, 'kind' | 'status' | 'merged' | 'semicolons' | 'block'> & {
    block: Block<R>;
    merged?: boolean;
    semicolons?: boolean;
  },
): BlockRow<H, R> {
  return { kind: 'block', status: 'supported', merged: false, semicolons: false, ...options };
}

/** The head of a block that takes no words. */
export function noHead(call: Call): true {
  const [word] = call.words;
  if (word)
    call.diagnostics.warning('EXTRA_WORDS', spanOf(word), {
      message: `Cannot use ${quote(word.text)} after ${call.keyword.text}: it takes no words; it is ignored`,
    });
  return true;
}

export function alias(to: string, warning?: string): AliasRow {
  return { kind: 'alias', status: 'supported', to, ...(warning === undefined ? {} : { warning }) };
}

const namesIn = (list: string): string[] => list.trim().split(/\s+/);

/** Rows for keywords that xlb does not have yet, with what will not happen. */
export function notYet(
  consequence: string,
  list: string,
  options: { members?: string; severity?: 'error'; help?: string } = {},
): Record<string, NotYetRow> {
  const { members, severity = 'warning', help } = options;
  const row: NotYetRow = {
    kind: 'not_yet',
    status: 'not_yet',
    severity,
    consequence,
    members: members === undefined ? [] : namesIn(members),
    ...(help === undefined ? {} : { help }),
  };
  return Object.fromEntries(namesIn(list).map((name) => [name, row]));
}

/** Rows for keywords that have nothing to act on in xlb, with the reason. */
export function ignored(reason: string, list: string): Record<string, IgnoredRow> {
  return Object.fromEntries(
    namesIn(list).map((name) => [name, { kind: 'ignored', status: 'ignored', reason }]),
  );
}
