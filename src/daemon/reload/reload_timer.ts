/** reload_time_file: reloads when the time comes that stands in a file, which is watched. */
import { closeSync, constants, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { type Clock, localTime, type Timer } from '../../base/clock.ts';
import { reasonOf } from '../../base/errors.ts';
import { FileWatch } from '../../base/file_watch.ts';
import type { Logger } from '../../base/log.ts';
import type { ReloadConfig } from '../../config/model.ts';
import { type ReloadTime, reloadTime } from './reload_time.ts';

/** Timers hold less than 25 days, and a wall clock may be set. */
const LOOK_AGAIN_MS = 60_000;
/** A file that is longer has no time in it. */
const LONGEST = 64;

export interface ReloadTimerShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly reload: () => void;
  readonly watch?: (path: string, onLook: () => void) => { close(): void };
  readonly read?: (path: string) => string | undefined;
  readonly remove?: (path: string) => void;
}

export class ReloadTimer {
  readonly #shell: ReloadTimerShell;
  #config: ReloadConfig | undefined;
  #watch: { close(): void } | undefined;
  #timer: Timer | undefined;
  #text: string | undefined;
  #time: Extract<ReloadTime, { atMs: number }> | undefined;

  constructor(shell: ReloadTimerShell) {
    this.#shell = shell;
  }

  /** After the start and after each reload. */
  configure(config: ReloadConfig | undefined): void {
    const { clock, watch = (path, onLook) => new FileWatch(path, { clock, onLook }) } = this.#shell;
    const same = config?.timeFile === this.#config?.timeFile;
    this.#config = config;
    if (same && this.#watch !== undefined) return;
    this.close();
    if (config?.timeFile === undefined) return;
    this.#watch = watch(config.timeFile, () => this.#look());
    this.#look();
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#forget();
    this.#text = undefined;
  }

  /** One that says the same as before was told already. */
  #look(): void {
    const { clock, log, read = readStart } = this.#shell;
    const file = this.#config?.timeFile;
    if (file === undefined) return;
    const text = read(file)?.trim();
    if (text === this.#text) return;
    this.#text = text;
    if (this.#time !== undefined) log.info(`Reload at ${localTime(this.#time.atMs)} is cancelled`);
    this.#forget();
    if (text === undefined || text === '') return;
    const time = reloadTime(text, clock.wallMs());
    if ('wrong' in time) {
      log.warn(`Reload time ${JSON.stringify(text)} in ${file} ${time.wrong}: it is ignored`);
      return;
    }
    log.info(`Reload at ${localTime(time.atMs)}, as ${file} says`);
    this.#time = time;
    this.#wait();
  }

  #wait(): void {
    const { clock } = this.#shell;
    if (this.#time === undefined) return;
    const leftMs = this.#time.atMs - clock.wallMs();
    if (leftMs <= 0) this.#due(this.#time.dated);
    else this.#timer = clock.setTimer(Math.min(leftMs, LOOK_AGAIN_MS), () => this.#wait());
  }

  #due(dated: boolean): void {
    const { log, reload, remove = (path: string) => rmSync(path, { force: true }) } = this.#shell;
    const { repeat = false, timeFile } = this.#config ?? {};
    this.#forget();
    const daily = repeat && !dated;
    try {
      if (timeFile !== undefined && !daily) remove(timeFile);
      // With reload_repeat the same text means tomorrow. A file that stays against our will says nothing new.
      this.#text = undefined;
    } catch (error) {
      log.warn(`Cannot remove ${timeFile}: ${reasonOf(error)}; it counts again after a restart`);
    }
    reload();
    if (daily) this.#look();
  }

  #forget(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#time = undefined;
  }
}

/** Of the first line; undefined where there is no file. Another kind of thing, as a FIFO, is not waited for. */
function readStart(path: string): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return undefined;
    const bytes = Buffer.alloc(LONGEST);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes)).split('\n')[0];
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
