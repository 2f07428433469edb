import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock.ts';
import { type Outcome, type Program, runProgram, spawnProgram } from '../../../src/base/script/program.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';
import { fakeSpawn, passed } from '../../helpers/fake_spawn.ts';
import { needs, root } from '../../helpers/needs.ts';

const user = { uid: 0, gid: 0 };
const needsSetpriv = existsSync('/usr/bin/setpriv') ? false : 'needs setpriv of util-linux';

describe('a program that does not end', () => {
  function start() {
    const clock = new FakeClock();
    const { spawn, children } = fakeSpawn();
    const outcomes: Outcome[] = [];
    runProgram(
      { words: ['/x'], user },
      { spawn, clock, timeoutMs: 1000, onEnd: (one) => outcomes.push(one) },
    );
    const [child] = children;
    assert.ok(child);
    return { clock, child, outcomes };
  }

  it('is asked to, then made to two seconds later', () => {
    const { clock, child } = start();
    clock.advance(999);
    assert.deepEqual(child.signals, []);
    clock.advance(1);
    assert.deepEqual(child.signals, ['SIGTERM']);
    clock.advance(2000);
    assert.deepEqual(child.signals, ['SIGTERM', 'SIGKILL']);
  });

  it('has timed out, and takes with it what it had started', () => {
    const { clock, child, outcomes } = start();
    clock.advance(1000);
    child.end({ kind: 'signalled', signal: 15 });
    assert.deepEqual(
      [child.signals, outcomes, clock.pending],
      [['SIGTERM', 'SIGKILL'], [{ kind: 'timed_out' }], 0],
    );
  });

  it('is left alone once it has ended by itself', () => {
    const { clock, child, outcomes } = start();
    child.end(passed);
    clock.advance(10_000);
    assert.deepEqual([child.signals, outcomes], [[], [passed]]);
  });
});

describe('a process', { skip: needs(root) }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-program-'));
    execFileSync('chmod', ['777', folder]);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (text: string, options: Partial<Program> & { timeoutMs?: number } = {}) =>
    new Promise<Outcome>((resolve) => {
      const { user: as = user, timeoutMs } = options;
      runProgram(
        { words: ['/bin/sh', '-c', text, 'sh', folder], user: as },
        {
          spawn: spawnProgram,
          clock: systemClock,
          onEnd: resolve,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        },
      );
    });
  const alive = (pid: number) => {
    try {
      // A zombie that nobody has reaped yet is dead as well.
      return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  const waitUntilGone = async (pids: readonly number[]) => {
    for (let turn = 0; turn < 100 && pids.some(alive); turn += 1) await sleep(10);
    return pids.filter(alive);
  };

  it('tells how it ended', async () => {
    assert.deepEqual(await run('exit 3'), { kind: 'exited', status: 3 });
    assert.deepEqual(await run('kill -9 $$'), { kind: 'signalled', signal: 9 });
  });

  it('that cannot be started says why', async () => {
    const outcome = await new Promise<Outcome>((resolve) =>
      runProgram({ words: ['/no/such'], user }, { spawn: spawnProgram, clock: systemClock, onEnd: resolve }),
    );
    assert.deepEqual(outcome, { kind: 'not_started', text: 'spawn /no/such ENOENT' });
  });

  it('that takes too long is gone with its children, also those that ignore SIGTERM', async () => {
    const outcome = await run(
      '(trap "" TERM; while :; do sleep 0.1; done) & echo $! $$ >$1/pids; wait; sleep 60',
      { timeoutMs: 300 },
    );
    const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split(' ').map(Number);
    assert.equal(pids.length, 2);
    assert.deepEqual([outcome, await waitUntilGone(pids)], [{ kind: 'timed_out' }, []]);
  });

  it('that leaves something behind on purpose does not take it along', async () => {
    assert.deepEqual(await run('sleep 60 & echo $! >$1/daemon'), passed);
    const pid = Number(readFileSync(join(folder, 'daemon'), 'utf8'));
    try {
      assert.equal(alive(pid), true);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  it('has the user, the group and no other groups, none of our files, and a process group of its own', async () => {
    const text =
      'cd $1 && { id -u; id -g; id -G; readlink /proc/self/fd/0 /proc/$$/cwd; ' +
      'cut -d" " -f5 /proc/$$/stat; echo $$; ls -l /proc/$$/fd; } >facts';
    const ours = openSync(join(folder, 'ours'), 'w');
    assert.deepEqual(await run(text, { user: { uid: 65534, gid: 65534 } }), passed);
    closeSync(ours);
    const facts = readFileSync(join(folder, 'facts'), 'utf8');
    const [uid, gid, groups, input, , group, pid] = facts.split('\n');
    assert.deepEqual([uid, gid, groups, input], ['65534', '65534', '65534', '/dev/null']);
    assert.equal(group, pid);
    assert.doesNotMatch(facts, /\/ours$/m);
    assert.equal(existsSync(`/proc/${pid}`), false);
  });

  it('ends with the process that started it, however that ends', { skip: needsSetpriv }, async () => {
    const module = new URL('../../../src/base/script/program.js', import.meta.url).href;
    const text =
      `const { spawnProgram } = await import('${module}');` +
      "spawnProgram({ words: ['/bin/sh', '-c', 'echo $$ >$0/own; exec sleep 60', process.argv[1]], " +
      'user: { uid: 65534, gid: 65534 } }, () => {}); setInterval(() => {}, 1000);';
    const daemon = spawn(process.execPath, ['--input-type=module', '-e', text, folder], { stdio: 'ignore' });
    const file = join(folder, 'own');
    let pid: number | undefined;
    try {
      for (let turn = 0; turn < 500 && !(existsSync(file) && readFileSync(file, 'utf8') !== ''); turn += 1)
        await sleep(10);
      pid = Number(readFileSync(file, 'utf8'));
      assert.equal(alive(pid), true);
      daemon.kill('SIGKILL');
      assert.deepEqual(await waitUntilGone([pid]), []);
    } finally {
      daemon.kill('SIGKILL');
      if (pid !== undefined && alive(pid)) process.kill(pid, 'SIGKILL');
    }
  });
});
