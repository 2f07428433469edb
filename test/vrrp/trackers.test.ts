import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoundProcess } from '../../src/vrrp/processes.ts';
import { Trackers } from '../../src/vrrp/trackers.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { failed, fakeSpawn, passed, readyScript, span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';

interface Before {
  readonly all: Trackers;
  readonly clock: FakeClock;
  readonly host: ReturnType<typeof fakeSpawn>;
}

interface Options {
  readonly before?: Before;
  readonly security?: boolean;
  /** Of the script b. */
  readonly rise?: number;
  /** Processes that p counts, as they are whenever it looks. */
  readonly found?: FoundProcess[];
}

function trackers({ before, security = false, rise = 1, found = [] }: Options = {}) {
  const clock = before?.clock ?? new FakeClock();
  const host = before?.host ?? fakeSpawn();
  const { spawn, children } = host;
  let changes = 0;
  const all = new Trackers(
    {
      security,
      scripts: ['a', 'b'].map((name) => ({
        name,
        script: { command: `/${name}`, span },
        intervalMs: 1000,
        timeoutMs: 1000,
        rise: name === 'b' ? rise : 1,
        fall: 1,
        initFail: false,
      })),
      files: [{ name: 'f', path: '/no/such/folder/f', span }],
      processes: [
        {
          name: 'p',
          command: 'nobody-runs-this',
          match: 'exact',
          quorum: 1,
          forkDelayMs: 0,
          terminateDelayMs: 10_000,
          fullCommand: false,
          span,
        },
      ],
    },
    {
      clock,
      log: memoryLog().logger,
      spawn,
      prepare: readyScript,
      processes: {
        allNow: () => found,
        all: () => Promise.resolve(found),
        runs: ({ pid }) => found.some((one) => one.pid === pid),
      },
      onChange: () => {
        changes += 1;
      },
    },
    before?.all,
  );
  all.start();
  return { all, clock, host, children, changes: () => changes };
}

describe('the trackers of a configuration', () => {
  it('have a value for everything, by name, and tell of every change', () => {
    const { all, clock, children, changes } = trackers();
    children[0]?.end(passed);
    clock.advance(500);
    children[1]?.end(failed);
    assert.deepEqual(all.values(), {
      scripts: new Map([
        ['a', 'up'],
        ['b', 'down'],
      ]),
      files: new Map([['f', 0]]),
      processes: new Map([['p', 'down']]),
    });
    assert.equal(changes(), 2);
  });

  it('start scripts of equal interval one after another', () => {
    const { clock, children } = trackers();
    assert.equal(children.length, 1);
    clock.advance(499);
    assert.equal(children.length, 1);
    clock.advance(1);
    assert.deepEqual(
      children.map(({ words }) => words),
      [['/a'], ['/b']],
    );
  });

  it('leave scripts alone that a reload does not change; changed ones go on from what they said', async () => {
    const before = trackers();
    const { children, clock } = before;
    children[0]?.end(passed);
    clock.advance(500);
    children[1]?.end(passed);
    clock.advance(1000);
    const started = (name: string) => children.filter(({ words }) => words[0] === name).length;
    assert.deepEqual([started('/a'), started('/b')], [2, 2]);
    const { all } = trackers({ before, rise: 2 });
    assert.deepEqual(
      [...all.values().scripts],
      [
        ['a', 'up'],
        ['b', 'up'],
      ],
    );
    assert.deepEqual(
      children.map(({ signals }) => signals),
      [[], [], [], ['SIGTERM']],
    );
    await clock.run(400);
    children[3]?.end({ kind: 'signalled', signal: 15 });
    assert.equal(started('/b'), 2);
    await clock.run(501);
    assert.equal(started('/b'), 3);
  });

  it('go on with the delay of a process that ended, where a reload does not change it', async () => {
    const found = [{ pid: 7, startTicks: 1, comm: 'nobody-runs-thi', words: [] }];
    const before = trackers({ found });
    await before.clock.run(1_000);
    found.length = 0;
    await before.clock.run(6_000);
    const { all } = trackers({ before, rise: 2, found });
    const seen = [all.values().processes.get('p')];
    await before.clock.run(5_000);
    assert.deepEqual([...seen, all.values().processes.get('p')], ['up', 'down']);
  });

  it('look at every script again when enable_script_security changes', async () => {
    const before = trackers();
    const { children, clock } = before;
    trackers({ before, security: true });
    assert.deepEqual(children[0]?.signals, ['SIGTERM']);
    children[0]?.end({ kind: 'signalled', signal: 15 });
    await clock.run(1);
    assert.deepEqual(
      children.map(({ words }) => words),
      [['/a'], ['/a']],
    );
  });

  it('are gone with the run of an earlier configuration when they are stopped', async () => {
    const before = trackers();
    const { children, clock } = before;
    const { all } = trackers({ before, security: true });
    let gone = false;
    const stopped = all.stop().then(() => {
      gone = true;
    });
    await clock.run(100);
    assert.equal(gone, false);
    children[0]?.end({ kind: 'signalled', signal: 15 });
    await stopped;
    assert.deepEqual([clock.pending, children.length], [0, 1]);
  });

  it('leave neither timers nor processes when they are stopped', async () => {
    const { all, clock, children } = trackers();
    clock.advance(500);
    const stopped = all.stop();
    for (const child of children) child.end({ kind: 'signalled', signal: 15 });
    await stopped;
    assert.deepEqual([clock.pending, children.map(({ signals }) => signals[0])], [0, ['SIGTERM', 'SIGTERM']]);
  });
});
