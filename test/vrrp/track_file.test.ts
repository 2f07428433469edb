import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import type { TrackFileConfig } from '../../src/config/model.ts';
import { TrackFile } from '../../src/vrrp/track_file.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';

describe('a track_file', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-track-'));
    path = join(folder, 'down');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function tracker(clock = systemClock, initial?: TrackFileConfig['initial']) {
    const changes: number[] = [];
    const file = new TrackFile(
      { name: 'down', path, span, ...(initial ? { initial } : {}) },
      { clock, log: memoryLog().logger, onChange: (value) => changes.push(value) },
    );
    file.start();
    return { file, changes };
  }
  const until = async (condition: () => boolean) => {
    for (let turn = 0; turn < 200 && !condition(); turn += 1) await sleep(10);
  };

  it('is followed when it is written, replaced and removed, without the 0 that comes between', async () => {
    writeFileSync(path, '3\n');
    const { file, changes } = tracker();
    assert.equal(file.value, 3);
    writeFileSync(path, '7\n');
    await until(() => changes.length === 1);
    writeFileSync(`${path}.new`, '-4\n');
    renameSync(`${path}.new`, path);
    await until(() => changes.length === 2);
    rmSync(path);
    await until(() => changes.length === 3);
    await file.stop();
    assert.deepEqual(changes, [7, -4, 0]);
  });

  it('is read every second as well, also when its folder comes later', async () => {
    const clock = new FakeClock();
    path = join(folder, 'later', 'down');
    const { file, changes } = tracker(clock);
    mkdirSync(join(folder, 'later'));
    writeFileSync(path, '9');
    clock.advance(1000);
    await file.stop();
    assert.deepEqual([changes, clock.pending], [[9], 0]);
  });

  it('is created with init_file, and overwritten only where that is asked for', async () => {
    const clock = new FakeClock();
    const made = tracker(clock, { value: 5, overwrite: false });
    const kept = tracker(clock, { value: 6, overwrite: false });
    const over = tracker(clock, { value: 7, overwrite: true });
    assert.deepEqual([made.file.value, kept.file.value, over.file.value], [5, 5, 7]);
    assert.equal(readFileSync(path, 'utf8'), '7\n');
    for (const { file } of [made, kept, over]) await file.stop();
  });
});
