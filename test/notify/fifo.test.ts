import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ScriptConfig } from '../../src/config/model.ts';
import { NotifyFifo } from '../../src/notify/fifo.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { fakeSpawn, passed, readyScript, span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { needs, root } from '../helpers/needs.ts';
import { runs } from '../helpers/notifications.ts';

describe('a notify FIFO', { skip: needs(root) }, () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-fifo-'));
    path = join(folder, 'notify');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function fifo(script?: ScriptConfig) {
    const { spawn, children } = fakeSpawn();
    const { logger: log, lines } = memoryLog();
    const clock = new FakeClock();
    const pipe = new NotifyFifo(
      { of: 'vrrp', path, span, ...(script ? { script } : {}) },
      { spawn, prepare: readyScript, clock, log },
    );
    pipe.start();
    return { pipe, children, clock, lines };
  }

  const reader = () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const readAll = (fd: number) => {
    const bytes = Buffer.alloc(1 << 17);
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  };

  it('is made where it is missing, for its owner alone, and removed again', async () => {
    const { pipe } = fifo();
    const { mode } = statSync(path);
    assert.deepEqual([mode & constants.S_IFMT, mode & 0o777], [constants.S_IFIFO, 0o600]);
    await pipe.stop();
    assert.equal(existsSync(path), false);
  });

  it('that a killed daemon left is taken over, and removed', async () => {
    fifo();
    const { pipe } = fifo();
    await pipe.stop();
    assert.equal(existsSync(path), false);
  });

  it('that the operator made is left where it is', async () => {
    execFileSync('mkfifo', [path]);
    const { pipe } = fifo();
    await pipe.stop();
    assert.equal(existsSync(path), true);
  });

  it('takes lines before there is a reader, and after it is gone', async () => {
    const { pipe, lines } = fifo();
    pipe.write('one');
    const first = reader();
    pipe.write('two');
    assert.equal(readAll(first), 'one\ntwo\n');
    closeSync(first);
    pipe.write('three');
    const second = reader();
    assert.equal(readAll(second), 'three\n');
    closeSync(second);
    assert.deepEqual([pipe.dropped, lines], [0, []]);
    await pipe.stop();
  });

  it('that is full loses lines, whole ones, counts them and says so once', async () => {
    const { pipe, lines } = fifo();
    const line = 'x'.repeat(999);
    for (let count = 0; count < 100; count += 1) pipe.write(line);
    const lost = pipe.dropped;
    const fd = reader();
    const text = readAll(fd);
    closeSync(fd);
    assert.equal(text, `${line}\n`.repeat(100 - lost));
    assert.equal(lost > 0, true);
    assert.deepEqual(lines, [
      `warn Cannot write to notify FIFO ${path}: EAGAIN: resource temporarily unavailable, write; ` +
        'lines are lost until its reader goes on',
    ]);
    await pipe.stop();
  });

  it('starts its script with its path as the last argument, and ends it', async () => {
    const { pipe, children, clock } = fifo(runs('/reader -v'));
    assert.deepEqual(children[0]?.words, ['/reader', '-v', path]);
    const stopped = pipe.stop();
    clock.advance(199);
    assert.deepEqual(children[0]?.signals, []);
    clock.advance(1);
    assert.deepEqual(children[0]?.signals, ['SIGTERM']);
    clock.advance(1000);
    assert.deepEqual(children[0]?.signals, ['SIGTERM', 'SIGKILL']);
    children[0]?.end(passed);
    await stopped;
    assert.equal(clock.pending, 0);
  });

  it('says when its script has ended by itself', async () => {
    const { pipe, children, lines } = fifo(runs('/reader'));
    children[0]?.end(passed);
    assert.deepEqual(lines, [`warn vrrp notify fifo script terminated; nobody reads ${path}`]);
    await pipe.stop();
  });

  it('is not opened where there is something else', async () => {
    writeFileSync(path, 'mine');
    const { pipe, lines } = fifo();
    pipe.write('lost');
    await pipe.stop();
    assert.deepEqual(lines, [
      `error Cannot open notify FIFO ${path}: there is something else than a FIFO; ` +
        'remove it or name another path; lines are lost until that is cured',
    ]);
    assert.equal(statSync(path).size, 4);
  });

  it('that cannot be opened loses lines, counts them, and is opened when that is cured, with its script', async () => {
    writeFileSync(path, 'mine');
    const { pipe, children, clock, lines } = fifo(runs('/reader'));
    pipe.write('lost');
    clock.advance(1000);
    pipe.write('lost, too');
    rmSync(path);
    pipe.write('lost: tried just now');
    clock.advance(1000);
    pipe.write('one');
    const fd = reader();
    assert.deepEqual(
      [readAll(fd), pipe.dropped, children[0]?.words, lines.map((line) => line.split(':')[0])],
      [
        'one\n',
        3,
        ['/reader', path],
        [`error Cannot open notify FIFO ${path}`, `notice Notify FIFO ${path} is open`],
      ],
    );
    closeSync(fd);
    children[0]?.end(passed);
    await pipe.stop();
  });

  it('is made anew where it was removed', async () => {
    const { pipe, clock, lines } = fifo();
    rmSync(path);
    clock.advance(1000);
    pipe.write('one');
    const fd = reader();
    assert.deepEqual([readAll(fd), pipe.dropped, lines], ['one\n', 0, []]);
    closeSync(fd);
    await pipe.stop();
  });
});
