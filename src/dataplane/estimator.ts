/**
 * Rates as IPVS estimates them (net/netfilter/ipvs/ip_vs_est.c): every two seconds a quarter of what is new goes into
 * a moving average, in fixed point: connections and packets in 1/1024, bytes in 1/32. Pure.
 */
import type { Counters } from '../addon/addon.ts';

export const ESTIMATION_MS = 2_000;

export interface Estimate {
  readonly last: Counters;
  /** Scaled. */
  readonly average: Counters;
}

const nothing: Counters = { connections: 0, packets: 0, bytes: 0 };

/** What was counted before does not count: an estimate begins at 0. */
export function startEstimate(counters: Counters): Estimate {
  return { last: counters, average: nothing };
}

/** Two seconds later. */
export function nextEstimate(
  { last, average }: Estimate,
  { connections, packets, bytes }: Counters,
): Estimate {
  return {
    last: { connections, packets, bytes },
    average: {
      connections: follow(average.connections, (connections - last.connections) * 2 ** 9),
      packets: follow(average.packets, (packets - last.packets) * 2 ** 9),
      bytes: follow(average.bytes, (bytes - last.bytes) * 2 ** 4),
    },
  };
}

/** A second, rounded as the kernel does. */
export function ratesOf({ average: { connections, packets, bytes } }: Estimate): Counters {
  return {
    connections: Math.floor((connections + 0x1ff) / 2 ** 10),
    packets: Math.floor((packets + 0x1ff) / 2 ** 10),
    bytes: Math.floor((bytes + 0xf) / 2 ** 5),
  };
}

/** The kernel shifts right by two, which rounds down also below zero. */
function follow(average: number, rate: number): number {
  return average + Math.floor((rate - average) / 4);
}
