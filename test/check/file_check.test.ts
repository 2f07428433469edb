import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { SessionBoard } from '../../src/base/sessions.ts';
import { fileCheck, judge } from '../../src/check/file_check.ts';
import type { FileCheckConfig } from '../../src/config/model.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { fakeSpawn } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span } from '../helpers/sample_config.ts';

describe('FILE_CHECK', () => {
  const largest = 2 ** 31 - 1;
  const table: readonly [value: number, weight: number, reverse: boolean, result: object][] = [
    [0, 0, false, { code: 'FILEOK' }],
    [3, 0, false, { code: 'FILEERR' }],
    [0, 0, true, { code: 'FILEERR' }],
    [3, 0, true, { code: 'FILEOK' }],
    [0, 5, false, { code: 'FILEOK', weight: { add: 0 } }],
    [3, 5, false, { code: 'FILEOK', weight: { add: 15 } }],
    [3, 5, true, { code: 'FILEOK', weight: { add: -15 } }],
    [-3, 5, false, { code: 'FILEOK', weight: { add: -15 } }],
    [0, -5, true, { code: 'FILEOK', weight: { add: 0 } }],
    [largest, 5, false, { code: 'FILEOK', weight: { add: largest } }],
    [largest, -5, false, { code: 'FILEERR' }],
  ];
  for (const [value, weight, reverse, result] of table)
    it(`makes ${JSON.stringify(result)} of ${value} with weight ${weight}${reverse ? ' reverse' : ''}`, () =>
      assert.deepEqual(judge(value, { weight, reverse }), { ...result, detail: `${value}` }));
});

describe('FILE_CHECK of a file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-file-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function world(clock = systemClock) {
    const path = join(folder, 'drain');
    const check: FileCheckConfig = {
      kind: 'FILE_CHECK',
      file: { name: 'drain', path, initial: { value: 4, overwrite: false }, span },
      weight: 2,
      reverse: false,
      retry: 0,
      delayBeforeRetryMs: 1_000,
      delayLoopMs: 6_000,
      warmupMs: 0,
      span,
    };
    let woken = () => {};
    const wakes = new Promise<void>((resolve) => {
      woken = resolve;
    });
    const { logger, lines } = memoryLog();
    const { spawn } = fakeSpawn();
    const attempts = fileCheck.open(check, {
      clock,
      logger,
      spawn,
      sessions: new SessionBoard(),
      wake: () => woken(),
    });
    return { path, lines, attempts, run: () => attempts.run(check), wakes };
  }

  it('makes the file by init_file, and asks to be run again when the number changes', async () => {
    const { path, attempts, run, wakes, lines } = world();
    const before = await run();
    writeFileSync(path, '7\n');
    await wakes;
    const after = await run();
    await attempts.close();
    assert.deepEqual(
      [before, after],
      [
        { code: 'FILEOK', detail: '4', weight: { add: 8 }, latencyMs: 0 },
        { code: 'FILEOK', detail: '7', weight: { add: 14 }, latencyMs: 0 },
      ],
    );
    assert.deepEqual(lines, ['info Track file drain now holds 7']);
  });

  const odd: readonly [title: string, make: (path: string) => void, value: string][] = [
    ['is missing', () => {}, '0'],
    ['is empty', (path) => writeFileSync(path, ''), '0'],
    ['holds no number', (path) => writeFileSync(path, 'drain\n'), '0'],
    ['holds zero bytes', (path) => writeFileSync(path, Buffer.alloc(64)), '0'],
    ['holds a number that is too large', (path) => writeFileSync(path, '9'.repeat(100)), '2147483647'],
    ['begins with a number, and is large', (path) => writeFileSync(path, `3\n${'x'.repeat(1 << 22)}`), '3'],
    ['is a folder', (path) => mkdirSync(path), '0'],
    ['has no end', (path) => symlinkSync('/dev/zero', path), '0'],
    ['is a FIFO that nobody writes to', (path) => execFileSync('mkfifo', [path]), '0'],
  ];
  for (const [title, make, detail] of odd)
    it(`reads ${detail} where the file ${title}`, async () => {
      const { path, attempts, run, lines } = world();
      rmSync(path);
      make(path);
      const result = await run();
      await attempts.close();
      const add = Math.min(2 * Number(detail), 2 ** 31 - 1);
      assert.deepEqual([result, lines], [{ code: 'FILEOK', detail, weight: { add }, latencyMs: 0 }, []]);
    });

  it('looks every second as well, and leaves nothing behind when it is closed', async () => {
    const clock = new FakeClock();
    const { path, attempts, run, wakes } = world(clock);
    await run();
    writeFileSync(path, '7\n');
    clock.advance(1_000);
    await wakes;
    await attempts.close();
    assert.equal(clock.pending, 0);
  });
});
