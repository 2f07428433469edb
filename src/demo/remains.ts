/**
 * What a lab has put on the host, and taking it away again. Synchronous, so that it also works while the process
 * is ending. Everything carries the pid of its maker, so that a later lab finds what a killed one left.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

/** Mounts the BPF file system where it is missing; true when it was. */
export function mountBpffs(): boolean {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.includes(` ${bpffs} bpf `));
  return !mounted && spawnSync('mount', ['-t', 'bpf', 'bpf', bpffs]).status === 0;
}

/** What every BPF file system has from the beginning (kernel/bpf/preload). */
const kernelsOwn = ['maps.debug', 'progs.debug'];

/** Unmounts the BPF file system unless something is pinned in it or another lab may be about to pin. */
export function unmountBpffs(): void {
  rmEmptyPins();
  const pinned = readNames(bpffs).filter((name) => !kernelsOwn.includes(name));
  if (pinned.length === 0 && labNamespaces().length === 0) spawnSync('umount', [bpffs]);
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
