/** Whether two parts of a configuration say the same. Pure. */
import { isDeepStrictEqual } from 'node:util';

/**
 * Equal but for the places in the file where the settings stand: a line that moved changes nothing. What is absent
 * and what is undefined are the same. Copies nothing: a reload compares tens of thousands of objects.
 */
export function areSameSettings(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a))
    return (
      Array.isArray(b) && a.length === b.length && a.every((one, index) => areSameSettings(one, b[index]))
    );
  if (!isPlain(a) || !isPlain(b)) return isDeepStrictEqual(a, b);
  for (const key in a) if (!isPlace(key) && !areSameSettings(a[key], b[key])) return false;
  for (const key in b) if (a[key] === undefined && b[key] !== undefined && !isPlace(key)) return false;
  return true;
}

/** Of objects that are known to say the same. */
const kinds = new WeakMap<object, object>();

/** `copy` says the same as `original`: isKnownTheSame answers true of them from now on, for as long as they live. */
export function sayTheSame(original: object, copy: object): void {
  const kind = kinds.get(original) ?? {};
  kinds.set(original, kind);
  kinds.set(copy, kind);
}

/** False says nothing. */
export function isKnownTheSame(a: object, b: object): boolean {
  if (a === b) return true;
  const kind = kinds.get(a);
  return kind !== undefined && kind === kinds.get(b);
}

/** The settings of two objects of one kind that differ, by their names. */
export function changedKeys<Kind extends object>(a: Kind, b: Kind): (keyof Kind & string)[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Kind & string>;
  return [...keys].filter((key) => !isPlace(key) && !areSameSettings(a[key], b[key]));
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isPlace(key: string): boolean {
  return key === 'span' || key === 'interfaceSpan';
}
