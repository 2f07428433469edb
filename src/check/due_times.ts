/**
 * When tens of thousands of things are due, by few timers: what falls due within the same 10 ms shares one, and is
 * called together, so that what is then begun can go its way together too.
 */
import type { Clock, Timer } from '../base/clock.ts';

/**
 * Something that waits for its time, at one place at once. The places are its own fields: a set of those that wait
 * would be made anew every 10 ms, live for seconds, and so be the most that the garbage collector has to do.
 */
export abstract class Due {
  /** Kept by DueTimes: where it waits, and between whom. */
  slot: DueSlot | undefined = undefined;
  before: Due | undefined = undefined;
  after: Due | undefined = undefined;

  /** It is time. Must not throw. */
  abstract due(): void;
}

/** What is waited for is at most so much late. */
export const SLOT_MS = 10;

/** Called in one go; further ones after other events have had their turn. */
const TAKEN_AT_ONCE = 500;

/** Those that fall due together, the one that has waited longest first. */
class DueSlot {
  readonly dueMs: number;
  readonly timer: Timer;
  first: Due | undefined = undefined;
  #last: Due | undefined = undefined;

  constructor(dueMs: number, timer: Timer) {
    this.dueMs = dueMs;
    this.timer = timer;
  }

  append(due: Due): void {
    due.slot = this;
    due.before = this.#last;
    if (this.#last === undefined) this.first = due;
    else this.#last.after = due;
    this.#last = due;
  }

  remove(due: Due): void {
    const { before, after } = due;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    due.slot = undefined;
    due.before = undefined;
    due.after = undefined;
  }
}

export class DueTimes {
  readonly #clock: Clock;
  /** Not fired yet, by the clock's time. */
  readonly #slots = new Map<number, DueSlot>();
  /** Fired, and not called to the end yet: the one that has waited longest first. */
  #fired: DueSlot[] = [];
  #rest: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `due` once: not before `dueMs` of the clock, and less than `slotMs` later if there is time. */
  add(dueMs: number, due: Due, slotMs = SLOT_MS): void {
    this.remove(due);
    const slotDueMs = Math.ceil(Math.max(dueMs, this.#clock.nowMs()) / slotMs) * slotMs;
    const slot = this.#slots.get(slotDueMs) ?? this.#make(slotDueMs);
    slot.append(due);
  }

  /** It will not be called any more. */
  remove(due: Due): void {
    const { slot } = due;
    if (slot === undefined) return;
    slot.remove(due);
    if (slot.first !== undefined) return;
    slot.timer.cancel();
    this.#forget(slot);
  }

  #make(dueMs: number): DueSlot {
    const timer = this.#clock.setTimer(dueMs - this.#clock.nowMs(), () => this.#fire(slot));
    const slot = new DueSlot(dueMs, timer);
    this.#slots.set(dueMs, slot);
    return slot;
  }

  #forget(slot: DueSlot): void {
    if (this.#slots.get(slot.dueMs) === slot) this.#slots.delete(slot.dueMs);
  }

  /** A slot that comes later does not overtake what is left of an earlier one. */
  #fire(slot: DueSlot): void {
    this.#forget(slot);
    const after = this.#fired.findLastIndex(({ dueMs }) => dueMs <= slot.dueMs);
    this.#fired.splice(after + 1, 0, slot);
    if (this.#rest === undefined) this.#callFired();
  }

  #callFired(): void {
    this.#rest = undefined;
    let taken = 0;
    for (let slot = this.#fired[0]; slot !== undefined; slot = this.#fired[0]) {
      for (let due = slot.first; due !== undefined; due = slot.first) {
        if (taken++ === TAKEN_AT_ONCE) {
          this.#rest = this.#clock.setTimer(0, () => this.#callFired());
          return;
        }
        slot.remove(due);
        due.due();
      }
      this.#fired.shift();
    }
  }
}
