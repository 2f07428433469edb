/** Watches one track_file: a file with a number in it. */
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { FileWatch } from '../base/file_watch.ts';
import type { Logger } from '../base/log.ts';
import { initializeTrackFile, readTrackNumber } from '../base/track_number.ts';
import type { TrackFileConfig } from '../config/model.ts';
import type { OnChange, Tracker } from './tracker.ts';

export interface TrackFileShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: OnChange<number>;
}

const LIMIT = 254;

export class TrackFile implements Tracker<number> {
  readonly #config: TrackFileConfig;
  readonly #shell: TrackFileShell;
  #value = 0;
  #watch: FileWatch | undefined;

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
    const { clock } = this.#shell;
    this.#initialize();
    this.#value = readTrackNumber(this.#config.path, LIMIT);
    this.#watch = new FileWatch(this.#config.path, { clock, onLook: () => this.#read() });
  }

  stop(): Promise<void> {
    this.#watch?.close();
    return Promise.resolve();
  }

  #initialize(): void {
    const { path, initial } = this.#config;
    if (initial === undefined) return;
    try {
      initializeTrackFile(path, initial);
    } catch (error) {
      this.#shell.log.error(`Cannot write ${initial.value} to track_file ${path}: ${reasonOf(error)}`);
    }
  }

  #read(): void {
    const value = readTrackNumber(this.#config.path, LIMIT);
    if (value === this.#value) return;
    this.#value = value;
    this.#shell.log.info(`Track file ${this.name} now holds ${value}`);
    this.#shell.onChange(value);
  }
}
