/**
 * Sees to the virtual addresses when the daemon is killed. A shell, which costs a megabyte, reads from a pipe whose
 * other end the daemon holds: the daemon's last word ends it, and silence (the end of the process, however it comes)
 * makes it `xlb cleanup --addresses --after PID`, which waits for the new master.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../base/log.ts';
import type { InstancePaths } from './paths.ts';

const SCRIPT = 'read -r word && exit 0; exec "$@"';

export interface Watchdog {
  /** The daemon ends in order: nothing is left to be seen to. */
  dismiss(): void;
}

/** In a session of its own: what ends the daemon's process group must not end it. */
export function startWatchdog({ instance, runDirectory }: InstancePaths, log: Logger): Watchdog {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const cleanup = ['cleanup', '--instance', instance, '--run-dir', runDirectory, '--addresses'];
  const argv = [process.execPath, main, ...cleanup, '--after', String(process.pid)];
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'xlb-watchdog', ...argv], {
    // Whoever reads the daemon's standard error to its end must not wait for this.
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.on('error', (error) => log.warn(`Nobody sees to the addresses after a crash: ${error.message}`));
  child.stdin.on('error', () => undefined);
  child.unref();
  return { dismiss: () => child.stdin.end('done\n') };
}
