/**
 * xlb_slow_start: a real server that returns gets its share of new flows in ten steps. A scheduler that looks at how
 * much a real server has to do would otherwise send it everything at once. Pure.
 *
 *   step   1    2    3   ...  9   over
 *   share  1/10 2/10 3/10     9/10  all
 *
 * Weights are whole numbers, and often 1: while anybody in a pool is in such a step, all weights of the pool are
 * ten times what they are, and those of the returning ones 1 to 9 times.
 */
import type { SchedulerName } from '../addon/addon.ts';

export const STEPS = 10;

export interface Ramp {
  readonly startMs: number;
  readonly durationMs: number;
  /** Of STEPS. */
  readonly step: number;
}

export function startRamp(durationMs: number | undefined, nowMs: number): Ramp | undefined {
  return durationMs ? { startMs: nowMs, durationMs, step: 1 } : undefined;
}

/** Undefined: it is over. The same object: nothing has changed. */
export function moveRamp(ramp: Ramp, nowMs: number): Ramp | undefined {
  const step = 1 + Math.floor(((nowMs - ramp.startMs) * STEPS) / ramp.durationMs);
  if (step >= STEPS) return undefined;
  return step === ramp.step ? ramp : { ...ramp, step };
}

/** When moveRamp will answer something else. */
export function nextStepMs({ startMs, durationMs, step }: Ramp): number {
  return startMs + (durationMs * step) / STEPS;
}

/** Schedulers that do not look at weights, and what does the same with them. */
const weighted: { readonly [Name in SchedulerName]?: SchedulerName } = { rr: 'wrr', lc: 'wlc' };
const blind: ReadonlySet<SchedulerName> = new Set<SchedulerName>(['sh', 'dh', 'mh', 'fo', 'ovf']);

/** Whether growing weights make sense with it; with the others one would move clients around. */
export function canRamp(scheduler: SchedulerName): boolean {
  return !blind.has(scheduler);
}

/** The scheduler while there are ramps in the pool. */
export function rampScheduler(scheduler: SchedulerName): SchedulerName {
  return weighted[scheduler] ?? scheduler;
}

const MAX_WEIGHT = 2 ** 31 - 1;

/** The weight while there are ramps in the pool; without `ramp`: of one that has all of its share. */
export function rampWeight(weight: number, scheduler: SchedulerName, ramp: Ramp | undefined): number {
  if (weight === 0) return 0;
  const whole = weighted[scheduler] === undefined ? weight : 1;
  return Math.min(MAX_WEIGHT, whole * (ramp?.step ?? STEPS));
}
