/** What happens a second, from totals that come again and again. Pure. */

import { keyOf } from '../../control/names.ts';
import type { Status } from '../../control/status.ts';

export interface Rate {
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

type Totals = Rate;

interface Known {
  readonly totals: Totals;
  readonly rate: Rate | undefined;
}

/** Of a new measurement; the rest is what was known before, so that a number does not jump with each packet. */
const NEW_PART = 0.5;
/** Shorter than that, two answers say nothing about a second. */
const SHORTEST_MS = 400;

export class Rates {
  #known = new Map<string, Known>();
  #atMs: number | undefined;

  /** Another status, at this time of a monotonic clock. */
  take(status: Status, nowMs: number): void {
    // While the tables cannot be read all counters are 0: what was known stays.
    if (!status.dataplane) return;
    const elapsedMs = nowMs - (this.#atMs ?? nowMs);
    if (this.#atMs !== undefined && elapsedMs < SHORTEST_MS) return;
    const next = new Map<string, Known>();
    const follow = (key: string, { connections, packets, bytes }: Totals) => {
      const totals = { connections, packets, bytes };
      const before = this.#known.get(key);
      next.set(key, { totals, rate: before && nextRate(before, totals, elapsedMs / 1000) });
    };
    for (const server of status.virtual_servers) {
      const key = keyOf(server);
      follow(key, server);
      for (const one of server.destinations) follow(realServerKey(key, one.address), one);
    }
    this.#known = next;
    this.#atMs = nowMs;
  }

  /** Undefined before the second status that has it. */
  of(key: string): Rate | undefined {
    return this.#known.get(key)?.rate;
  }
}

/** A pool has each address once. */
export function realServerKey(virtualServer: string, address: string): string {
  return `${virtualServer} ${address}`;
}

function nextRate({ totals: before, rate }: Known, now: Totals, seconds: number): Rate | undefined {
  if (seconds <= 0) return rate;
  const follow = (name: keyof Rate) => {
    const grown = now[name] < before[name] ? now[name] : now[name] - before[name];
    const measured = grown / seconds;
    const followed = rate === undefined ? measured : rate[name] + (measured - rate[name]) * NEW_PART;
    return followed < 0.05 ? 0 : followed;
  };
  return { connections: follow('connections'), packets: follow('packets'), bytes: follow('bytes') };
}
