/**
 * Sees to the virtual addresses when the daemon is killed. A shell, which costs a megabyte, reads from a pipe whose
 * other end the daemon holds: the daemon's last word ends it, and silence (the end of the process, however it comes)
 * makes it `xlb cleanup --addresses --after STAMP`, which waits for the new master.
 */
import { spawn as spawnProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock, type Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { InstancePaths } from './paths.ts';
import { lockStamp } from './run_directory.ts';

const SCRIPT = 'read -r word && exit 0; exec "$@"';

export interface Watchdog {
  /** The daemon ends in order: nothing is left to be seen to. */
  dismiss(): void;
}

/** What of a child process is used here, so that a test can play it. */
export interface WatchdogProcess {
  /** Missing where there was no room for another process. */
  readonly stdin?: {
    on(event: 'error', listener: () => void): unknown;
    end(word: string): unknown;
  } | null;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
  unref(): void;
}

export interface WatchdogShell {
  readonly clock: Clock;
  readonly spawn: (argv: readonly string[]) => WatchdogProcess;
}

/** One that is killed is replaced: at once, but not more often than this. */
const ONCE_IN_MS = 60_000;

const systemShell: WatchdogShell = {
  clock: systemClock,
  // In a session of its own: what ends the daemon's process group must not end it. Whoever reads the daemon's
  // standard error to its end must not wait for it.
  spawn: (argv) =>
    spawnProcess('/bin/sh', ['-c', SCRIPT, 'xlb-watchdog', ...argv], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    }),
};

/** To be called when the instance's lock is taken. */
export function startWatchdog(paths: InstancePaths, log: Logger, shell = systemShell): Watchdog {
  const { clock, spawn } = shell;
  const { instance, lockFile, runDirectory } = paths;
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const cleanup = ['cleanup', '--instance', instance, '--run-dir', runDirectory, '--addresses'];
  const argv = [process.execPath, main, ...cleanup, '--after', lockStamp(lockFile) ?? 'nobody'];
  let child: WatchdogProcess | undefined;
  let dismissed = false;
  let again: Timer | undefined;
  const start = (): void => {
    const startedMs = clock.nowMs();
    const ended = (why: string): void => {
      if (dismissed) return;
      log.warn(`Nobody sees to the addresses after a crash: ${why}. The watchdog is started again`);
      again?.cancel();
      again = clock.setTimer(Math.max(0, startedMs + ONCE_IN_MS - clock.nowMs()), start);
    };
    try {
      child = spawn(argv);
      child.on('error', (error) => ended(error.message));
      child.on('exit', (code, signal) => ended(`the watchdog ended (${signal ?? code})`));
      child.stdin?.on('error', () => undefined);
      child.unref();
    } catch (error) {
      ended(reasonOf(error));
    }
  };
  start();
  return {
    dismiss: () => {
      dismissed = true;
      again?.cancel();
      child?.stdin?.end('done\n');
    },
  };
}
