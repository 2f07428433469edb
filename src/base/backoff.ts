/** How long to wait before what has died is started again: longer each time, until one has lived for a while. */
import type { Clock } from './clock.ts';

const LONGEST_MS = 10_000;
/** What lived this long has recovered: the next failure is a new one. */
const RECOVERED_MS = 30_000;

export class Backoff {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #firstMs: number;
  #nextMs: number;
  #startedMs: number;

  constructor(clock: Pick<Clock, 'nowMs'>, firstMs: number) {
    this.#clock = clock;
    this.#firstMs = firstMs;
    this.#nextMs = firstMs;
    this.#startedMs = clock.nowMs();
  }

  started(): void {
    this.#startedMs = this.#clock.nowMs();
  }

  /** To be waited for now that it has died. */
  nextMs(): number {
    if (this.#clock.nowMs() - this.#startedMs >= RECOVERED_MS) this.#nextMs = this.#firstMs;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, LONGEST_MS);
    return delayMs;
  }
}
