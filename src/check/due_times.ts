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

interface SlotOptions {
  readonly dueMs: number;
  readonly onFire: (slot: Slot) => void;
  readonly onEmpty: (slot: Slot) => void;
}

class Slot implements DueSlot {
  readonly dueMs: number;
  readonly waiting = new Set<Due>();
  readonly #onEmpty: (slot: Slot) => void;
  readonly #timer: Timer;

  constructor(clock: Clock, { dueMs, onFire, onEmpty }: SlotOptions) {
    this.dueMs = dueMs;
    this.#onEmpty = onEmpty;
    this.#timer = clock.setTimer(dueMs - clock.nowMs(), () => onFire(this));
  }

  remove(due: Due): void {
    this.waiting.delete(due);
    if (this.waiting.size > 0) return;
    this.#timer.cancel();
    this.#onEmpty(this);
  }
}

export class DueTimes {
  readonly #clock: Clock;
  /** Not fired yet, by the clock's time. */
  readonly #slots = new Map<number, Slot>();
  /** Fired, and not called to the end yet: the one that has waited longest first. */
  #fired: Slot[] = [];
  #rest: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `due` once: not before `dueMs` of the clock, and less than `slotMs` later if there is time. */
  add(dueMs: number, due: Due, slotMs = SLOT_MS): DueSlot {
    const slotDueMs = Math.ceil(Math.max(dueMs, this.#clock.nowMs()) / slotMs) * slotMs;
    let slot = this.#slots.get(slotDueMs);
    if (slot === undefined) {
      slot = new Slot(this.#clock, {
        dueMs: slotDueMs,
        onFire: (fired) => this.#fire(fired),
        onEmpty: (empty) => this.#forget(empty),
      });
      this.#slots.set(slotDueMs, slot);
    }
    slot.waiting.add(due);
    return slot;
  }

  #forget(slot: Slot): void {
    if (this.#slots.get(slot.dueMs) === slot) this.#slots.delete(slot.dueMs);
  }

  /** A slot that comes later does not overtake what is left of an earlier one. */
  #fire(slot: Slot): void {
    this.#forget(slot);
    const after = this.#fired.findLastIndex(({ dueMs }) => dueMs <= slot.dueMs);
    this.#fired.splice(after + 1, 0, slot);
    if (this.#rest === undefined) this.#callFired();
  }

  #callFired(): void {
    this.#rest = undefined;
    let taken = 0;
    for (let slot = this.#fired[0]; slot !== undefined; slot = this.#fired[0]) {
      for (const due of slot.waiting) {
        if (taken++ === TAKEN_AT_ONCE) {
          this.#rest = this.#clock.setTimer(0, () => this.#callFired());
          return;
        }
        slot.waiting.delete(due);
        due.due();
      }
      this.#fired.shift();
    }
  }
}
