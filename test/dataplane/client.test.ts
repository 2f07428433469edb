import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataplaneClient } from '../../src/dataplane/client.ts';
import type { FromWorker, ToWorker, Wanted } from '../../src/dataplane/messages.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeThread } from '../helpers/fake_thread.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const options = { pinDirectory: '/pins', neighboursFile: '/none', limits: { flowSlots: 2_000 } };
const wanted: Wanted = {
  virtualServers: [],
  realServers: [],
  interfaces: { names: ['eth0'], addresses: [], datapath: 'auto' },
  markRules: [],
  settings: {},
};
const opened: FromWorker = { kind: 'opened', adopted: false, virtualServers: [] };

type FakeWorker = FakeThread<ToWorker, FromWorker>;

function clientWithWorkers() {
  const workers: FakeWorker[] = [];
  const clock = new FakeClock();
  const { logger, lines } = memoryLog();
  const spawn = (): FakeWorker => {
    workers.push(new FakeThread());
    return last();
  };
  const last = (): FakeWorker => workers.at(-1) ?? assert.fail('no worker was started');
  return { client: new DataplaneClient({ spawn, clock, log: () => logger }), clock, lines, last, workers };
}

describe("the dataplane worker's client", () => {
  it('opens, wishes and reads', async () => {
    const { client, last } = clientWithWorkers();
    const opening = client.open(options);
    last().says(opened);
    assert.deepEqual(await opening, opened);
    const wish = client.want(wanted);
    last().says({ kind: 'applied', revision: 1, interfaces: [], problems: ['a problem'] });
    assert.deepEqual((await wish).problems, ['a problem']);
    assert.deepEqual(last().received, [
      { kind: 'open', ...options },
      { kind: 'want', revision: 1, wanted },
    ]);
  });

  it('tells of threads of AF_XDP that died and were replaced; again and again: only counts them', async () => {
    const { client, last, lines } = clientWithWorkers();
    const opening = client.open(options);
    last().says(opened);
    await opening;
    for (const again of [false, true, true]) {
      last().says({ kind: 'thread_died', why: 'serve them: Invalid argument', again });
      last().says({ kind: 'threads_restarted', threads: 2, again });
    }
    assert.deepEqual(
      [lines, client.threads.restarts],
      [
        [
          'error An AF_XDP thread died: serve them: Invalid argument. The XDP program forwards meanwhile',
          'notice The AF_XDP threads were restarted',
        ],
        6,
      ],
    );
  });

  it('asks, and takes each reply for the question that it belongs to', async () => {
    const { client, last } = clientWithWorkers();
    await assert.rejects(client.ask({ ask: 'zero' }), /is being restarted/);
    const opening = client.open(options);
    last().says(opened);
    await opening;
    const stretch = client.ask({ ask: 'connections', stretch: 3 });
    const zero = client.ask({ ask: 'zero' });
    const lost = client.ask({ ask: 'tables' });
    const failed = client.ask({ ask: 'tables' });
    last().says({ kind: 'reply', request: 4, reply: { ask: 'failed', message: 'Cannot read: no' } });
    last().says({ kind: 'reply', request: 2, reply: { ask: 'zero', found: true } });
    last().says({ kind: 'reply', request: 1, reply: { ask: 'connections', lines: undefined } });
    assert.deepEqual(
      [await stretch, await zero],
      [
        { ask: 'connections', lines: undefined },
        { ask: 'zero', found: true },
      ],
    );
    await assert.rejects(failed, { message: 'Cannot read: no' });
    last().dies('out of memory');
    await assert.rejects(lost, {
      code: 'RESTARTING',
      message:
        'The dataplane worker is being restarted (out of memory): forwarding goes on; ask again in a second',
    });
  });

  it('does not take the answer to an older wish for one to a newer', async () => {
    const { client, last } = clientWithWorkers();
    const opening = client.open(options);
    last().says(opened);
    await opening;
    const [first, second] = [client.want(wanted), client.want(wanted)];
    last().says({ kind: 'applied', revision: 1, interfaces: [], problems: ['old'] });
    last().says({ kind: 'applied', revision: 2, interfaces: [], problems: ['new'] });
    assert.deepEqual([(await first).problems, (await second).problems], [['old'], ['new']]);
  });

  it('says why the tables cannot be opened at the start, and does not try again', async () => {
    const { client, clock, last, workers } = clientWithWorkers();
    const opening = client.open(options);
    last().says({ kind: 'failed', message: 'Cannot load the program: too old' });
    last().emit('exit');
    await assert.rejects(opening, new Error('Cannot load the program: too old'));
    clock.advance(60_000);
    assert.equal(workers.length, 1);
  });

  it('replaces a worker that dies, which gets the last wish', async () => {
    const { client, clock, last, lines, workers } = clientWithWorkers();
    const opening = client.open(options);
    last().says(opened);
    await opening;
    const wish = client.want(wanted);
    const read = client.read();
    last().dies('a fault');
    await assert.rejects(read, /is being restarted \(a fault\)/);
    assert.equal(client.running, false);
    clock.advance(100);
    last().says({ ...opened, adopted: true });
    assert.deepEqual(last().received, [
      { kind: 'open', ...options },
      { kind: 'want', revision: 1, wanted },
    ]);
    last().says({ kind: 'applied', revision: 1, interfaces: [], problems: [] });
    assert.deepEqual((await wish).problems, []);
    assert.deepEqual([workers.length, client.running], [2, true]);
    assert.deepEqual(lines, [
      'error The dataplane worker died: a fault. Forwarding goes on; it is restarted in 100 ms',
      'notice The dataplane worker is back',
    ]);
  });

  it('waits longer and longer for one that dies again and again', async () => {
    const { client, clock, last, lines } = clientWithWorkers();
    const opening = client.open(options);
    last().says(opened);
    await opening;
    for (const _ of Array(9)) {
      last().dies('a fault');
      clock.advance(10_000);
    }
    const waits = lines.map((line) => Number(/in (\d+) ms/.exec(line)?.[1]));
    assert.deepEqual(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('ends with what the worker could not take down', async () => {
    const { client, last } = clientWithWorkers();
    const opening = client.open(options);
    last().says(opened);
    await opening;
    const stopping = client.stop();
    last().says({ kind: 'stopped', problems: ['Cannot detach'] });
    last().emit('exit');
    assert.deepEqual(await stopping, ['Cannot detach']);
  });
});
