import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { Signals } from '../../src/daemon/signals.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';

describe('the signals of a daemon', () => {
  function start() {
    const source = new EventEmitter();
    const clock = new FakeClock();
    const signals = new Signals(source, { clock, log: memoryLog().logger });
    const forced: string[] = [];
    void signals.force.then((why) => forced.push(why));
    return { clock, forced, signals, source };
  }

  it('give a stop 5 s', async () => {
    const { clock, forced, source } = start();
    source.emit('SIGTERM', 'SIGTERM');
    await clock.run(4_999);
    assert.deepEqual(forced, []);
    await clock.run(1);
    assert.deepEqual(forced, ['not done after 5 s']);
  });

  it('give it longer where the configuration in force allows more', async () => {
    const { clock, forced, signals, source } = start();
    let furtherMs = 0;
    signals.allow(() => furtherMs);
    furtherMs = 12_000;
    source.emit('SIGTERM', 'SIGTERM');
    await clock.run(16_999);
    assert.deepEqual(forced, []);
    await clock.run(1);
    assert.deepEqual(forced, ['not done after 17 s']);
  });
});

describe('signals that ask for a dump', () => {
  it('are told before there is one, and then answered by kind; the real-time ones through the addon', () => {
    const source = new EventEmitter();
    const { logger: log, lines } = memoryLog();
    const signals = new Signals(source, { clock: new FakeClock(), log });
    source.emit('SIGUSR1', 'SIGUSR1');
    const asked: string[] = [];
    const watched: number[] = [];
    const watch = { closed: false, tell: (_number: number): void => undefined };
    signals.onDump(
      (order) => asked.push(order),
      (numbers, onSignal) => {
        watched.push(...numbers);
        watch.tell = onSignal;
        return {
          close: () => {
            watch.closed = true;
          },
        };
      },
    );
    source.emit('SIGUSR1', 'SIGUSR1');
    source.emit('SIGUSR2', 'SIGUSR2');
    for (const number of watched) watch.tell(number);
    signals.close();
    assert.deepEqual(
      [lines, asked, watched, watch.closed, source.eventNames()],
      [
        ['info Nothing is dumped yet: xlb is being started'],
        ['DATA', 'STATS', 'JSON', 'STATS_CLEAR'],
        [36, 63],
        true,
        [],
      ],
    );
  });
});
