/** Pure but for the clock: how long nobody answered. */

/** Between two probes. */
export const stepMs = 5;

/** CLOCK_MONOTONIC. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface Answer {
  readonly atMs: number;
  readonly who: string;
  /** How much later than it should the probe before it was sent. */
  readonly lateMs: number;
}

export interface Outage {
  /** The longest time between two answers from the event on, without what the probe itself was late. */
  readonly gapMs: number;
  /** From the event to the first answer of `who`. */
  readonly takeoverMs: number;
}

/** Undefined as long as `who` has not answered since the event. */
export function outageOf(
  answers: readonly Answer[],
  { atMs, who }: { readonly atMs: number; readonly who: string },
): Outage | undefined {
  const first = answers.find((answer) => answer.atMs > atMs && answer.who === who);
  if (first === undefined) return undefined;
  const before = answers.findLastIndex((answer) => answer.atMs <= atMs);
  const heard = answers.slice(Math.max(before, 0));
  const gaps = heard.slice(1).map((answer, at) => answer.atMs - (heard[at]?.atMs ?? 0) - answer.lateMs);
  return { gapMs: Math.max(0, ...gaps), takeoverMs: first.atMs - atMs };
}
