/**
 * Commands in a named network namespace. nsenter and not `ip netns exec`: the latter gives its command a /sys
 * of its own, and what is pinned there vanishes with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { reasonOf, XlbError } from '../base/errors.ts';

/** What a command printed, and how it ended: its exit code, or the signal's name. */
export interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Standard input; none by default. */
  readonly input?: string;
  /** True: an exit code other than 0 is an answer, not an error. */
  readonly mayFail?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface SpawnOptions {
  /** 'pipe' by default for both. 'inherit' shows the output, 'ignore' drops it. */
  readonly stdout?: 'pipe' | 'inherit' | 'ignore';
  readonly stderr?: 'pipe' | 'inherit' | 'ignore';
  /** True: a message channel, for children that are Node.js too. */
  readonly ipc?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** `argv` as it has to be started to run in the namespace; no name: where we are. */
export function inNamespace(namespace: string | undefined, argv: readonly string[]): readonly string[] {
  return namespace === undefined ? argv : ['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv];
}

/** Runs a command to its end. Throws an XlbError with what it printed where it fails and may not. */
export async function runIn(
  namespace: string | undefined,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = start(namespace, argv, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: options.env,
  });
  child.stdin?.on('error', () => {}); // the command may end without reading all of it
  child.stdin?.end(options.input);
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  try {
    const [[code, signal], stdout, stderr] = await Promise.all([
      ended,
      readAll(child.stdout),
      readAll(child.stderr),
    ]);
    const outcome = { code: code ?? signal ?? 0, stdout, stderr };
    if (outcome.code === 0 || options.mayFail === true) return outcome;
    throw new XlbError('HOST', `Cannot run "${argv.join(' ')}": ${stderr.trim() || `exit ${outcome.code}`}`);
  } catch (error) {
    if (error instanceof XlbError) throw error;
    throw new XlbError('HOST', `Cannot run "${argv.join(' ')}": ${reasonOf(error)}`, { cause: error });
  }
}

/** Starts a command that goes on running. It has a process group of its own: Ctrl-C on a terminal is not for it. */
export function spawnIn(
  namespace: string,
  argv: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const { stdout = 'pipe', stderr = 'pipe', ipc = false } = options;
  return start(namespace, argv, {
    stdio: ['ignore', stdout, stderr, ...(ipc ? (['ipc'] as const) : [])],
    env: options.env,
    detached: true,
  });
}

interface StartOptions {
  readonly stdio: ('ignore' | 'pipe' | 'inherit' | 'ipc')[];
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly detached?: boolean;
}

function start(namespace: string | undefined, argv: readonly string[], options: StartOptions): ChildProcess {
  const [command = '', ...rest] = inNamespace(namespace, argv);
  return spawn(command, rest, {
    stdio: options.stdio,
    env: { ...process.env, ...options.env },
    detached: options.detached ?? false,
  });
}

function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}
