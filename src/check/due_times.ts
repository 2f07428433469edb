/**
 * When tens of thousands of things are due, by few timers: what falls due within the same 10 ms shares one, and is
 * called together, so that what is then begun can go its way together too.
 */
import type { Clock, Timer } from '../base/clock.ts';

export interface Due {
  /** It is time. Must not throw. */
  due(): void;
}

/** What is waited for is at most so much late. */
export const SLOT_MS = 10;

/** Called in one go; further ones after other events have had their turn. */
const TAKEN_AT_ONCE = 500;

/** Those that fall due together. */
export interface DueSlot {
  /** It will not be called any more. */
  remove(due: Due): void;
}

class Slot implements DueSlot {
  readonly #clock: Clock;
  readonly #waiting = new Set<Due>();
  readonly #onFire: () => void;
  #timer: Timer;

  constructor(clock: Clock, { ms, onFire }: { readonly ms: number; readonly onFire: () => void }) {
    this.#clock = clock;
    this.#onFire = onFire;
    this.#timer = clock.setTimer(ms, () => this.#fire());
  }

  add(due: Due): void {
    this.#waiting.add(due);
  }

  remove(due: Due): void {
    this.#waiting.delete(due);
    if (this.#waiting.size > 0) return;
    this.#timer.cancel();
    this.#onFire();
  }

  #fire(): void {
    this.#onFire();
    let taken = 0;
    for (const due of this.#waiting) {
      if (taken++ === TAKEN_AT_ONCE) {
        this.#timer = this.#clock.setTimer(0, () => this.#fire());
        return;
      }
      this.#waiting.delete(due);
      due.due();
    }
  }
}

export class DueTimes {
  readonly #clock: Clock;
  /** Not fired yet, by their number since the clock's zero. */
  readonly #slots = new Map<number, Slot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `due` once: not before `dueMs` of the clock, and less than SLOT_MS later if there is time. */
  add(dueMs: number, due: Due): DueSlot {
    const nowMs = this.#clock.nowMs();
    const number = Math.ceil(Math.max(dueMs, nowMs) / SLOT_MS);
    let slot = this.#slots.get(number);
    if (slot === undefined) {
      const made: Slot = new Slot(this.#clock, {
        ms: number * SLOT_MS - nowMs,
        onFire: () => {
          if (this.#slots.get(number) === made) this.#slots.delete(number);
        },
      });
      this.#slots.set(number, made);
      slot = made;
    }
    slot.add(due);
    return slot;
  }
}
