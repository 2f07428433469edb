import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionBoard } from '../../src/base/sessions.ts';
import { BfdClient } from '../../src/bfd/client.ts';
import type { FromBfdWorker, ToBfdWorker } from '../../src/bfd/messages.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeThread } from '../helpers/fake_thread.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { bfdInstance } from './fake_wire.ts';

type FakeBfdWorker = FakeThread<ToBfdWorker, FromBfdWorker>;

function world() {
  const clock = new FakeClock();
  const { logger, lines } = memoryLog();
  const threads: FakeBfdWorker[] = [];
  const refuse: { why?: string | undefined } = {};
  const spawn = () => {
    if (refuse.why !== undefined) throw new Error(refuse.why);
    const thread = new FakeThread<ToBfdWorker, FromBfdWorker>();
    threads.push(thread);
    return thread;
  };
  const board = new SessionBoard();
  const client = new BfdClient({ spawn, clock, log: () => logger }, board);
  return { board, client, clock, lines, refuse, threads };
}

describe("the main thread's side of the BFD worker", () => {
  const instances = [bfdInstance()];

  it('starts no thread where no session is configured', async () => {
    const { client, threads } = world();
    client.configure([]);
    assert.deepEqual([await client.status(), threads.length], [[], 0]);
    await client.stop();
  });

  it('shows what the worker tells on the board', () => {
    const { board, client, threads } = world();
    client.configure(instances);
    let changes = 0;
    board.watch(() => changes++);
    const states = new Map([['peer', 'up']] as const);
    threads[0]?.says({ kind: 'states', states });
    threads[0]?.says({ kind: 'states', states: new Map(states) });
    assert.deepEqual([[...board.states], changes], [[['peer', 'up']], 1]);
  });

  it('starts a dead worker again, that is told what was up; the board stays as it was meanwhile', async () => {
    const { board, client, clock, lines, threads } = world();
    client.configure([...instances, bfdInstance({ name: 'other', neighbor: '10.0.0.3' })]);
    threads[0]?.says({
      kind: 'states',
      states: new Map([
        ['peer', 'up'],
        ['other', 'down'],
      ]),
    });
    threads[0]?.dies('out of memory');
    assert.deepEqual([board.states.get('peer'), await client.status()], ['up', undefined]);
    clock.advance(10);
    const [heard] = threads[1]?.received ?? [];
    assert.deepEqual(heard?.kind === 'configure' && heard.wereUp, ['peer']);
    assert.deepEqual(lines, [
      'error The BFD worker died: out of memory. Neighbours that were up count as up; it is restarted in 10 ms',
      'notice The BFD worker was started again',
    ]);
  });

  it('tries again later where the kernel gives it no thread', () => {
    const { client, clock, lines, refuse, threads } = world();
    client.configure(instances);
    refuse.why = 'no thread';
    threads[0]?.emit('exit');
    clock.advance(10);
    refuse.why = undefined;
    clock.advance(20);
    const meanwhile = 'Neighbours that were up count as up; it is restarted in';
    assert.deepEqual(lines, [
      `error The BFD worker died: it ended by itself. ${meanwhile} 10 ms`,
      `error The BFD worker died: no thread. ${meanwhile} 20 ms`,
      'notice The BFD worker was started again',
    ]);
    assert.deepEqual([client.restarts, threads.length], [1, 2]);
  });

  it('does not call up for ever what no worker has lived long enough to confirm', () => {
    const { client, clock, threads } = world();
    client.configure(instances);
    const up = new Map([['peer', 'up']] as const);
    threads[0]?.says({ kind: 'states', states: up });
    clock.advance(60_000);
    const told: unknown[] = [];
    for (let at = 0; at < 8; at++) {
      const thread = threads.at(-1);
      thread?.says({ kind: 'states', states: up });
      thread?.emit('exit');
      clock.advance(4_000);
      const [first] = threads.at(-1)?.received ?? [];
      told.push(first?.kind === 'configure' && first.wereUp.length);
    }
    assert.deepEqual([told[0], told.at(-1)], [1, 0]);
  });

  it('waits for a worker that is told to stop no longer than half a second', async () => {
    const { client, clock, threads } = world();
    client.configure(instances);
    const stopped = client.stop();
    clock.advance(500);
    await stopped;
    assert.equal(threads[0]?.received.at(-1)?.kind, 'stop');
  });
});
