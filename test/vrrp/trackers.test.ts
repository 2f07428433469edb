import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Trackers } from '../../src/vrrp/trackers.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { failed, fakeSpawn, passed, readyScript, span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';

function trackers(previous?: Trackers) {
  const clock = new FakeClock();
  const { spawn, children } = fakeSpawn();
  let changes = 0;
  const all = new Trackers(
    {
      scripts: ['a', 'b'].map((name) => ({
        name,
        script: { command: `/${name}`, span },
        intervalMs: 1000,
        timeoutMs: 1000,
        rise: 1,
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
          terminateDelayMs: 0,
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
      processes: { allNow: () => [], all: () => Promise.resolve([]), runs: () => false },
      onChange: () => {
        changes += 1;
      },
    },
    previous,
  );
  all.start();
  return { all, clock, children, changes: () => changes };
}

const interfaces = new Map([['eth0', 'up'] as const]);

describe('the trackers of a configuration', () => {
  it('have a value for everything, by name, and tell of every change', () => {
    const { all, children, changes } = trackers();
    children[0]?.end(passed);
    children[1]?.end(failed);
    assert.deepEqual(all.values(interfaces), {
      scripts: new Map([
        ['a', 'up'],
        ['b', 'down'],
      ]),
      files: new Map([['f', 0]]),
      processes: new Map([['p', 'down']]),
      interfaces,
    });
    assert.equal(changes(), 2);
  });

  it('go on after a reload from what the scripts said before', () => {
    const before = trackers();
    before.children[0]?.end(passed);
    const { all } = trackers(before.all);
    assert.deepEqual(
      [...all.values(interfaces).scripts],
      [
        ['a', 'up'],
        ['b', 'unknown'],
      ],
    );
  });

  it('leave neither timers nor processes when they are stopped', async () => {
    const { all, clock, children } = trackers();
    const stopped = all.stop();
    for (const child of children) child.end({ kind: 'signalled', signal: 15 });
    await stopped;
    assert.deepEqual([clock.pending, children.map(({ signals }) => signals[0])], [0, ['SIGTERM', 'SIGTERM']]);
  });
});
