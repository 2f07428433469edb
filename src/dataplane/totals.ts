/** What each virtual server has counted, in one array that changes threads without being copied. Pure. */
import type { VirtualServerSpec, VirtualServerState } from '../addon/addon.ts';
import { keysOf, nameOf } from './difference.ts';

/** What `counted` has of each virtual server, in this order; `active` is of now, the others only grow. */
export const totalFields = ['connections', 'packets', 'bytes', 'active'] as const;

export interface Totals {
  /** As wanted: a group has the name of its first member, also where the tables have it under another. */
  readonly names: readonly string[];
  /** totalFields of the first, of the second, and so on. */
  readonly counted: Float64Array<ArrayBuffer>;
}

export function totalsOf(
  states: readonly VirtualServerState[],
  wanted: readonly VirtualServerSpec[],
): Totals {
  const groups = wanted.filter(({ members = [] }) => members.length > 0);
  const renamed = new Map(
    groups.flatMap((spec) => keysOf(spec).map((key) => [nameOf(key), nameOf(spec)] as const)),
  );
  const counted = new Float64Array(states.length * totalFields.length);
  for (const [at, { connections, packets, bytes, destinations }] of states.entries()) {
    const active = destinations.reduce((sum, one) => sum + one.active, 0);
    counted.set([connections, packets, bytes, active], at * totalFields.length);
  }
  return { names: states.map((state) => renamed.get(nameOf(state)) ?? nameOf(state)), counted };
}
