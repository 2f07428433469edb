/** Watches one track_file: a file with a number in it. */
import { closeSync, constants, type FSWatcher, openSync, readSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { TrackFileConfig } from '../config/model.ts';
import type { OnChange, Tracker } from './tracker.ts';

export interface TrackFileShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: OnChange<number>;
}

/** `echo 5 >file` empties it first: it is read when it has been quiet for so long. */
const SETTLE_MS = 20;
/** Also without word from the kernel: the folder may have been missing, or be of a kind that is not watched. */
const POLL_MS = 1000;
const LIMIT = 254;
const READ_BYTES = 128;

export class TrackFile implements Tracker<number> {
  readonly #config: TrackFileConfig;
  readonly #shell: TrackFileShell;
  #value = 0;
  #watcher: FSWatcher | undefined;
  #settle: Timer | undefined;
  #poll: Timer | undefined;

  constructor(config: TrackFileConfig, shell: TrackFileShell) {
    this.#config = config;
    this.#shell = shell;
  }

  get name(): string {
    return this.#config.name;
  }

  get value(): number {
    return this.#value;
  }

  start(): void {
    this.#initialize();
    this.#value = readNumber(this.#config.path);
    this.#look();
  }

  stop(): Promise<void> {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#settle?.cancel();
    this.#poll?.cancel();
    return Promise.resolve();
  }

  /** init_file. */
  #initialize(): void {
    const { path, initial } = this.#config;
    if (initial === undefined) return;
    try {
      writeFileSync(path, `${initial.value}\n`, { mode: 0o644, flag: initial.overwrite ? 'w' : 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      this.#shell.log.error(`Cannot write ${initial.value} to track_file ${path}: ${reasonOf(error)}`);
    }
  }

  #look(): void {
    this.#poll = this.#shell.clock.setTimer(POLL_MS, () => {
      this.#read();
      this.#look();
    });
    if (this.#watcher !== undefined) return;
    const { path } = this.#config;
    try {
      // The folder: the file may be missing, or be replaced by another.
      this.#watcher = watch(dirname(path), { persistent: false }, (_, file) => {
        if (file === null || file === basename(path)) this.#changed();
      });
      this.#watcher.once('error', () => this.#unwatch());
    } catch {
      this.#unwatch(); // it is polled until there is a folder
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #changed(): void {
    this.#settle?.cancel();
    this.#settle = this.#shell.clock.setTimer(SETTLE_MS, () => this.#read());
  }

  #read(): void {
    const value = readNumber(this.#config.path);
    if (value === this.#value) return;
    this.#value = value;
    this.#shell.log.info(`Track file ${this.name} now holds ${value}`);
    this.#shell.onChange(value);
  }
}

/** 0 where there is no file or no number in it; a FIFO in its place does not block. */
function readNumber(path: string): number {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(READ_BYTES);
      return parseTrackNumber(bytes.toString('latin1', 0, readSync(fd, bytes)));
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}

/** As strtol reads it with base 0: blanks, sign, then decimal, 0x hexadecimal or 0 octal; -254 to 254. */
export function parseTrackNumber(text: string): number {
  const [, sign = '', digits = ''] = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text) ?? [];
  const octal = /^0[0-7]/.test(digits);
  const size = octal ? Number.parseInt(digits, 8) : Number(digits);
  return Math.min(size, LIMIT) * (sign === '-' && size !== 0 ? -1 : 1);
}
