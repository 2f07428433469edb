/**
 * Events as lines added to a file. It is opened anew for every stretch of lines, so that one that was moved away or
 * removed (logrotate) needs no signal, and written in the background: a disk that hangs holds up nothing but these
 * lines.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { reasonOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { MOST_WAITING, type Outlet } from './outlet.ts';

/** Not to wait for the reader of a FIFO that stands there; no link, which another user may have put there. */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW;
const MODE = 0o640;

export class EventFile implements Outlet {
  readonly name: string;
  readonly #log: Logger;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #lost = 0;
  #failing = false;
  /** A stretch broke off in the middle of a line, which no other may be joined to. */
  #torn = false;

  constructor(path: string, log: Logger) {
    this.name = path;
    this.#log = log;
  }

  get lost(): number {
    return this.#lost;
  }

  write(json: string): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(json);
    this.#writing ??= this.#writeAll();
  }

  async stop(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Events of one moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      await this.#writeLines(lines);
    }
    this.#writing = undefined;
  }

  /** `lines` that could not be written are lost. */
  async #writeLines(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${lines.join('\n')}\n`);
    let written = 0;
    try {
      const file = await open(this.name, FLAGS, MODE);
      try {
        await mustBeFile(file);
        while (written < bytes.length) {
          const { bytesWritten } = await file.write(bytes, written);
          written += bytesWritten;
        }
      } finally {
        await file.close();
      }
      this.#torn = false;
      this.#failing = false;
    } catch (error) {
      const done = bytes.subarray(0, written);
      if (written > 0) this.#torn = done.at(-1) !== NEWLINE;
      const whole =
        done.filter((byte) => byte === NEWLINE).length - (bytes[0] === NEWLINE && written > 0 ? 1 : 0);
      this.#lost += lines.length - whole;
      if (!this.#failing)
        this.#log.warn(
          `Cannot write events to ${this.name}: ${reasonOf(error)}; they are lost until that is cured`,
        );
      this.#failing = true;
    }
  }
}

const NEWLINE = 0x0a;

async function mustBeFile(file: FileHandle): Promise<void> {
  if (!(await file.stat()).isFile()) throw new Error('it is no file; for a FIFO write fifo: before its path');
}
