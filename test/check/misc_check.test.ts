import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { spawnProgram } from '../../src/base/script/program.ts';
import { SessionBoard } from '../../src/base/sessions.ts';
import type { LocalShell } from '../../src/check/checker.ts';
import { miscCheck } from '../../src/check/misc_check.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { failed, fakeSpawn, passed } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { needs, root } from '../helpers/needs.ts';
import { miscCheckConfig, span } from '../helpers/sample_config.ts';

const isRoot = { skip: needs(root) };

function world(check = miscCheckConfig()) {
  const clock = new FakeClock();
  const { logger, lines } = memoryLog();
  const { spawn, children } = fakeSpawn();
  const attempts = miscCheck.open(check, {
    clock,
    logger,
    spawn,
    sessions: new SessionBoard(),
    wake: () => {},
  });
  return { attempts, children, clock, lines, run: () => attempts.run(check) };
}

describe('MISC_CHECK', isRoot, () => {
  const statuses: readonly [dynamic: boolean, status: number, result: object][] = [
    [false, 0, { code: 'PROCOK', latencyMs: 0 }],
    [false, 1, { code: 'PROCERR', detail: 'exited with status 1', latencyMs: 0 }],
    [false, 2, { code: 'PROCERR', detail: 'exited with status 2', latencyMs: 0 }],
    [true, 0, { code: 'PROCOK', latencyMs: 0 }],
    [true, 1, { code: 'PROCERR', detail: 'exited with status 1', latencyMs: 0 }],
    [true, 2, { code: 'PROCOK', detail: 'exited with status 2', weight: { set: 0 }, latencyMs: 0 }],
    [true, 255, { code: 'PROCOK', detail: 'exited with status 255', weight: { set: 253 }, latencyMs: 0 }],
  ];
  for (const [dynamic, status, result] of statuses)
    it(`${dynamic ? 'with' : 'without'} misc_dynamic makes ${JSON.stringify(result)} of ${status}`, async () => {
      const { children, run } = world(miscCheckConfig({ dynamic }));
      const answer = run();
      children[0]?.end({ kind: 'exited', status });
      assert.deepEqual(await answer, result);
    });

  it('fails when a signal ended the script', async () => {
    const { children, run } = world();
    const answer = run();
    children[0]?.end({ kind: 'signalled', signal: 11 });
    assert.deepEqual(await answer, { code: 'PROCERR', detail: 'due to signal 11', latencyMs: 0 });
  });

  it('fails when misc_timeout is over, ends the script, and starts no second one while the first dies', async () => {
    const { children, clock, run } = world(miscCheckConfig({ timeoutMs: 3_000 }));
    const answer = run();
    clock.advance(3_000);
    assert.deepEqual(await answer, { code: 'PROCTOUT', latencyMs: 3_000 });
    assert.deepEqual(await run(), {
      code: 'PROCTOUT',
      detail: 'the script started last still runs',
      latencyMs: 0,
    });
    clock.advance(2_000);
    assert.deepEqual(children[0]?.signals, ['SIGTERM', 'SIGKILL']);
    children[0]?.end({ kind: 'signalled', signal: 9 });
    const next = run();
    children[1]?.end(passed);
    assert.deepEqual(await next, { code: 'PROCOK', latencyMs: 0 });
  });

  it('says nothing about the real server when it cannot be started, and tells that once', async () => {
    const { children, lines, run } = world();
    for (const at of [0, 1]) {
      const answer = run();
      children[at]?.end({ kind: 'not_started', text: 'spawn EAGAIN' });
      assert.deepEqual(await answer, { code: 'NOTRUN', detail: 'spawn EAGAIN', latencyMs: 0 });
    }
    assert.deepEqual(lines, [
      'error Cannot start script `/bin/true`: spawn EAGAIN. MISC_CHECK of 10.0.0.2 did not run',
    ]);
  });

  it('leaves no script behind when it is closed', async () => {
    const { attempts, children, clock, run } = world();
    void run();
    const closed = attempts.close();
    clock.advance(500);
    assert.deepEqual(children[0]?.signals, ['SIGTERM', 'SIGKILL']);
    children[0]?.end(failed);
    await closed;
    assert.equal(clock.pending, 0);
  });

  it('is written of as keepalived does', () => {
    const check = miscCheckConfig({ script: { command: '/opt/check.sh -v 3', span } });
    const failure = (code: 'PROCERR' | 'PROCTOUT') =>
      miscCheck.failed?.('[10.0.0.2]:tcp:80', check, { code, detail: 'exited with status 1' });
    assert.deepEqual(
      [miscCheck.passed('[10.0.0.2]:tcp:80', check), failure('PROCERR'), failure('PROCTOUT')],
      [
        'Misc check to [10.0.0.2] for [/opt/check.sh] succeeded.',
        'Misc check to [10.0.0.2] for [/opt/check.sh] failed (exited with status 1)',
        'Misc check to [10.0.0.2] for [/opt/check.sh] timed out',
      ],
    );
  });
});

describe('MISC_CHECK with a script of this host', isRoot, () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-misc-'));
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function real(clock: LocalShell['clock'] = systemClock) {
    const { logger, lines } = memoryLog();
    const path = join(folder, 'check');
    const open = (command: string, changes: Parameters<typeof miscCheckConfig>[0] = {}) => {
      const check = miscCheckConfig({ script: { command, user: 'root', span }, ...changes });
      const attempts = miscCheck.open(check, {
        ...{ clock, logger, spawn: spawnProgram },
        sessions: new SessionBoard(),
        wake: () => {},
      });
      return { run: async () => (await attempts.run(check)).code, attempts, check };
    };
    return { lines, path, open };
  }

  it('runs it with its arguments as the user named', async () => {
    const { open } = real();
    const command = `/bin/sh -c 'test "$(id -un) $0" = "nobody x"' x`;
    const asNobody = open('', { script: { command, user: 'nobody', span } });
    const asRoot = open(command);
    assert.deepEqual([await asNobody.run(), await asRoot.run()], ['PROCOK', 'PROCERR']);
  });

  it('is disabled, loudly and once, while it is missing or not executable, and begins when it can run', async () => {
    const clock = new FakeClock();
    const { lines, path, open } = real(clock);
    const { run } = open(`${path} -x`);
    const codes = [await run(), await run()];
    writeFileSync(path, '#!/bin/sh\nexit 0\n');
    codes.push(await run());
    clock.advance(10_000);
    codes.push(await run());
    chmodSync(path, 0o755);
    clock.advance(10_000);
    codes.push(await run());
    const disabled = 'MISC_CHECK of 10.0.0.2 is disabled: the real server keeps the state it has';
    assert.deepEqual(codes, ['DISABLED', 'DISABLED', 'DISABLED', 'DISABLED', 'PROCOK']);
    assert.deepEqual(lines, [
      `error Cannot run script \`${path} -x\`: ${path} does not exist. ${disabled}`,
      `error Cannot run script \`${path} -x\`: ${path} is not executable for uid:gid 0:0. ${disabled}`,
      `notice Script \`${path} -x\` runs: its MISC_CHECK goes on`,
    ]);
  });

  it('is disabled where script security forbids it', async () => {
    const { path, open } = real();
    writeFileSync(path, '#!/bin/sh\nexit 0\n');
    chmodSync(path, 0o777);
    assert.equal(await open(path, { security: true }).run(), 'DISABLED');
  });

  const hostile: readonly [title: string, command: string, code: string][] = [
    ['writes without end', `/bin/sh -c 'yes; yes >&2'`, 'PROCTOUT'],
    ['ignores SIGTERM', `/bin/sh -c 'trap "" TERM; sleep 60'`, 'PROCTOUT'],
    ['waits for its standard input', '/bin/cat', 'PROCOK'],
    ['kills itself', `/bin/sh -c 'kill -SEGV $$'`, 'PROCERR'],
    ['ends, and leaves a child that holds its output', `/bin/sh -c 'sleep 0.5 & exit 0'`, 'PROCOK'],
  ];
  for (const [title, command, expected] of hostile)
    it(`is over in its time with one that ${title}`, async () => {
      // One that ends by itself has the time that a busy machine takes to start it.
      const timeoutMs = expected === 'PROCTOUT' ? 400 : 20_000;
      const { attempts, check } = real().open(command, { timeoutMs });
      const { code, latencyMs } = await attempts.run(check);
      await attempts.close();
      assert.deepEqual([code, latencyMs < 20_000], [expected, true]);
    });

  it('does not wait longer than misc_timeout for one that hangs, nor for what it started', async () => {
    const { open } = real();
    const { attempts, check } = open('/bin/sh -c "sleep 60 & sleep 60"', { timeoutMs: 100 });
    const { code, latencyMs } = await attempts.run(check);
    await attempts.close();
    assert.equal(code, 'PROCTOUT');
    assert.ok(latencyMs < 20_000, `${latencyMs} ms`);
  });
});
