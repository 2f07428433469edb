import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../src/base/clock.ts';

/** A clock that stands still until told to move. Timers fire in order of their time, then of their making. */
export class FakeClock implements Clock {
  readonly #wallAtZeroMs: number;
  #nowMs = 0;
  #timers: { readonly dueMs: number; readonly fn: () => void }[] = [];

  constructor(wallAtZeroMs = 1_700_000_000_000) {
    this.#wallAtZeroMs = wallAtZeroMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallAtZeroMs + this.#nowMs;
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), fn };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Time passes while something works: what falls due meanwhile fires late. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves on, firing what falls due on the way, timers set meanwhile included. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#fireNext(untilMs)) {}
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Like advance, but after every timer lets promises settle, so that what they set falls due on the way too. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await nextTurn();
    while (this.#fireNext(untilMs)) await nextTurn();
    this.#nowMs = untilMs;
  }

  #fireNext(untilMs: number): boolean {
    const [first, ...others] = this.#timers;
    if (first === undefined) return false;
    const next = others.reduce((soonest, timer) => (timer.dueMs < soonest.dueMs ? timer : soonest), first);
    if (next.dueMs > untilMs) return false;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.fn();
    return true;
  }
}
