/** One attempt with its time limit. */
import type { Clock } from '../base/clock.ts';
import type { NetworkCheckConfig } from '../config/model.ts';
import type { AskedCheck } from './attempt_messages.ts';
import type { AttemptResult, Checker, CheckResult } from './checker.ts';
import { checkers } from './registry.ts';
import { withVipProbe } from './vip/probe.ts';

const never = new AbortController().signal;

/** Makes one attempt; ends it when the check's connect_timeout is over. Never rejects. */
export function runAttempt(asked: AskedCheck, clock: Clock): Promise<AttemptResult> {
  const startMs = clock.nowMs();
  // What is missing says when to ask; no checker reads it.
  return begin(asked as NetworkCheckConfig, clock).then(
    (result) => ({ ...result, latencyMs: clock.nowMs() - startMs }),
    (error) => ({ code: 'NOTRUN', detail: String(error), latencyMs: clock.nowMs() - startMs }),
  );
}

/** No more functions and promises than it takes, ten thousand times a second. */
function begin(check: NetworkCheckConfig, clock: Clock): Promise<CheckResult> {
  const checker = checkers[check.kind] as Checker<NetworkCheckConfig>;
  try {
    if (checker.keepsTime && check.vip === undefined) return checker.run(check, never);
    return withVipProbe(check, clock, () =>
      checker.keepsTime ? checker.run(check, never) : runWithin(checker, check, clock),
    );
  } catch (error) {
    return Promise.reject(error);
  }
}

async function runWithin(
  checker: Checker<NetworkCheckConfig>,
  check: NetworkCheckConfig,
  clock: Clock,
): Promise<CheckResult> {
  const controller = new AbortController();
  const timer = clock.setTimer(check.connectTimeoutMs, () => controller.abort());
  try {
    return await checker.run(check, controller.signal);
  } finally {
    timer.cancel();
  }
}
