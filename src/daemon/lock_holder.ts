/** Who has a lock, without taking it for a moment, which would refuse it to one that starts just then. */
import { readFileSync, statSync } from 'node:fs';

interface Locked {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** The pid of the process that has locked this file or directory (flock); undefined: none that can be seen. */
export function lockHolder(path: string): number | undefined {
  try {
    return holderIn(readFileSync('/proc/locks', 'utf8'), statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

/**
 * A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 fe:01:131 0 EOF" (fs/locks.c, lock_get_status); who waits has
 * "->" behind the number. The device's number is as glibc's makedev() puts it together.
 */
export function holderIn(locks: string, { dev, ino }: Locked): number | undefined {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  const place = [major, minor].map((one) => one.toString(16).padStart(2, '0'));
  const wanted = new RegExp(`^\\d+: FLOCK +\\S+ +\\S+ +(\\d+) ${place.join(':')}:${ino} `, 'm');
  const pid = Number(wanted.exec(locks)?.[1] ?? 0);
  return pid > 0 ? pid : undefined;
}
