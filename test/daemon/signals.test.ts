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
