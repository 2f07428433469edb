/** One attempt of any check that asks the network, as the pool's threads make it: within its connect_timeout. */
import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.ts';
import { runAttempt } from '../../src/check/attempt.ts';
import type { CheckResult } from '../../src/check/checker.ts';
import type { NetworkCheckConfig } from '../../src/config/model.ts';

/** What a busy machine adds; an attempt that lasts longer has not kept its connect_timeout. */
const LATE_MS = 10_000;

export async function attemptOnce(check: NetworkCheckConfig): Promise<CheckResult> {
  const { latencyMs, ...result } = await runAttempt(check, systemClock);
  const limitMs = check.connectTimeoutMs + LATE_MS;
  assert.ok(latencyMs < limitMs, `${check.kind} took ${latencyMs} of ${check.connectTimeoutMs} ms`);
  return result;
}
