/** Which daemon answers, and how its threads have fared. */
import type { Config } from '../config/model.ts';
import type { Status } from '../control/status.ts';
import { version } from './version.ts';

type Identity = Pick<Status, 'instance' | 'pid' | 'version' | 'config' | 'since'>;

export function identityOf(instance: string, { file }: Config, sinceMs: number): Identity {
  const since = new Date(sinceMs).toISOString();
  return { instance, pid: process.pid, version: version(), config: file, since };
}

/** Worker threads that died and were started again, by name. */
export function restartsOf(
  workers: Readonly<Record<string, { readonly restarts: number }>>,
): Record<string, number> {
  return Object.fromEntries(Object.entries(workers).map(([name, { restarts }]) => [name, restarts]));
}
