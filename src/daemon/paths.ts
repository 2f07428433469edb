/** Pure: where an instance keeps what. Several directors on one host differ by their instance's name. */
import { join } from 'node:path';
import { XlbError } from '../base/errors.ts';

export const DEFAULT_INSTANCE = 'default';
const RUN_ROOT = '/run/xlb';
const PIN_ROOT = '/sys/fs/bpf/xlb';
/** The name becomes a part of paths. */
const INSTANCE_NAME = /^[A-Za-z0-9_-]{1,32}$/;

export interface InstancePaths {
  readonly instance: string;
  readonly runDirectory: string;
  /** Where the run directory is one that xlb chose itself: removed with its last file, up to this folder. */
  readonly runRoot: string | undefined;
  /** Holds the daemon's pid, and the lock on the instance. */
  readonly lockFile: string;
  readonly socket: string;
  /** The virtual addresses that xlb put on the host. */
  readonly addressesFile: string;
  /** The routes and rules that xlb put there. */
  readonly routingFile: string;
  /** The kernel settings that xlb changed, as they were. */
  readonly sysctlsFile: string;
  /** The virtual routers, for the time after a crash. */
  readonly vrrpFile: string;
  /** The neighbours that the kernel was asked to keep resolved. */
  readonly neighboursFile: string;
  /** Weights of real servers that were given by hand. */
  readonly weightsFile: string;
  readonly pinDirectory: string;
}

/** Throws USAGE for a name that cannot be one. */
export function instancePaths(instance: string, runDirectory?: string): InstancePaths {
  if (!INSTANCE_NAME.test(instance))
    throw new XlbError(
      'USAGE',
      `Cannot use "${instance}" as an instance's name: 1 to 32 of A-Z a-z 0-9 _ - are possible`,
    );
  const directory = runDirectory ?? (instance === DEFAULT_INSTANCE ? RUN_ROOT : join(RUN_ROOT, instance));
  return {
    instance,
    runDirectory: directory,
    runRoot: runDirectory === undefined ? RUN_ROOT : undefined,
    lockFile: join(directory, 'xlb.pid'),
    socket: join(directory, 'xlb.sock'),
    addressesFile: join(directory, 'addresses.json'),
    routingFile: join(directory, 'routing.json'),
    sysctlsFile: join(directory, 'sysctls.json'),
    vrrpFile: join(directory, 'vrrp.json'),
    neighboursFile: join(directory, 'neighbours.json'),
    weightsFile: join(directory, 'weights.json'),
    pinDirectory: join(PIN_ROOT, instance),
  };
}
