/** A thread's side of the pool: takes orders, has the attempts made side by side, and answers in batches. */
import type { VipIgnored } from '../addon/vip_prober.ts';
import type { Clock } from '../base/clock.ts';
import type { AskedCheck, AttemptAnswers, AttemptOrders, AttemptTask } from './attempt_messages.ts';
import type { AttemptResult } from './checker.ts';
import { NewlyIgnored } from './vip/ignored.ts';

/** Begun in one go; then answers, which may be waiting in thousands of sockets, have their turn. */
const BEGUN_AT_ONCE = 200;

/** An answer waits so long for others to go with. */
const ANSWERS_EVERY_MS = 2;

export interface AttemptServer {
  readonly clock: Clock;
  /** Must not reject. */
  readonly attempt: (check: AskedCheck) => Promise<AttemptResult>;
  /** By probes of virtual addresses in this thread, in all. */
  readonly ignored?: () => VipIgnored | undefined;
}

/** Never resolves: the thread serves until it is ended. */
export function serveAttempts(
  { port }: AttemptTask,
  { attempt, clock, ignored: allIgnored = () => undefined }: AttemptServer,
): Promise<never> {
  const newly = new NewlyIgnored(allIgnored, () => clock.nowMs());
  let ids: number[] = [];
  let results: AttemptResult[] = [];

  function send(): void {
    const ignored = newly.take();
    const answers: AttemptAnswers = { ids, results, ...(ignored && { ignored }) };
    ids = [];
    results = [];
    port.postMessage(answers);
  }

  function answer(id: number, result: AttemptResult): void {
    if (ids.length === 0) clock.setTimer(ANSWERS_EVERY_MS, send);
    ids.push(id);
    results.push(result);
  }

  const waiting: AttemptOrders[] = [];
  let at = 0;
  /** How many may still be begun in this turn. */
  let room = BEGUN_AT_ONCE;

  function begin(): void {
    if (room === BEGUN_AT_ONCE) clock.setTimer(0, nextTurn);
    for (; room > 0; room--) {
      const [orders] = waiting;
      if (orders === undefined) return;
      const [id, check] = [orders.ids[at], orders.checks[at]];
      at += 1;
      if (at >= orders.ids.length) {
        waiting.shift();
        at = 0;
      }
      if (id !== undefined && check !== undefined) void attempt(check).then((result) => answer(id, result));
    }
  }

  function nextTurn(): void {
    room = BEGUN_AT_ONCE;
    if (waiting.length > 0) begin();
  }

  port.on('message', (orders: AttemptOrders) => {
    waiting.push(orders);
    begin();
  });
  return new Promise(() => {});
}
