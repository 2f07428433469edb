/** Says that a file may have changed, also one that is missing, or comes and goes with its folder. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock, Timer } from './clock.ts';

/** `echo 5 >file` empties it first: it is to be read when it has been quiet for so long. */
const SETTLE_MS = 20;
/** Also without word from the kernel: the folder may have been missing, or be of a kind that is not watched. */
const POLL_MS = 1000;

export class FileWatch {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #onLook: () => void;
  #watcher: FSWatcher | undefined;
  #settle: Timer | undefined;
  #poll: Timer | undefined;

  /** Begins at once. `onLook`: time to read the file; it may be the same as before. */
  constructor(path: string, { clock, onLook }: { readonly clock: Clock; readonly onLook: () => void }) {
    this.#path = path;
    this.#clock = clock;
    this.#onLook = onLook;
    this.#look();
  }

  close(): void {
    this.#unwatch();
    this.#settle?.cancel();
    this.#poll?.cancel();
  }

  #look(): void {
    this.#poll = this.#clock.setTimer(POLL_MS, () => {
      this.#look();
      this.#onLook();
    });
    if (this.#watcher !== undefined) return;
    try {
      // The folder: the file may be missing, or be replaced by another.
      this.#watcher = watch(dirname(this.#path), { persistent: false }, (_, file) => {
        if (file === null || file === basename(this.#path)) this.#changed();
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
    this.#settle = this.#clock.setTimer(SETTLE_MS, this.#onLook);
  }
}
