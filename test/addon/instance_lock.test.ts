import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addon, type InstanceLock } from '../../src/addon/addon.ts';
import { builtAddon, needs } from '../helpers/needs.ts';

const holder = new URL('./hold_lock.js', import.meta.url);

describe('lockInstance', { skip: needs(builtAddon), timeout: 300_000 }, () => {
  let folder: string;
  let path: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    child = undefined;
    rmSync(folder, { recursive: true });
  });

  /** Another process that tries to take the lock, and what it was answered. */
  async function another(): Promise<unknown> {
    child = fork(holder, [path]);
    const [answer] = await once(child, 'message');
    return answer;
  }

  function take(): InstanceLock {
    const answer = addon().lockInstance(path);
    assert.ok('lock' in answer, JSON.stringify(answer));
    return answer.lock;
  }

  it('writes the pid of its holder and removes the file on release', () => {
    const lock = take();
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
    lock.release();
    assert.equal(existsSync(path), false);
    lock.release();
  });

  it('is refused to a second process, with the pid of the first', async () => {
    const lock = take();
    assert.deepEqual(await another(), { heldBy: process.pid });
    lock.release();
  });

  it('is refused in the process that holds it', () => {
    const lock = take();
    assert.deepEqual(addon().lockInstance(path), { heldBy: process.pid });
    lock.release();
  });

  it('names the pid that the kernel knows, whatever stands in the file', async () => {
    assert.deepEqual(await another(), { locked: true });
    writeFileSync(path, '1\n');
    assert.deepEqual(addon().lockInstance(path), { heldBy: child?.pid });
  });

  it('is free after SIGKILL of its holder', async () => {
    assert.deepEqual(await another(), { locked: true });
    child?.kill('SIGKILL');
    await once(child ?? assert.fail(), 'exit');
    take().release();
  });

  it('is held although nobody refers to it', () => {
    take();
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    assert.ok(typeof collect === 'function');
    for (let i = 0; i < 3; i++) collect();
    assert.deepEqual(addon().lockInstance(path), { heldBy: process.pid });
  });

  it('of a directory makes it, with the one above, and leaves it on release', () => {
    const directory = join(folder, 'above', 'it');
    const first = addon().lockDirectory(directory);
    assert.ok('lock' in first);
    const refused = addon().lockDirectory(directory);
    first.lock.release();
    const next = addon().lockDirectory(directory);
    assert.ok('lock' in next);
    next.lock.release();
    assert.deepEqual([Object.keys(refused), existsSync(directory)], [['heldBy'], true]);
  });

  it('of a directory is refused where something else is there, or nothing can be made', () => {
    writeFileSync(path, '');
    const refused = (where: string) => {
      try {
        return addon().lockDirectory(where);
      } catch (error) {
        return (error as Error).message.replaceAll(folder, '');
      }
    };
    assert.deepEqual(
      [refused(path), refused(join(folder, 'a', 'b', 'c'))],
      ['lock /lock: Not a directory', 'lock /a/b/c: No such file or directory'],
    );
  });

  it('does not remove the file of the next holder', () => {
    const lock = take();
    rmSync(path);
    const next = take();
    lock.release();
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
    next.release();
  });

  it('names the file and the reason when it cannot be made', () => {
    assert.throws(() => addon().lockInstance(join(folder, 'missing', 'lock')), {
      message: `lock ${folder}/missing/lock: No such file or directory`,
      code: 'XLB_SYSTEM',
      errno: 2,
    });
  });
});
