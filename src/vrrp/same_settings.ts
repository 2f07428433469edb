import { isDeepStrictEqual } from 'node:util';

/** Equal but for the places in the file where the settings stand: a line that moved changes nothing. Pure. */
export function areSameSettings(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutSpans(a), withoutSpans(b));
}

function withoutSpans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpans);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'span')
      .map(([key, inner]) => [key, withoutSpans(inner)]),
  );
}
