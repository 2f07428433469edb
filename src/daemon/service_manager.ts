/** What systemd is told of a Type=notify service, and when (sd_notify(3)). */
import type { Logger } from '../base/log.ts';

export interface ServiceManager {
  /** Forwarding, or forwarding anew after a reload. */
  ready(): void;
  reloading(): void;
  stopping(): void;
  /** One line for `systemctl status`. */
  say(status: string): void;
  alive(): void;
  /** WatchdogSec=: `alive` has to come more often than that. Undefined where nobody waits for it. */
  readonly watchdogMs: number | undefined;
}

export interface ServiceManagerShell {
  readonly environment: NodeJS.ProcessEnv;
  readonly pid: number;
  readonly monotonicUs: () => bigint;
  /** A datagram to a Unix socket. */
  readonly send: (path: string, bytes: Uint8Array) => void;
  readonly log: Logger;
}

/** Takes the variables out of the environment: what xlb starts must not speak for it. */
export function serviceManager({ environment, ...shell }: ServiceManagerShell): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: micros, WATCHDOG_PID: pid } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  let failed = false;
  const tell = (...lines: readonly string[]): void => {
    if (socket === undefined) return;
    try {
      shell.send(socket, Buffer.from(lines.join('\n')));
      failed = false;
    } catch (error) {
      if (!failed) shell.log.warn(`Cannot tell the service manager: ${String(error)}`);
      failed = true;
    }
  };
  const ours = pid === undefined || pid === String(shell.pid);
  const watchdogMs = socket !== undefined && ours && Number(micros) > 0 ? Number(micros) / 1_000 : undefined;
  return {
    ready: () => tell('READY=1'),
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${shell.monotonicUs()}`),
    stopping: () => tell('STOPPING=1', 'STATUS=Stopping'),
    say: (status) => tell(`STATUS=${status}`),
    alive: () => tell('WATCHDOG=1'),
    watchdogMs,
  };
}
