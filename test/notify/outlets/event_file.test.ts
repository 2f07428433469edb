import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EventFile } from '../../../src/notify/outlets/event_file.ts';
import { MOST_WAITING } from '../../../src/notify/outlets/outlet.ts';
import { memoryLog } from '../../helpers/memory_log.ts';
import { needs, root } from '../../helpers/needs.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xlb-events-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function outlet(path: string) {
  const { logger, lines } = memoryLog();
  const file = new EventFile(path, logger);
  /** Resolves when they are written or lost. */
  const write = async (...events: readonly string[]) => {
    for (const event of events) file.write(event);
    await file.stop();
  };
  return { file, lines, write };
}

describe('a file of events', () => {
  it('has a line for each, and is not for everybody to read', async () => {
    const path = join(folder, 'events');
    const { write } = outlet(path);
    await write('{"a":1}', '{"a":2}');
    await write('{"a":3}');
    assert.deepEqual(
      [readFileSync(path, 'utf8'), statSync(path).mode & 0o777],
      ['{"a":1}\n{"a":2}\n{"a":3}\n', 0o640],
    );
  });

  it('is made anew when it was moved away', async () => {
    const path = join(folder, 'events');
    const { write } = outlet(path);
    await write('1');
    renameSync(path, `${path}.1`);
    await write('2');
    assert.deepEqual(
      [`${path}.1`, path].map((one) => readFileSync(one, 'utf8')),
      ['1\n', '2\n'],
    );
  });

  it('that cannot be written is told once, with what is lost counted', async () => {
    const path = join(folder, 'gone', 'events');
    const { file, lines, write } = outlet(path);
    await write('1', '2');
    await write('3');
    mkdirSync(join(folder, 'gone'));
    await write('4');
    assert.deepEqual(
      [file.lost, lines, readFileSync(path, 'utf8')],
      [
        3,
        [
          `warn Cannot write events to ${path}: ENOENT: no such file or directory, open '${path}'; ` +
            'they are lost until that is cured',
        ],
        '4\n',
      ],
    );
  });

  it('is no link, no pipe and no folder', async () => {
    const [link, pipe] = [join(folder, 'link'), join(folder, 'pipe')];
    writeFileSync(join(folder, 'other'), '');
    symlinkSync(join(folder, 'other'), link);
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const outlets = [link, pipe, folder].map(outlet);
    for (const { write } of outlets) await write('1');
    assert.deepEqual(
      [outlets.map(({ file }) => file.lost), readFileSync(join(folder, 'other'), 'utf8'), reader > 0],
      [[1, 1, 1], '', true],
    );
  });

  it('that takes its time has so many events waiting and no more', async () => {
    const { file } = outlet(join(folder, 'events'));
    for (let at = 0; at < MOST_WAITING + 3; at++) file.write('1');
    assert.equal(file.lost, 3);
    await file.stop();
    assert.equal(statSync(join(folder, 'events')).size, 2 * MOST_WAITING);
  });
});

describe('a file of events on a small disk', { skip: needs(root) }, () => {
  const mount = (...options: readonly string[]) => execFileSync('mount', [...options, folder]);
  afterEach(() => execFileSync('umount', [folder]));

  it('that is full, loses what does not fit, and joins no two lines', async () => {
    mount('-t', 'tmpfs', '-o', 'size=8k', 'xlb-test');
    const path = join(folder, 'events');
    const { file, lines, write } = outlet(path);
    writeFileSync(join(folder, 'other'), 'x'.repeat(4096));
    await write('a'.repeat(4000), 'b'.repeat(200));
    const full = [file.lost, statSync(path).size, lines.length];
    rmSync(join(folder, 'other'));
    await write('c');
    const written = readFileSync(path, 'utf8').split('\n');
    assert.deepEqual(
      [full, written.map((line) => `${line[0] ?? ''}${line.length}`), file.lost],
      [[1, 4096, 1], ['a4000', 'b95', 'c1', '0'], 1],
    );
  });

  it('that can only be read, loses them and goes on when it is well', async () => {
    mount('-t', 'tmpfs', '-o', 'size=64k,ro', 'xlb-test');
    const { file, write } = outlet(join(folder, 'events'));
    await write('1');
    mount('-o', 'remount,rw');
    await write('2');
    assert.deepEqual([file.lost, readFileSync(join(folder, 'events'), 'utf8')], [1, '2\n']);
  });
});
