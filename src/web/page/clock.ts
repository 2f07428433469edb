/** The browser's clock behind the project's interface; base/clock.ts is Node's. */
import type { Clock } from '../../base/clock.ts';

export const browserClock: Clock = {
  nowMs: () => performance.now(), // tidy: the one place of the page that reads the clock
  wallMs: () => Date.now(), // tidy: the one place of the page that reads the clock
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, Math.max(0, ms)); // tidy: the one place of the page that sets timers
    return { cancel: () => clearTimeout(timer) };
  },
};
