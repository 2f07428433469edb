/** A thread's side of the pool: takes orders, has the attempts made side by side, and answers in batches. */
import type { Clock } from '../base/clock.ts';
import type { NetworkCheckConfig } from '../config/model.ts';
import type { AttemptResult } from './attempt.ts';
import type { AttemptAnswers, AttemptOrders, AttemptTask } from './attempt_messages.ts';

/** An answer waits so long for others to go with. */
const ANSWERS_EVERY_MS = 2;

export interface AttemptServer {
  readonly clock: Clock;
  /** Must not reject. */
  readonly attempt: (check: NetworkCheckConfig) => Promise<AttemptResult>;
}

/** Never resolves: the thread serves until it is ended. */
export function serveAttempts({ port }: AttemptTask, { clock, attempt }: AttemptServer): Promise<never> {
  let ids: number[] = [];
  let results: AttemptResult[] = [];

  function send(): void {
    const answers: AttemptAnswers = { ids, results };
    ids = [];
    results = [];
    port.postMessage(answers);
  }

  function answer(id: number, result: AttemptResult): void {
    if (ids.length === 0) clock.setTimer(ANSWERS_EVERY_MS, send);
    ids.push(id);
    results.push(result);
  }

  port.on('message', ({ ids: asked, checks }: AttemptOrders) => {
    for (const [at, check] of checks.entries()) {
      const id = asked[at];
      if (id !== undefined) void attempt(check).then((result) => answer(id, result));
    }
  });
  return new Promise(() => {});
}
