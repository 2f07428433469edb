import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/base/clock.ts';
import { openSessionChannel, SessionBoard, type SessionMessage } from '../../src/base/sessions.ts';
import { BfdClient } from '../../src/bfd/client.ts';
import { pause } from '../../src/demo/pause.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { inOwnNamespace } from '../helpers/netns.ts';
import { bfdInstance } from './fake_wire.ts';

/** So long is watched whether what was held goes down after all. */
const watchedMs = 2_000;
/** Half of the detection time: who stands still for longer may lose a session. */
const mostLateMs = 300;

/** Two sessions of one worker, with each other. */
/** 600 ms: shorter than the main thread is busy, longer than a busy machine keeps the worker waiting. */
const quick = { minRxUs: 60_000, minTxUs: 60_000, multiplier: 10 };
const instances = [
  bfdInstance({ ...quick, name: 'a', source: '127.0.0.1', neighbor: '127.0.0.2' }),
  bfdInstance({ ...quick, name: 'b', source: '127.0.0.2', neighbor: '127.0.0.1' }),
];

function world() {
  const { logger, lines } = memoryLog();
  const workers: Worker[] = [];
  const board = new SessionBoard();
  const spawn = () => {
    const worker = new Worker(new URL('../../src/bfd/worker.js', import.meta.url));
    workers.push(worker);
    return worker;
  };
  const client = new BfdClient({ spawn, clock: systemClock, log: () => logger }, board);
  const until = async (states: string) => {
    const deadlineMs = performance.now() + 10_000;
    while ([...board.states.values()].join() !== states) {
      assert.ok(
        performance.now() < deadlineMs,
        `${[...board.states.values()]} and not ${states}\n${lines.join('\n')}`,
      );
      await pause(10);
    }
  };
  return { board, client, lines, until, workers };
}

if (await inOwnNamespace(import.meta.url)) {
  describe('the BFD worker', { timeout: 300_000 }, () => {
    it('loses no session while the main thread is busy for longer than any detection time', async () => {
      const { client, lines, until } = world();
      client.configure(instances);
      await until('up,up');
      for (let i = 0; i < 3; i++) {
        const endMs = performance.now() + 1_000;
        while (performance.now() < endMs) {}
        await pause(10);
      }
      assert.deepEqual(
        lines.filter((line) => line.includes('Down')),
        [],
      );
      await client.stop();
    });

    it('tells other threads without the main one, also those that begin to listen later', async () => {
      const { client, until } = world();
      client.configure(instances);
      await until('up,up');
      const channel = openSessionChannel();
      const heard = new Promise<SessionMessage>((resolve) => channel.listen(resolve));
      channel.post({ say: 'which' });
      const limit = pause(20_000).then(() => 'nothing was heard');
      assert.deepEqual(await Promise.race([heard, limit]), {
        say: 'states',
        states: new Map([
          ['a', 'up'],
          ['b', 'up'],
        ]),
      });
      channel.close();
      await client.stop();
    });

    it('that is killed takes nothing down: what was up counts as up until it is again', async (t) => {
      const { board, client, lines, until, workers } = world();
      client.configure(instances);
      await until('up,up');
      const changes: string[] = [];
      board.watch(() => changes.push([...board.states.values()].join()));
      await workers[0]?.terminate();
      const states = async () => (await client.status().catch(() => []))?.map(({ state }) => state).join();
      const endMs = performance.now() + 20_000;
      while (workers.length < 2 || (await states()) !== 'Up,Up') {
        assert.ok(performance.now() < endMs, lines.join('\n'));
        await pause(50);
      }
      let lateMs = 0;
      const watchedUntilMs = performance.now() + watchedMs;
      while (performance.now() < watchedUntilMs) {
        const begunMs = performance.now();
        await pause(10);
        lateMs = Math.max(lateMs, performance.now() - begunMs - 10);
      }
      const changed = [...changes];
      await client.stop();
      if (lateMs > mostLateMs && changed.length > 0)
        return t.skip(`the machine stood still for ${Math.round(lateMs)} ms`);
      assert.deepEqual([changed, workers.length], [[], 2], lines.join('\n'));
    });
  });
}
