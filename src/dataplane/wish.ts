/** Pure: a wish as it goes to the worker. What is as it was in the wish before goes as a number, or not at all. */
import type { VirtualServerSpec } from '../addon/addon.ts';
import type { Wanted } from './messages.ts';

export interface PackedWish extends Omit<Wanted, 'virtualServers' | 'realServers'> {
  /** The revision of the wish before; absent: all of this one is here. */
  readonly after?: number;
  /** A number: its place in the wish before. */
  readonly virtualServers: readonly (VirtualServerSpec | number)[];
  /** Absent: those of the wish before. */
  readonly realServers?: readonly string[];
}

/** A wish that the worker has, or is about to have. */
export interface KnownWish {
  readonly revision: number;
  readonly wanted: Wanted;
}

export function packWish(wanted: Wanted, before: KnownWish | undefined): PackedWish {
  if (before === undefined) return wanted;
  const places = new Map(before.wanted.virtualServers.map((spec, at) => [spec, at]));
  const { realServers, ...others } = wanted;
  const same = isSameList(realServers, before.wanted.realServers);
  return {
    ...others,
    after: before.revision,
    virtualServers: wanted.virtualServers.map((spec) => places.get(spec) ?? spec),
    ...(same ? {} : { realServers }),
  };
}

/** The wish, with the very objects of the one before where it has the same. Throws where that is another one. */
export function unpackWish({ after, ...packed }: PackedWish, before: KnownWish | undefined): Wanted {
  if (after !== before?.revision && after !== undefined)
    throw new Error(`Cannot read a wish: it comes after wish ${after}, and the last was ${before?.revision}`);
  const virtualServers = packed.virtualServers.flatMap((one) =>
    typeof one === 'number' ? (before?.wanted.virtualServers[one] ?? []) : [one],
  );
  return { ...packed, virtualServers, realServers: packed.realServers ?? before?.wanted.realServers ?? [] };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
