/** Pure: how requests ended, summed up. */
import { median, rounded } from '../figures.ts';
import type { Requests } from './messages.ts';

export interface RequestEnd {
  readonly tookMs: number;
  /** Why there is no answer. */
  readonly reason?: string;
}

export function summed(ends: readonly RequestEnd[]): Requests {
  const answered = ends.filter(({ reason }) => reason === undefined).map(({ tookMs }) => tookMs);
  const sorted = answered.toSorted((a, b) => a - b);
  const reasons: Record<string, number> = {};
  for (const { reason } of ends) if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    answered: answered.length,
    failed: ends.length - answered.length,
    medianMs: rounded(median(answered)),
    slowMs: rounded(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0),
    slowestMs: rounded(sorted.at(-1) ?? 0),
    reasons,
  };
}
