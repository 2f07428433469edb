/** The timers of one virtual router: each name once, and how late it was when it fired. */
import type { Clock, Timer } from '../base/clock.ts';
import type { VrrpTimer } from './virtual_router.ts';

export class RunningTimers {
  readonly #clock: Clock;
  readonly #expired: (timer: VrrpTimer, lateMs: number) => void;
  readonly #running = new Map<VrrpTimer, Timer>();

  constructor(clock: Clock, expired: (timer: VrrpTimer, lateMs: number) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Replaces one of that name. */
  set(name: VrrpTimer, ms: number): void {
    this.cancel(name);
    const dueMs = this.#clock.nowMs() + ms;
    const timer = this.#clock.setTimer(ms, () => {
      if (this.#running.get(name) !== timer) return;
      this.#running.delete(name);
      this.#expired(name, Math.max(0, this.#clock.nowMs() - dueMs));
    });
    this.#running.set(name, timer);
  }

  isRunning(name: VrrpTimer): boolean {
    return this.#running.has(name);
  }

  cancel(name: VrrpTimer): void {
    this.#running.get(name)?.cancel();
    this.#running.delete(name);
  }

  cancelAll(): void {
    for (const timer of this.#running.values()) timer.cancel();
    this.#running.clear();
  }
}
