import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { instancePaths } from '../../src/daemon/paths.ts';
import { lockStamp } from '../../src/daemon/run_directory.ts';
import { startWatchdog, type WatchdogProcess } from '../../src/daemon/watchdog.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-watchdog-'));
after(() => rmSync(directory, { recursive: true }));
const paths = instancePaths('watchdog-test', directory);

class FakeProcess extends EventEmitter implements WatchdogProcess {
  readonly said: string[] = [];
  readonly stdin = { on: () => undefined, end: (word: string) => this.said.push(word) };

  unref(): void {
    // Nothing waits for it.
  }
}

function watched() {
  const clock = new FakeClock();
  const { logger, lines } = memoryLog();
  const processes: FakeProcess[] = [];
  const last = () => processes.at(-1) ?? assert.fail('nothing was started');
  const spawn = () => {
    processes.push(new FakeProcess());
    return last();
  };
  return { clock, last, lines, processes, watchdog: startWatchdog(paths, logger, { clock, spawn }) };
}

describe('the watchdog', () => {
  it('is started again when it is killed: at once, but once a minute at most', () => {
    const { clock, last, lines, processes, watchdog } = watched();
    const counts: number[] = [];
    clock.advance(60_000);
    last().emit('exit', null, 'SIGKILL');
    clock.advance(0);
    counts.push(processes.length);
    last().emit('exit', null, 'SIGKILL');
    clock.advance(59_999);
    counts.push(processes.length);
    clock.advance(1);
    counts.push(processes.length);
    watchdog.dismiss();
    last().emit('exit', 0, null);
    clock.advance(120_000);
    const line =
      'warn Nobody sees to the addresses after a crash: the watchdog ended (SIGKILL). The watchdog is started again';
    assert.deepEqual(
      { counts, started: processes.length, said: last().said, lines },
      { counts: [2, 2, 3], started: 3, said: ['done\n'], lines: [line, line] },
    );
  });

  it('tells the next daemon from the one that died although it has the same pid', () => {
    writeFileSync(paths.lockFile, '17\n');
    utimesSync(paths.lockFile, 1_000, 1_000);
    const first = lockStamp(paths.lockFile);
    const again = lockStamp(paths.lockFile);
    writeFileSync(paths.lockFile, '17\n');
    const next = lockStamp(paths.lockFile);
    rmSync(paths.lockFile);
    assert.deepEqual([first === again, first === next, lockStamp(paths.lockFile)], [true, false, undefined]);
  });
});
