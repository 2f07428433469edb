/** Who runs where another director should, or should be taken away, and what to do about it. */
import { XlbError } from '../base/errors.ts';
import type { InstancePaths } from './paths.ts';

export interface Holder {
  /** 0: a process that cannot be seen from here. */
  readonly pid: number;
  /** What it says that it runs; undefined where it does not answer. */
  readonly instance?: string | undefined;
  /** It has the tables of this name, and another run directory. */
  readonly elsewhere?: true;
}

/** Asks the process that has the lock for its name: a run directory may be another instance's. */
export async function holderOf({ socket }: Pick<InstancePaths, 'socket'>, pid: number): Promise<Holder> {
  const { fetchStatus } = await import('../control/client.ts');
  const status = await fetchStatus(socket).catch(() => undefined);
  return { pid, instance: status?.instance };
}

/** `attempt`: 'run', 'clean up'. */
export function alreadyRunning(
  attempt: 'run' | 'clean up',
  { instance, runDirectory, runRoot }: Pick<InstancePaths, 'instance' | 'runDirectory' | 'runRoot'>,
  holder: Holder,
): XlbError {
  const { pid, elsewhere = false } = holder;
  const process = pid === 0 ? 'another process' : `process ${pid}`;
  const stop = `stop that one first${pid === 0 ? '' : `: kill ${pid}`}`;
  const sameName = elsewhere || holder.instance === instance;
  const what = holder.instance === undefined ? 'a director' : `instance "${holder.instance}"`;
  const there = sameName
    ? `runs it already${elsewhere ? ', with another run directory' : ''}`
    : `runs ${what} there`;
  const own = [
    ...(sameName || holder.instance === undefined ? ['--instance NAME'] : []),
    ...(runRoot === undefined && !elsewhere ? ['--run-dir DIR'] : []),
  ];
  const instead = attempt === 'run' ? `; or give this one ${own.join(' and ')} of its own` : '';
  return new XlbError(
    'ALREADY_RUNNING',
    `Cannot ${attempt} instance "${instance}" in ${runDirectory}: ${process} ${there}`,
    { help: stop + instead },
  );
}
