/** One attempt with its time limit; what crosses between the main thread and the pool is defined here. */
import type { Clock } from '../base/clock.ts';
import type { NetworkCheckConfig } from '../config/model.ts';
import type { Checker, CheckResult } from './checker.ts';
import { checkers } from './registry.ts';

/** What the pool's threads answer. */
export interface AttemptResult extends CheckResult {
  readonly latencyMs: number;
}

/** Makes one attempt; ends it when the check's connect_timeout is over. Never throws. */
export async function runAttempt(check: NetworkCheckConfig, clock: Clock): Promise<AttemptResult> {
  const startMs = clock.nowMs();
  const controller = new AbortController();
  const timer = clock.setTimer(check.connectTimeoutMs, () => controller.abort());
  try {
    const checker = checkers[check.kind] as Checker<NetworkCheckConfig>;
    const result = await checker.run(check, controller.signal);
    return { ...result, latencyMs: clock.nowMs() - startMs };
  } catch (error) {
    return { code: 'NOTRUN', detail: String(error), latencyMs: clock.nowMs() - startMs };
  } finally {
    timer.cancel();
  }
}
