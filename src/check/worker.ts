/** The entry of the pool's threads. What it imports is paid for in memory by every thread. */
import { systemClock } from '../base/clock.ts';
import type { NetworkCheckConfig } from '../config/model.ts';
import { type AttemptResult, runAttempt } from './attempt.ts';

/** Called by piscina, by name, once an attempt; attempts of one thread run side by side. */
export function attempt(check: NetworkCheckConfig): Promise<AttemptResult> {
  return runAttempt(check, systemClock);
}
