/** What a scenario needs of the machine, and how it is said that it is missing. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's package of a command, where it has another name. */
const packages: Readonly<Record<string, string>> = {
  nginx: 'nginx-light',
  'qemu-system-x86_64': 'qemu-system-x86',
  ip: 'iproute2',
  nsenter: 'util-linux',
  taskset: 'util-linux',
  chrt: 'util-linux',
  sysctl: 'procps',
};

export function installed(command: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, command)));
}

/** Of each: false where it is installed, else what is missing, with its cure. */
function commands(names: readonly string[]): readonly (string | false)[] {
  return names.map((name) =>
    installed(name) ? false : `${name} (apt-get install ${packages[name] ?? name})`,
  );
}

/** A scenario that cannot run here, and what it needs. */
export class LeftOut extends Error {
  constructor(lacks: readonly string[]) {
    super(`needs ${lacks.join(', ')}`);
  }
}

/** Throws LeftOut where something is missing; further needs that are no commands come as false or their names. */
export function demand(names: readonly string[], ...others: readonly (string | false)[]): void {
  const lacks = [...others, ...commands(names)].filter((what) => what !== false);
  if (lacks.length > 0) throw new LeftOut(lacks);
}
