import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TrackProcessConfig } from '../../src/config/model.ts';
import { type FoundProcess, procProcesses } from '../../src/vrrp/processes.ts';
import { TrackProcess } from '../../src/vrrp/track_process.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const nginx = (pid: number): FoundProcess => ({ pid, startTicks: 1, comm: 'nginx', words: [] });

function tracker(config: Partial<TrackProcessConfig>, host: FoundProcess[]) {
  const clock = new FakeClock();
  const changes: [value: string, atMs: number][] = [];
  const { logger: log, lines } = memoryLog();
  const tracked = new TrackProcess(
    {
      name: 'web',
      command: 'nginx',
      match: 'exact',
      quorum: 1,
      forkDelayMs: 0,
      terminateDelayMs: 0,
      fullCommand: false,
      span,
      ...config,
    },
    {
      clock,
      log,
      onChange: (value) => changes.push([value, clock.nowMs()]),
      processes: {
        allNow: () => [...host],
        all: () => Promise.resolve([...host]),
        runs: ({ pid }) => host.some((one) => one.pid === pid),
      },
    },
  );
  tracked.start();
  return { tracked, clock, changes, lines };
}

describe('a vrrp_track_process', () => {
  it('knows at the start whether there are enough', () => {
    assert.equal(tracker({ quorum: 2 }, [nginx(1)]).tracked.value, 'down');
    assert.equal(tracker({ quorum: 2 }, [nginx(1), nginx(2)]).tracked.value, 'up');
  });

  it('notices an end within 50 ms, a beginning within 500 ms', async () => {
    const host = [nginx(1)];
    const { clock, changes, lines } = tracker({}, host);
    await clock.run(60);
    host.pop();
    await clock.run(440);
    host.push(nginx(2));
    await clock.run(1000);
    assert.deepEqual(changes, [
      ['down', 100],
      ['up', 1000],
    ]);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('info')),
      ['info Quorum lost for tracked process web', 'info Quorum gained for tracked process web'],
    );
  });

  it('waits fork_delay and terminate_delay, and forgets what changed back meanwhile', async () => {
    const host = [nginx(1)];
    const { clock, changes } = tracker({ forkDelayMs: 2000, terminateDelayMs: 700 }, host);
    host.pop();
    await clock.run(300);
    host.push(nginx(2));
    await clock.run(2000);
    assert.equal(changes.length, 0);
    host.pop();
    await clock.run(1000);
    host.push(nginx(3));
    await clock.run(4000);
    assert.deepEqual(
      changes.map(([value]) => value),
      ['down', 'up'],
    );
    const [down = 0, up = 0] = changes.map(([, atMs]) => atMs);
    assert.deepEqual([down >= 3000 && down <= 3100, up >= 5300 && up <= 5900], [true, true]);
  });

  it('leaves no timer when it is stopped', async () => {
    const { tracked, clock } = tracker({}, []);
    await tracked.stop();
    assert.equal(clock.pending, 0);
  });
});

describe('the processes of the host', () => {
  it('have name, words and a start, and are gone when they have ended', async () => {
    const processes = procProcesses();
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      const find = (all: readonly FoundProcess[]) => all.find(({ pid }) => pid === child.pid);
      const now = find(processes.allNow(true));
      const later = find(await processes.all(true));
      assert.deepEqual([now?.comm, now?.words, later], ['sleep', ['sleep', '60'], now]);
      assert.ok(now);
      assert.equal(processes.runs(now), true);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.equal(processes.runs(now), false);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
