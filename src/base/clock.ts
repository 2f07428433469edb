/** Time as an argument. Nothing else in the project sets timers or asks what time it is. */

export interface Timer {
  /** The function will not be called any more. Idempotent. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds of a monotonic clock; its zero is arbitrary and differs between threads. */
  nowMs(): number;
  /** Milliseconds since 1970, for people: it may jump. */
  wallMs(): number;
  /** Calls `fn` once, not before `ms` milliseconds from now. Below 0 is 0. */
  setTimer(ms: number, fn: () => void): Timer;
}

/** Node calls longer timers at once (its limit is a signed 32-bit number); they are slept in pieces. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** What Node has of timers. */
export interface EventLoop {
  /** As Clock.nowMs. */
  nowMs(): number;
  /**
   * After whole milliseconds, rounded up, or up to one less: Node counts from a time that it read earlier, when the
   * loop last woke, and that has no fractions.
   */
  sleep(ms: number, fn: () => void): Timer;
  /** In the check phase, which comes after the poll phase. */
  afterPoll(fn: () => void): Timer;
}

const nodeLoop: EventLoop = {
  nowMs: () => performance.now(),
  sleep(ms, fn) {
    const timeout = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(timeout) };
  },
  afterPoll(fn) {
    const immediate = setImmediate(fn);
    return { cancel: () => clearImmediate(immediate) };
  },
};

export const systemClock: Clock = {
  nowMs: nodeLoop.nowMs,
  wallMs: () => Date.now(),
  setTimer: timersOf(nodeLoop),
};

/**
 * The function runs in the check phase of the event loop, after the poll phase that follows the timer: I/O
 * that was ready when the timer expired is handled first. A process that was stalled (a paused VM, SIGSTOP)
 * so reads the answers that came meanwhile before it acts on their absence.
 */
export function timersOf(loop: EventLoop): Clock['setTimer'] {
  return (ms, fn) => {
    const dueMs = loop.nowMs() + Math.max(0, ms);
    let waits: Timer;
    const sleep = (restMs: number) => {
      waits = loop.sleep(Math.min(Math.ceil(restMs), LONGEST_SLEEP_MS), () => {
        const leftMs = dueMs - loop.nowMs();
        if (leftMs > 0) sleep(leftMs);
        else waits = loop.afterPoll(fn);
      });
    };
    sleep(Math.max(0, ms));
    return { cancel: () => waits.cancel() };
  };
}

/** What to add to CLOCK_MONOTONIC, as the packet path reads it, for nanoseconds since 1970; good to microseconds. */
export function wallOffsetNs(): bigint {
  const wallUs = Math.round((performance.timeOrigin + performance.now()) * 1_000);
  return BigInt(wallUs) * 1_000n - process.hrtime.bigint();
}

/** `2025-01-31T23:59:59.123+01:00`: a wall clock reading in the time zone of the host. */
export function localTime(wallMs: number): string {
  const date = new Date(wallMs);
  const offsetMinutes = -date.getTimezoneOffset();
  const local = new Date(wallMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(offsetMinutes);
  return `${local}${sign}${twoDigits(Math.trunc(size / 60))}:${twoDigits(size % 60)}`;
}

/** CLOCK_MONOTONIC in microseconds, as systemd wants it beside RELOADING=1 (sd_notify(3)). */
export function monotonicUs(): bigint {
  return process.hrtime.bigint() / 1_000n;
}
