/** What a result must say about where it was found. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly kernel: string;
  /** Under a hypervisor. */
  readonly virtual: boolean;
  /** Load average of the minute before the run: what else it had to do. */
  readonly load: number;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: Math.max(cpus().length, availableParallelism()),
    kernel: release(),
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
    load: loadavg()[0] ?? 0,
  };
}
