/** Pure: memory as /proc tells of it. */

/** Of a process, in MiB. */
export interface Resident {
  /** With what it shares with others: program, libraries, and tables that are mapped. */
  readonly all: number;
  /** Of itself only. */
  readonly own: number;
}

const kibPerMib = 1_024;

/** /proc/PID/status. */
export function residentOf(status: string): Resident {
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { all: kib('VmRSS') / kibPerMib, own: kib('RssAnon') / kibPerMib };
}

/** MiB of the kernel's memory in all maps among the descriptors (/proc/PID/fdinfo/*), each map once. */
export function tablesOf(descriptors: readonly string[]): number {
  const bytes = new Map<string, number>();
  for (const text of descriptors) {
    const [id, locked] = ['map_id', 'memlock'].map(
      (name) => new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(text)?.[1],
    );
    if (id !== undefined && locked !== undefined) bytes.set(id, Number(locked));
  }
  return [...bytes.values()].reduce((sum, one) => sum + one, 0) / 2 ** 20;
}

/**
 * MiB that memory grows by from one sample to the next: from the second quarter of the samples to the last, of each the
 * least, which is what is left after garbage was collected. The first quarter warms up.
 */
export function growthOf(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) throw new Error('Cannot tell a growth from fewer than four samples');
  const [before, after] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  return (Math.min(...after) - Math.min(...before)) / (samples.length - 2 * quarter);
}
