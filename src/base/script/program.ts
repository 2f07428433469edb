/**
 * A program that runs beside us: in a process group of its own, as another user, with nothing open but /dev/null, and
 * never longer than allowed. Whatever it starts ends with it when it has to be ended.
 */
import { type ChildProcess, spawn as spawnChild } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import type { Clock, Timer } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import type { UserIds } from './users.ts';

export interface Program {
  readonly words: readonly string[];
  readonly user: UserIds;
}

export type Outcome =
  | { readonly kind: 'exited'; readonly status: number }
  /** `signal`: its number. */
  | { readonly kind: 'signalled'; readonly signal: number }
  /** It had to be ended, and is. */
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'not_started'; readonly text: string };

export interface Child {
  /** To every process of its group; false: there is none any more. */
  signal(name: 'SIGTERM' | 'SIGKILL'): boolean;
}

/** Starts it. `onEnd` comes once and later, never from within; the kernel has then forgotten the process. */
export type Spawn = (
  program: Program,
  onEnd: (outcome: Exclude<Outcome, { kind: 'timed_out' }>) => void,
) => Child;

export interface RunOptions {
  readonly spawn: Spawn;
  readonly clock: Clock;
  /** Absent: as long as it likes. */
  readonly timeoutMs?: number;
  readonly onEnd: (outcome: Outcome) => void;
  /** At the moment the time is over, before it is ended. */
  readonly onTimeout?: () => void;
}

export interface Run {
  /** Ends it and all it started: SIGTERM, and SIGKILL when that was not enough. onEnd follows. */
  end(graceMs?: number): void;
}

/** keepalived's pause between SIGTERM and SIGKILL. */
export const TERMINATION_GRACE_MS = 2000;

export function runProgram(program: Program, { spawn, clock, timeoutMs, onEnd, onTimeout }: RunOptions): Run {
  let timer: Timer | undefined;
  let ended = false;
  let over = false;
  const child = spawn(program, (outcome) => {
    over = true;
    timer?.cancel();
    // What it started may have ignored SIGTERM.
    if (ended) child.signal('SIGKILL');
    onEnd(ended && outcome.kind !== 'not_started' ? { kind: 'timed_out' } : outcome);
  });
  const end = (graceMs = TERMINATION_GRACE_MS) => {
    if (over) return;
    timer?.cancel();
    ended = true;
    child.signal('SIGTERM');
    timer = clock.setTimer(graceMs, () => child.signal('SIGKILL'));
  };
  if (timeoutMs !== undefined)
    timer = clock.setTimer(timeoutMs, () => {
      end();
      onTimeout?.();
    });
  return { end };
}

/** util-linux's, 2.33 or newer; busybox's knows no --pdeathsig. */
const SETPRIV = '/usr/bin/setpriv';
let hasSetpriv: boolean | undefined;

/**
 * The kernel ends it when the thread that started it is gone (PR_SET_PDEATHSIG of prctl(2)): a daemon that was killed
 * leaves nothing running, as keepalived. Node cannot ask for that between fork and exec; setpriv can.
 */
function endingWithUs(words: readonly string[]): readonly string[] {
  hasSetpriv ??= existsSync(SETPRIV) && !realpathSync(SETPRIV).endsWith('busybox');
  // What does not exist shall fail to start, and not in setpriv.
  if (!hasSetpriv || !existsSync(words[0] ?? '')) return words;
  return [SETPRIV, '--pdeathsig', 'TERM', '--', ...words];
}

export const spawnProgram: Spawn = ({ words, user }, onEnd) => {
  const [path = '', ...rest] = endingWithUs(words);
  let child: ChildProcess;
  try {
    child = spawnChild(path, rest, {
      // setsid: its own process group, and no terminal.
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      // libuv then also drops the supplementary groups (setgroups).
      ...(user.uid === 0 && user.gid === 0 ? {} : { uid: user.uid, gid: user.gid }),
    });
  } catch (error) {
    // Too many arguments, or a zero byte in one: Node throws instead of telling.
    queueMicrotask(() => onEnd({ kind: 'not_started', text: reasonOf(error) }));
    return { signal: () => false };
  }
  child.once('error', (error) => {
    if (child.pid === undefined) onEnd({ kind: 'not_started', text: reasonOf(error) });
  });
  child.once('exit', (status, signal) =>
    onEnd(
      signal === null
        ? { kind: 'exited', status: status ?? 0 }
        : { kind: 'signalled', signal: constants.signals[signal] },
    ),
  );
  const { pid } = child;
  return { signal: (name) => pid !== undefined && signalGroup(pid, name) };
};

function signalGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    return false; // ESRCH: the last of the group is gone
  }
}
