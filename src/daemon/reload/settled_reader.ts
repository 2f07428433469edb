/**
 * Reads a configuration that somebody may be writing at this moment. An editor empties a file and then fills it, or
 * moves it away and writes another: read in between, half of a cluster would be gone without a mistake in it.
 */
import { statSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import type { Diagnostic } from '../../config/diagnostic.ts';
import type { Config } from '../../config/model.ts';
import type { ConfigurationSource } from '../configuration.ts';

/** A file that was written to more recently may be written to again. */
const SETTLE_MS = 50;
/** After so many looks it is taken as it is: a file that is written all the time has no better moment. */
const MAX_LOOKS = 20;
/** A file that was there before may be about to come back; one that was removed is not. */
const LOOKS_FOR_LOST = 4;

export interface Examined {
  /** Undefined where it cannot run. */
  readonly config?: Config | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface SettledReaderShell {
  readonly clock: Pick<Clock, 'wallMs' | 'setTimer'>;
  /** When a file was last written to, in wall clock milliseconds; undefined where it is not there. */
  readonly modifiedMs?: (file: string) => number | undefined;
}

export class SettledReader {
  readonly #load: ConfigurationSource['load'];
  readonly #shell: Required<SettledReaderShell>;
  /** Of the last reading. */
  #files: ReadonlySet<string> = new Set();

  constructor(load: ConfigurationSource['load'], shell: SettledReaderShell) {
    this.#load = load;
    this.#shell = { modifiedMs, ...shell };
  }

  /** When nobody has written to it for a moment, includes among it. */
  async read(file: string): Promise<Examined> {
    const before = this.#files;
    for (let look = 1; ; look++) {
      if (look < MAX_LOOKS && this.#isFresh([file, ...before])) {
        await this.#wait();
        continue;
      }
      const beganMs = this.#shell.clock.wallMs();
      const { found, files } = this.#loadOnce(file);
      const lost = look < LOOKS_FOR_LOST && [...before].some((one) => !files.has(one));
      const changed = look < MAX_LOOKS && this.#isFresh(files, beganMs);
      if (lost || changed) {
        await this.#wait();
        continue;
      }
      this.#files = files;
      return found;
    }
  }

  #loadOnce(file: string): { found: Examined; files: Set<string> } {
    const files = new Set<string>();
    const found = this.#load(file, (one) => void files.add(one));
    return { found, files };
  }

  /** Written to within the last moment, or since `beganMs`. A time in the future is a clock's fault, not a writer's. */
  #isFresh(files: Iterable<string>, beganMs = this.#shell.clock.wallMs()): boolean {
    const nowMs = this.#shell.clock.wallMs();
    return [...new Set(files)].some((file) => {
      const atMs = this.#shell.modifiedMs(file);
      return atMs !== undefined && atMs > beganMs - SETTLE_MS && atMs <= nowMs;
    });
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => this.#shell.clock.setTimer(SETTLE_MS, resolve));
  }
}

function modifiedMs(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  } catch {
    return undefined;
  }
}
