/** Where dumps go, and how they get there. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DumpConfig } from '../../config/model.ts';

export type DumpKind = 'data' | 'stats' | 'json';

/** keepalived's own, for the files it makes: nobody else reads them. */
const DEFAULT_UMASK = 0o177;

export interface DumpPlace {
  readonly config: DumpConfig;
  /** -u. */
  readonly umask?: number;
  /** The director's instance, where it has a name of its own. */
  readonly instance?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** keepalived.data, .stats and .json in $TMPDIR or /tmp, unless the configuration names others. */
export function dumpPath(kind: DumpKind, { config, instance, environment = process.env }: DumpPlace): string {
  const configured = { data: config.stateFile, stats: config.statsFile, json: config.jsonFile }[kind];
  if (configured !== undefined) return configured;
  const { TMPDIR: wanted = '' } = environment;
  const name = config.usesInstance && instance !== undefined ? `keepalived.${instance}` : 'keepalived';
  return join(wanted.startsWith('/') ? wanted : '/tmp', `${name}.${kind}`);
}

export function dumpMode({ config, umask }: Pick<DumpPlace, 'config' | 'umask'>): number {
  return 0o666 & ~(umask ?? config.umask ?? DEFAULT_UMASK);
}

/**
 * Whole or not at all: a reader never sees half of it. The directory may be everybody's: nothing that lies there is
 * followed or opened; a link of that name is replaced.
 */
export function writeDump(path: string, text: string, mode: number): void {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  const file = openSync(temporary, 'wx', mode);
  try {
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
