/**
 * What the main thread and a thread of the pool say to one another, on a MessagePort: attempts to be made and what came
 * of them, many in a message.
 */
import type { MessagePort } from 'node:worker_threads';
import type { VipIgnored } from '../addon/vip_prober.ts';
import type { CheckTimesConfig, NetworkCheckConfig, ThreadSchedulingConfig } from '../config/model.ts';
import type { AttemptResult } from './checker.ts';

/** The argument of the one task that each thread gets; it ends with the thread. */
export interface AttemptTask {
  readonly port: MessagePort;
  /** Of the thread. */
  readonly scheduling?: ThreadSchedulingConfig | undefined;
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A check without what says when it is made: a third of what there is to copy, ten thousand times a second. */
export type AskedCheck = Without<NetworkCheckConfig, keyof CheckTimesConfig>;

export function askedOf(check: NetworkCheckConfig): AskedCheck {
  const {
    span: _,
    retry: _retry,
    delayBeforeRetryMs: _before,
    delayLoopMs: _loop,
    warmupMs: _warmup,
    alpha: _alpha,
    logAllFailures: _log,
    ...asked
  } = check;
  return asked;
}

/** To the thread. `ids[i]` asks for an attempt of `checks[i]`. */
export interface AttemptOrders {
  readonly ids: readonly number[];
  readonly checks: readonly AskedCheck[];
}

/** From the thread. `results[i]` is the answer to `ids[i]`; in the order in which they are known. */
export interface AttemptAnswers {
  readonly ids: readonly number[];
  readonly results: readonly AttemptResult[];
  /** For the log: the thread goes on. */
  readonly warning?: string;
  /** By probes of virtual addresses, since it was told last. */
  readonly ignored?: VipIgnored;
}
