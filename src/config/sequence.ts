/** `~SEQ(var, start, step, end)` and `~LST(var, value, ...)`: which values a line is repeated for. Pure. */

/** The variables that get values in each round, by name. */
export type Round = ReadonlyMap<string, string>;

export interface Sequence {
  readonly rounds: Iterable<Round>;
}

/** Of all sequences of a configuration together: ten times as many as the largest real ones have. */
export const MAX_ROUNDS = 200_000;

/** The head of a line that is repeated: what it is, and where its parentheses begin and end. */
export function findSequence(
  text: string,
): { kind: 'SEQ' | 'SEQx' | 'LST'; open: number; close: number } | undefined {
  const match = /^~(SEQx|SEQ|LST)[ \t]*\(/.exec(text);
  if (!match) return undefined;
  const open = match[0].length - 1;
  const kind = match[1] === 'LST' ? 'LST' : match[1] === 'SEQx' ? 'SEQx' : 'SEQ';
  return { kind, open, close: text.indexOf(')', open) };
}

/** What stands in the parentheses, taken apart; a text says what is wrong with it. */
export function readSequence(kind: 'SEQ' | 'SEQx' | 'LST', inside: string): Sequence | string {
  return kind === 'LST' ? readList(inside) : readNumbers(inside, kind === 'SEQx');
}

const NAME = /^[A-Za-z_]\w*$/;

function readNumbers(inside: string, hex: boolean): Sequence | string {
  const [name = '', ...written] = inside.split(',').map((part) => part.trim());
  if (!NAME.test(name)) return 'expected the name of a variable first';
  if (written.length < 1 || written.length > 3) return 'expected one to three numbers: [start, [step,]] end';
  const wrong = written.find((number) => !NUMBER.test(number));
  if (wrong !== undefined) return `"${wrong}" is not a whole number`;
  const { start, step, end } = bounds(written.map(numberOf));
  if (step === 0 || (start < end && step < 0) || (start > end && step > 0))
    return `steps of ${step} do not lead from ${start} to ${end}`;
  if (hex && (start < 0 || end < 0)) return '~SEQx counts from 0 upwards';
  const count = Math.floor((end - start) / step) + 1;
  if (count > MAX_ROUNDS) return `it has ${count} rounds, more than ${MAX_ROUNDS}`;
  const round = (index: number): Round => new Map([[name, (start + index * step).toString(hex ? 16 : 10)]]);
  return { rounds: inTurn(count, round) };
}

function* inTurn(count: number, round: (index: number) => Round): Generator<Round> {
  for (let index = 0; index < count; index++) yield round(index);
}

const NUMBER = /^[+-]?(0[xX][0-9a-fA-F]{1,12}|\d{1,15})$/;

/** As C's strtol with base 0: 0x begins hexadecimal numbers, 0 octal ones. */
function numberOf(written: string): number {
  const digits = written.replace(/^[+-]/, '');
  const base = /^0[xX]/.test(digits) ? 16 : /^0[0-7]+$/.test(digits) ? 8 : 10;
  const size = Number.parseInt(base === 16 ? digits.slice(2) : digits, base);
  return written.startsWith('-') ? -size : size;
}

/** What keepalived takes for the numbers left out. */
function bounds([one = 0, two, three]: readonly number[]): { start: number; step: number; end: number } {
  if (two === undefined) return { start: one < 0 ? -1 : 1, step: one < 1 ? -1 : 1, end: one };
  if (three === undefined) return { start: one, step: one <= two ? 1 : -1, end: two };
  return { start: one, step: two, end: three };
}

function readList(inside: string): Sequence | string {
  const [head = '', ...values] = splitAtCommas(inside);
  const names = itemsOf(head);
  const wrong = names.find((name) => !NAME.test(name));
  if (wrong !== undefined) return `"${wrong}" is not the name of a variable`;
  if (values.length === 0) return 'expected values after the variable';
  const items = values.map(itemsOf);
  const long = items.findIndex((some) => some.length > names.length);
  if (long !== -1) return `${values[long]} has more values than there are variables`;
  const rounds = items.map((some) => new Map(names.map((name, index) => [name, some[index] ?? ''])));
  return { rounds };
}

/** "{a, b}" -> a and b; anything else is one item. */
function itemsOf(part: string): string[] {
  const [, list] = /^\{(.*)\}$/s.exec(part) ?? [];
  return list === undefined ? [part] : list.split(',').map((item) => item.trim());
}

/** At the commas that stand in no braces. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim());
}
