import type { Clock } from '../../base/clock.ts';

/** Runs what is wished for: at once, but not within `everyMs` of the last time; wishes until then are one. */
export class Seldom {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #run: () => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #waits = false;

  constructor(clock: Clock, everyMs: number, run: () => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#run = run;
  }

  wish(): void {
    if (this.#waits) return;
    const restMs = this.#lastMs + this.#everyMs - this.#clock.nowMs();
    if (restMs <= 0) {
      this.#now();
      return;
    }
    this.#waits = true;
    this.#clock.setTimer(restMs, () => this.#now());
  }

  #now(): void {
    this.#waits = false;
    this.#lastMs = this.#clock.nowMs();
    this.#run();
  }
}
