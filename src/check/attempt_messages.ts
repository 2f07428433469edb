/**
 * What the main thread and a thread of the pool say to one another, on a MessagePort: attempts to be made and what came
 * of them, many in a message.
 */
import type { MessagePort } from 'node:worker_threads';
import type { NetworkCheckConfig } from '../config/model.ts';
import type { AttemptResult } from './attempt.ts';

/** The argument of the one task that each thread gets; it ends with the thread. */
export interface AttemptTask {
  readonly port: MessagePort;
}

/** To the thread. `ids[i]` asks for an attempt of `checks[i]`. */
export interface AttemptOrders {
  readonly ids: readonly number[];
  readonly checks: readonly NetworkCheckConfig[];
}

/** From the thread. `results[i]` is the answer to `ids[i]`; in the order in which they are known. */
export interface AttemptAnswers {
  readonly ids: readonly number[];
  readonly results: readonly AttemptResult[];
}
