/** Sets of characters as ranges, and the sets that PCRE2 has names for (in its default tables, ASCII). */

/** Inclusive; sorted and apart once normal. */
export type Ranges = readonly (readonly [first: number, last: number])[];

export function normal(ranges: Ranges): Ranges {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** Everything up to `max` that is not in `ranges`. */
export function complement(ranges: Ranges, max: number): Ranges {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [first, last] of normal(ranges)) {
    if (first > next) rest.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= max) rest.push([next, max]);
  return rest;
}

/** With the other case of every ASCII letter in it. */
export function withOtherCase(ranges: Ranges): Ranges {
  const shifted = (from: number, to: number, by: number): Ranges =>
    ranges.flatMap(([first, last]) => {
      const [low, high] = [Math.max(first, from), Math.min(last, to)];
      return low <= high ? [[low + by, high + by] as const] : [];
    });
  return normal([...ranges, ...shifted(0x41, 0x5a, 0x20), ...shifted(0x61, 0x7a, -0x20)]);
}

const digit: Ranges = [[0x30, 0x39]];
const upper: Ranges = [[0x41, 0x5a]];
const lower: Ranges = [[0x61, 0x7a]];
const alpha: Ranges = [...upper, ...lower];
const space: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
];
const word: Ranges = [...digit, ...alpha, [0x5f, 0x5f]];
const graph: Ranges = [[0x21, 0x7e]];

export const posixClasses: Readonly<Record<string, Ranges>> = {
  alpha,
  lower,
  upper,
  digit,
  space,
  word,
  graph,
  alnum: [...digit, ...alpha],
  ascii: [[0, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  xdigit: [...digit, [0x41, 0x46], [0x61, 0x66]],
};

const horizontal: Ranges = [
  [0x09, 0x09],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

/** \v and \R. */
export const vertical: Ranges = [
  [0x0a, 0x0d],
  [0x85, 0x85],
  [0x2028, 0x2029],
];

/** By the letter after the backslash; its capital is everything else. */
export const letterClasses: Readonly<Record<string, Ranges>> = {
  d: digit,
  s: space,
  w: word,
  h: horizontal,
  v: vertical,
};

/** One character, as it is safe in any place of a JavaScript pattern, with flag u and without. */
export function literal(code: number): string {
  if (/[A-Za-z0-9 "#%&',:;<=>@_`~!]/.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** A class; without anything in it, it never matches, and negated it always does. */
export function classText(ranges: Ranges, { max, extra = '' }: { max: number; extra?: string }): string {
  const text = normal(ranges)
    .filter(([first]) => first <= max)
    .map(([first, last]) => rangeText(first, Math.min(last, max)))
    .join('');
  return `[${text}${extra}]`;
}

function rangeText(first: number, last: number): string {
  return first === last ? literal(first) : `${literal(first)}-${literal(last)}`;
}
