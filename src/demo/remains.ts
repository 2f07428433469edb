/**
 * What a lab has put on the host, and taking it away again. Synchronous, so that it also works while the process
 * is ending. Everything carries the pid of its maker, so that a later lab finds what a killed one left.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bpffs = '/sys/fs/bpf';
const pins = `${bpffs}/xlb`;
const namespacePattern = /^xlb-(\d+)-/;
const directoryPattern = /^xlb-lab-(\d+)-/;
const instancePattern = /^[a-z]+-(\d+)(?:-\d+)?$/;

/** Names of one lab. `serial` counts the labs of this process from 1. */
export interface LabNames {
  /** Of namespaces: 'xlb-PID-' or 'xlb-PID-2-'. */
  readonly prefix: string;
  /** For `xlb run --instance`: 'NAME-PID' or 'NAME-PID-2'. */
  readonly instance: string;
  /** For mkdtemp. */
  readonly directory: string;
}

export function labNames(name: string, serial: number): LabNames {
  const suffix = serial === 1 ? '' : `-${serial}`;
  return {
    prefix: `xlb-${process.pid}${suffix}-`,
    instance: `${name}-${process.pid}${suffix}`,
    directory: join(tmpdir(), `xlb-lab-${process.pid}-`),
  };
}

/**
 * Says that a lab mounted the BPF file system. In the host's hands, not in the lab's: the lab that mounted it may be
 * closed before another one, or be killed, and then whoever is the last unmounts it.
 */
const mountedByLab = '/run/xlb-lab.bpffs';

/** What every BPF file system has from the beginning (kernel/bpf/preload). */
const kernelsOwn = ['maps.debug', 'progs.debug'];

/** Mounts the BPF file system where it is missing. */
export function mountBpffs(): void {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.includes(` ${bpffs} bpf `));
  if (mounted) return;
  writeFileSync(mountedByLab, '');
  spawnSync('mount', ['-t', 'bpf', 'bpf', bpffs]);
}

/** Unmounts it where a lab mounted it, unless something is pinned in it or another lab may be about to pin. */
export function unmountBpffs(): void {
  rmEmptyPins();
  const pinned = readNames(bpffs).filter((name) => !kernelsOwn.includes(name));
  if (!existsSync(mountedByLab) || pinned.length > 0 || labNamespaces().length > 0) return;
  spawnSync('umount', [bpffs]);
  rmSync(mountedByLab, { force: true });
}

/** Removes namespaces (and kills whatever runs in them), pins of the instance and the directory. */
export function removeLab(remains: {
  namespaces: readonly string[];
  instance: string;
  directory: string;
}): void {
  removeNamespaces(remains.namespaces);
  rmSync(join(pins, remains.instance), { recursive: true, force: true });
  rmEmptyPins();
  rmSync(remains.directory, { recursive: true, force: true });
}

/** Removes what labs of processes that are no more have left. */
export function removeStaleLabs(): void {
  removeNamespaces(labNamespaces().filter((name) => isStale(name, namespacePattern)));
  for (const [folder, pattern] of [
    [pins, instancePattern],
    [tmpdir(), directoryPattern],
  ] as const) {
    for (const name of readNames(folder)) {
      if (isStale(name, pattern)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
  rmEmptyPins();
}

function removeNamespaces(namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    const pids = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).stdout ?? '';
    for (const pid of pids.split('\n').filter((line) => line !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // it ended by itself meanwhile
      }
    }
    spawnSync('ip', ['netns', 'delete', namespace]);
  }
}

function labNamespaces(): string[] {
  return readNames('/run/netns').filter((name) => namespacePattern.test(name));
}

function isStale(name: string, pattern: RegExp): boolean {
  const pid = pattern.exec(name)?.[1];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

function rmEmptyPins(): void {
  if (existsSync(pins) && readNames(pins).length === 0) rmSync(pins, { recursive: true, force: true });
}

function readNames(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
