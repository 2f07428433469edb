/** The files of a running instance: made at the start, gone at the end. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Addon, InstanceLock } from '../addon/addon.ts';
import { reasonOf, XlbError } from '../base/errors.ts';
import { alreadyRunning, holderOf } from './already_running.ts';
import type { InstancePaths } from './paths.ts';

/**
 * Makes the run directory and takes the instance's locks, that of its files and that of its tables, which have the
 * instance's name whatever the run directory; rejects with ALREADY_RUNNING, naming the one that has it.
 */
export async function lockInstance(addon: Addon, paths: InstancePaths): Promise<InstanceLock> {
  const { lockFile, pinDirectory, runDirectory } = paths;
  try {
    makeDirectory(runDirectory);
  } catch (cause) {
    throw new XlbError('HOST', `Cannot make ${runDirectory}: ${reasonOf(cause)}`, { cause });
  }
  const files = addon.lockInstance(lockFile);
  if (!('lock' in files)) throw alreadyRunning('run', paths, await holderOf(paths, files.heldBy));
  const release = () => files.lock.release();
  try {
    const tables = addon.lockDirectory(pinDirectory);
    if (!('lock' in tables)) throw alreadyRunning('run', paths, { pid: tables.heldBy, elsewhere: true });
    return {
      release() {
        tables.lock.release();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Rejects with ALREADY_RUNNING where a director has the files, or, unless only those are meant, the tables. */
export async function refuseWhileRunning(
  addon: Addon,
  paths: InstancePaths,
  { alsoTables }: { readonly alsoTables: boolean },
): Promise<void> {
  const { lockFile, pinDirectory } = paths;
  if (existsSync(lockFile)) {
    const files = addon.lockInstance(lockFile);
    if (!('lock' in files)) throw alreadyRunning('clean up', paths, await holderOf(paths, files.heldBy));
    // Given back at once: its file goes with the rest.
    files.lock.release();
  }
  if (!alsoTables || !existsSync(pinDirectory)) return;
  const tables = addon.lockDirectory(pinDirectory);
  if (!('lock' in tables)) throw alreadyRunning('clean up', paths, { pid: tables.heldBy, elsewhere: true });
  tables.lock.release();
}

/**
 * Names one holding of the instance's lock: the holder's pid, and when it wrote it, since pids come again (in a
 * container the next daemon often has the same). Undefined where the file is gone: cleaned up, or stopped in order.
 */
export function lockStamp(lockFile: string): string | undefined {
  try {
    const { ino, mtimeNs } = statSync(lockFile, { bigint: true });
    return `${readFileSync(lockFile, 'utf8').trim()}-${ino}-${mtimeNs}`;
  } catch {
    return undefined;
  }
}

/** With its parents. One by one: Node's own way never ends where the kernel answers ENOENT, as below /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o755 });
}

/** Another pid file, for whoever supervises us (-p). */
export function writePidFile(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (cause) {
    throw new XlbError('HOST', `Cannot write ${file}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Removes an instance's files, but for the memory of what is kept, and its directory where xlb chose it and nothing
 * else is in it; what was removed.
 */
export function removeRunFiles(
  { lockFile, runDirectory, runRoot, socket, vrrpFile, weightsFile }: InstancePaths,
  keep: { readonly addresses: boolean; readonly forwarding: boolean } = {
    addresses: false,
    forwarding: false,
  },
): string[] {
  const removed = [socket, lockFile].filter(removeFile);
  if (!keep.addresses) removeFile(vrrpFile);
  if (!keep.forwarding) removeFile(weightsFile);
  if (runRoot === undefined) return removed;
  for (const directory of new Set([runDirectory, runRoot])) removeEmpty(directory);
  return removed;
}

/** The folder of all instances' pins, once the last instance is gone. */
export function removePinRoot({ pinDirectory }: InstancePaths): void {
  removeEmpty(dirname(pinDirectory));
}

function removeFile(file: string): boolean {
  try {
    rmSync(file);
    return true;
  } catch {
    return false;
  }
}

/** A directory that is not empty is another's as well, and stays. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // In use, or not there.
  }
}
