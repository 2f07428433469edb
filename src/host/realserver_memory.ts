/** What `xlb realserver up` has done, so that `down` can undo it: <run-dir>/realserver.json. */
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf, XlbError } from '../base/errors.ts';

export interface RealserverState {
  readonly addresses: readonly string[];
  /** Values from before the first `up`, by name. */
  readonly sysctls: Readonly<Record<string, string>>;
}

export interface RealserverMemory {
  load(): RealserverState | undefined;
  /** A state with nothing in it is forgotten. */
  save(state: RealserverState): void;
}

export function fileMemory(file: string): RealserverMemory {
  return {
    load: () => read(file),
    save(state) {
      if (state.addresses.length === 0 && Object.keys(state.sysctls).length === 0) remove(file);
      else write(file, state);
    },
  };
}

function read(file: string): RealserverState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new XlbError('HOST', `Cannot read ${file}: ${reasonOf(cause)}`, { cause });
  }
  const state = parse(text);
  if (state !== undefined) return state;
  throw new XlbError('HOST', `Cannot read ${file}: it is not what xlb wrote`, {
    help: 'remove it; then the kernel settings arp_ignore and arp_announce stay as they are',
  });
}

function parse(text: string): RealserverState | undefined {
  try {
    const value = JSON.parse(text) as { addresses?: unknown; sysctls?: unknown } | null;
    const { addresses, sysctls } = value ?? {};
    const strings = (list: unknown[]) => list.every((item) => typeof item === 'string');
    if (!Array.isArray(addresses) || !strings(addresses)) return undefined;
    if (typeof sysctls !== 'object' || sysctls === null || !strings(Object.values(sysctls))) return undefined;
    return { addresses: addresses as string[], sysctls: sysctls as Record<string, string> };
  } catch {
    return undefined;
  }
}

/** By way of a second file: a reader sees the old text or the new one, never half of it. */
function write(file: string, state: RealserverState): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    throw new XlbError('HOST', `Cannot write ${file}: ${reasonOf(cause)}`, { cause });
  }
}

function remove(file: string): void {
  rmSync(file, { force: true });
  try {
    rmdirSync(dirname(file));
  } catch {
    // not there, or not only ours
  }
}
