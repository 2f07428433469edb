import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startHeartbeat } from '../../src/daemon/heartbeat.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';

describe('the heartbeat', () => {
  function start(vrrp: () => Promise<unknown>) {
    const clock = new FakeClock();
    const beats: number[] = [];
    const { logger: log, lines } = memoryLog();
    const startMs = clock.nowMs();
    const threads = { VRRP: vrrp, dataplane: () => Promise.resolve() };
    const alive = () => beats.push(clock.nowMs() - startMs);
    return { clock, beats, lines, heartbeat: startHeartbeat(10_000, { clock, log, threads, alive }) };
  }

  it('comes at half of the watchdog’s time while all threads answer', async () => {
    const { clock, beats, heartbeat } = start(() => Promise.resolve());
    await clock.run(12_000);
    heartbeat.stop();
    await clock.run(12_000);
    assert.deepEqual(beats, [0, 5_000, 10_000]);
  });

  it('stops while a thread is being restarted, and comes again after that', async () => {
    let dead = true;
    const { clock, beats } = start(() => (dead ? Promise.reject(new Error('dead')) : Promise.resolve()));
    await clock.run(6_000);
    dead = false;
    await clock.run(6_000);
    assert.deepEqual(beats, [10_000]);
  });

  it('does not come while a thread hangs, and says which', async () => {
    const { clock, beats, lines } = start(() => new Promise(() => undefined));
    await clock.run(6_000);
    assert.deepEqual(
      [beats, lines],
      [[], ['warn No answer for 5 s: VRRP. The watchdog is not told to wait']],
    );
  });
});
