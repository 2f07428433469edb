/** Two habits on top of a clock: wait until things are quiet, and come back again and again. */
import type { Clock, Timer } from '../base/clock.ts';

/** Runs something once things have been quiet for a while: many calls of soon() make one run. */
export class Later {
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #run: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, quietMs: number, run: () => void) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#run = run;
  }

  soon(): void {
    this.cancel();
    this.#timer = this.#clock.setTimer(this.#quietMs, this.#run);
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
