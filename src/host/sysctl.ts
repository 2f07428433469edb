/**
 * Kernel settings, by the name that sysctl(8) uses ('net.ipv4.conf.all.arp_ignore', or with slashes where a part has
 * dots: 'net/ipv4/conf/vrrp.51/arp_ignore'); of our network namespace.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, XlbError } from '../base/errors.ts';

export interface Sysctl {
  /** The value as text, without the newline. */
  read(name: string): string;
  write(name: string, value: string): void;
}

/** Below `root`, which is another folder in tests only. */
export function kernelSysctl(root = '/proc/sys'): Sysctl {
  const file = (name: string) => join(root, ...name.split(name.includes('/') ? '/' : '.'));
  return {
    read(name) {
      try {
        return readFileSync(file(name), 'utf8').trim();
      } catch (cause) {
        throw new XlbError('HOST', `Cannot read the kernel setting ${name}: ${reasonOf(cause)}`, { cause });
      }
    },
    write(name, value) {
      try {
        writeFileSync(file(name), `${value}\n`);
      } catch (cause) {
        throw new XlbError('HOST', `Cannot set ${name} to ${value}: ${reasonOf(cause)}`, { cause });
      }
    },
  };
}
