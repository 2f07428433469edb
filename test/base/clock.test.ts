import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as checkPhase } from 'node:timers/promises';
import { type EventLoop, localTime, systemClock, type Timer, timersOf } from '../../src/base/clock.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { connectAndBlock } from '../helpers/stall.ts';

describe('the system clock', () => {
  it('calls a timer not before its time', async () => {
    const startMs = systemClock.nowMs();
    await new Promise<void>((resolve) => systemClock.setTimer(20, resolve));
    assert.ok(systemClock.nowMs() - startMs >= 20);
  });

  it('does not call a cancelled timer', async () => {
    const called: string[] = [];
    systemClock.setTimer(1, () => called.push('cancelled')).cancel();
    await new Promise<void>((resolve) => systemClock.setTimer(10, resolve));
    assert.deepEqual(called, []);
  });

  it('takes a time that is longer than what Node can count without calling at once', async () => {
    const called: string[] = [];
    const timer = systemClock.setTimer(2 ** 40, () => called.push('early'));
    await new Promise<void>((resolve) => systemClock.setTimer(10, resolve));
    timer.cancel();
    assert.deepEqual(called, []);
  });

  it('hands over what arrived during a stall before it calls the timer that expired in it', async () => {
    const order: string[] = [];
    const server = createServer((socket) => {
      order.push('connection');
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address() as { port: number };
    // From here the next phase of the event loop is that of the timers; set before, it might be over by now.
    await checkPhase();
    const timer = new Promise<void>((resolve) =>
      systemClock.setTimer(5, () => {
        order.push('timer');
        resolve();
      }),
    );
    connectAndBlock(address.port, 60);
    await timer;
    server.close();
    assert.deepEqual(order, ['connection', 'timer']);
  });
});

/** Wakes as late, where above 0, or as early as the test says, from sleep to sleep; then on time. */
class FakeLoop implements EventLoop {
  readonly slept: number[] = [];
  #nowMs = 0.7;
  readonly #lateMs: number[];
  #next: (() => void) | undefined;

  constructor(lateMs: readonly number[]) {
    this.#lateMs = [...lateMs];
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, fn: () => void): Timer {
    this.slept.push(ms);
    return this.#then(() => {
      this.#nowMs += ms + (this.#lateMs.shift() ?? 0);
      fn();
    });
  }

  afterPoll(fn: () => void): Timer {
    return this.#then(fn);
  }

  /** Until nothing is awaited any more, or `most` things have come. */
  run(most = 100): void {
    for (let times = 0; times < most && this.#next !== undefined; times++) {
      const next = this.#next;
      this.#next = undefined;
      next();
    }
  }

  #then(fn: () => void): Timer {
    this.#next = fn;
    return {
      cancel: () => {
        this.#next = undefined;
      },
    };
  }
}

describe('a timer of a loop', () => {
  /** When it was called, and what was slept. */
  const timer = (ms: number, lateMs: readonly number[]) => {
    const loop = new FakeLoop(lateMs);
    const calledMs: number[] = [];
    timersOf(loop)(ms, () => calledMs.push(loop.nowMs() - 0.7));
    loop.run();
    return { calledMs: calledMs.map((at) => Math.round(at * 10) / 10), slept: loop.slept };
  };

  it('that wakes early sleeps for the rest', () => {
    assert.deepEqual(timer(150, [-0.9]), { calledMs: [150.1], slept: [150, 1] });
    assert.deepEqual(timer(150, [-0.9, -0.5]), { calledMs: [150.6], slept: [150, 1, 1] });
    assert.deepEqual(timer(2.5, []), { calledMs: [3], slept: [3] });
  });

  it('that wakes late does not sleep again', () => {
    assert.deepEqual(timer(150, [0]), { calledMs: [150], slept: [150] });
    assert.deepEqual(timer(150, [700]), { calledMs: [850], slept: [150] });
    assert.deepEqual(timer(-5, [0]), { calledMs: [0], slept: [0] });
  });

  it('sleeps in pieces that Node can count', () => {
    const most = 2 ** 31 - 1;
    assert.deepEqual(timer(2 ** 32, []), { calledMs: [2 ** 32], slept: [most, most, 2] });
  });

  it('is not called where it is cancelled, asleep, asleep again or awake', () => {
    for (const turns of [0, 1, 2]) {
      const loop = new FakeLoop([-1]);
      const { cancel } = timersOf(loop)(5, () => assert.fail('it was called'));
      loop.run(turns);
      cancel();
      loop.run();
    }
  });
});

describe('the local time', () => {
  it('is ISO 8601 with the offset of the host', () => {
    const wallMs = Date.UTC(2025, 0, 31, 12, 30, 15, 7);
    assert.match(localTime(wallMs), /^2025-01-31T\d\d:\d\d:15\.007[+-]\d\d:\d\d$/);
    assert.equal(new Date(localTime(wallMs)).getTime(), wallMs);
  });
});

describe('the fake clock', () => {
  it('fires timers in order of their time, those set meanwhile included', () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    clock.setTimer(20, () => fired.push(`b at ${clock.nowMs()}`));
    clock.setTimer(10, () => {
      fired.push(`a at ${clock.nowMs()}`);
      clock.setTimer(5, () => fired.push(`c at ${clock.nowMs()}`));
    });
    clock.setTimer(12, () => fired.push('cancelled')).cancel();
    clock.advance(30);
    assert.deepEqual(
      { fired, now: clock.nowMs(), wall: clock.wallMs(), pending: clock.pending },
      { fired: ['a at 10', 'c at 15', 'b at 20'], now: 30, wall: 30, pending: 0 },
    );
  });
});
