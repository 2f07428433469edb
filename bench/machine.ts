/** What a result must say about where it was found. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memory_gib: number;
  readonly kernel: string;
  /** Under a hypervisor. */
  readonly virtual: boolean;
  readonly node: string;
  /** Load average of the minute before the run: what else it had to do. */
  readonly load: number;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: Math.max(cpus().length, availableParallelism()),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
  };
}
