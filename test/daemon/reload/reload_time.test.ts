import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { localTime } from '../../../src/base/clock.ts';
import type { ReloadConfig } from '../../../src/config/model.ts';
import { reloadTime } from '../../../src/daemon/reload/reload_time.ts';
import { ReloadTimer } from '../../../src/daemon/reload/reload_timer.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';
import { memoryLog } from '../../helpers/memory_log.ts';

const now = Date.UTC(2026, 1, 3, 12, 0, 0);
const HOUR_MS = 3_600_000;

describe('the time in reload_time_file', () => {
  const cases = [
    ['13:00:00Z', { atMs: now + HOUR_MS, dated: false }],
    ['11:00:00Z', { atMs: now + 23 * HOUR_MS, dated: false }],
    ['2026-02-03 12:30:00Z', { atMs: now + HOUR_MS / 2, dated: true }],
    ['26-02-04 12:00:00Z', { atMs: now + 24 * HOUR_MS, dated: true }],
    ['2026-02-03 11:00:00Z', { wrong: 'is in the past' }],
    ['2026-02-30 11:00:00Z', { wrong: 'is no time that there is' }],
    ['25:00:00', { wrong: 'is no time that there is' }],
    ['now', { wrong: 'is not HH:MM:SS or YYYY-MM-DD HH:MM:SS, with or without a Z behind it' }],
  ] as const;
  for (const [text, expected] of cases)
    it(`${text} is ${'wrong' in expected ? expected.wrong : new Date(expected.atMs).toISOString()}`, () =>
      assert.deepEqual(reloadTime(text, now), expected));
});

function timerWith(text: string, config: Omit<ReloadConfig, 'timeFile'> = {}, remove?: () => never) {
  const clock = new FakeClock(now);
  const { logger, lines } = memoryLog();
  const files = new Map([['/when', text]]);
  const reloads: string[] = [];
  let look = (): void => undefined;
  const timer = new ReloadTimer({
    clock,
    log: logger,
    reload: () => reloads.push(new Date(clock.wallMs()).toISOString()),
    watch: (_, onLook) => {
      look = onLook;
      return { close: () => undefined };
    },
    read: (path) => files.get(path),
    remove: remove ?? ((path) => files.delete(path)),
  });
  timer.configure({ ...config, timeFile: '/when' });
  return { clock, files, lines, look: () => look(), reloads, timer };
}

describe('a reload at a time', () => {
  it('comes once, and its file goes', () => {
    const { clock, files, reloads } = timerWith('13:00:00Z');
    clock.advance(48 * HOUR_MS);
    assert.deepEqual([reloads, [...files]], [['2026-02-03T13:00:00.000Z'], []]);
  });

  it('comes every day with reload_repeat, but for one with a date', () => {
    const daily = timerWith('13:00:00Z', { repeat: true });
    const dated = timerWith('2026-02-03 13:00:00Z', { repeat: true });
    for (const { clock } of [daily, dated]) clock.advance(48 * HOUR_MS);
    assert.deepEqual(
      [daily.reloads, daily.files.size, dated.reloads, dated.files.size],
      [['2026-02-03T13:00:00.000Z', '2026-02-04T13:00:00.000Z'], 1, ['2026-02-03T13:00:00.000Z'], 0],
    );
  });

  it('is another one when the file says so, and none when it is gone', () => {
    const { clock, files, look, reloads } = timerWith('13:00:00Z');
    files.set('/when', '14:00:00Z');
    look();
    clock.advance(1.5 * HOUR_MS);
    files.delete('/when');
    look();
    clock.advance(48 * HOUR_MS);
    assert.deepEqual(reloads, []);
  });

  it('is told once where it is no time', () => {
    const { look, lines } = timerWith('soon');
    look();
    assert.deepEqual(lines, [
      'warn Reload time "soon" in /when is not HH:MM:SS or YYYY-MM-DD HH:MM:SS, with or without a Z behind it: ' +
        'it is ignored',
    ]);
  });

  it('comes once where its file cannot be removed: it is not one for every day', () => {
    const { clock, lines, look, reloads } = timerWith('13:00:00Z', {}, () => {
      throw new Error('read-only file system');
    });
    clock.advance(HOUR_MS);
    look();
    clock.advance(48 * HOUR_MS);
    assert.deepEqual(
      [reloads, lines.slice(1)],
      [
        ['2026-02-03T13:00:00.000Z'],
        ['warn Cannot remove /when: read-only file system; it counts again after a restart'],
      ],
    );
  });

  it('is read of a file alone: nothing waits for who writes to a FIFO', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xlb-reload-'));
    const timeFile = join(folder, 'when');
    execFileSync('mkfifo', [timeFile]);
    const clock = new FakeClock(now);
    const { logger: log, lines } = memoryLog();
    let look = (): void => undefined;
    const watch = (_: string, onLook: () => void) => {
      look = onLook;
      return { close: () => undefined };
    };
    const timer = new ReloadTimer({ clock, log, reload: () => undefined, watch });
    timer.configure({ timeFile });
    rmSync(timeFile);
    writeFileSync(timeFile, `13:00:00Z\n${'x'.repeat(1000)}`);
    look();
    timer.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual(lines, [`info Reload at ${localTime(now + HOUR_MS)}, as ${timeFile} says`]);
  });
});
