/** How long attempts took, by kind of check: fixed buckets, so little room however many checks there are. */
import type { CheckConfig } from '../config/model.ts';
import { type AttemptResult, checkResults } from './checker.ts';

/** Upper ends, in seconds. */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

export interface CheckLatency {
  readonly kind: CheckConfig['kind'];
  /** Attempts that took no longer than the bucket's end, in the order of LATENCY_BUCKETS. */
  readonly within: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
}

interface Counted {
  readonly within: number[];
  count: number;
  sumSeconds: number;
}

export class CheckLatencies {
  readonly #counted = new Map<CheckConfig['kind'], Counted>();

  /** Attempts that said nothing about a real server were none. */
  add(kind: CheckConfig['kind'], { code, latencyMs }: AttemptResult): void {
    if (checkResults[code].healthy === undefined) return;
    const counted = this.#counted.get(kind) ?? {
      within: LATENCY_BUCKETS.map(() => 0),
      count: 0,
      sumSeconds: 0,
    };
    this.#counted.set(kind, counted);
    const seconds = latencyMs / 1000;
    const first = LATENCY_BUCKETS.findIndex((end) => seconds <= end);
    const at = first === -1 ? LATENCY_BUCKETS.length : first;
    for (let bucket = at; bucket < LATENCY_BUCKETS.length; bucket++)
      counted.within[bucket] = (counted.within[bucket] ?? 0) + 1;
    counted.count += 1;
    counted.sumSeconds += seconds;
  }

  all(): CheckLatency[] {
    return [...this.#counted].map(([kind, { count, sumSeconds, within }]) => ({
      kind,
      within: [...within],
      count,
      sumSeconds,
    }));
  }
}
