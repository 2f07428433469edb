/** Two habits on top of a clock: wait until things are quiet, and come back again and again. */
import type { Clock, Timer } from '../base/clock.ts';

/** Without end of the noise, it runs all the same after this many quiet times. */
const PATIENCE = 20;

/** Runs something once things have been quiet for a while: many calls of soon() make one run. */
export class Later {
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #run: () => void;
  #timer: Timer | undefined;
  #firstMs = 0;

  constructor(clock: Clock, quietMs: number, run: () => void) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#run = run;
  }

  soon(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#timer === undefined) this.#firstMs = nowMs;
    else if (nowMs - this.#firstMs >= this.#quietMs * PATIENCE) return;
    this.cancel();
    this.#timer = this.#clock.setTimer(this.#quietMs, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** Calls `run` every `periodMs`, counted from the end of the call before, until cancelled. */
export function every(clock: Clock, periodMs: number, run: () => void): Timer {
  let timer = clock.setTimer(periodMs, again);
  function again(): void {
    timer = clock.setTimer(periodMs, again);
    run();
  }
  return { cancel: () => timer.cancel() };
}
