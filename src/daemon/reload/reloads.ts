/**
 * Reloads, one at a time, whoever asks for them: a signal, or the control socket. However many ask while one runs,
 * one more follows it, which reads the file as it is then, and all of them are told what became of that one.
 */
import type { ReloadOutcome } from '../../control/reload.ts';

export class Reloads {
  readonly #run: () => Promise<ReloadOutcome>;
  #running = false;
  #closed = false;
  #waiting: ((outcome: ReloadOutcome) => void)[] = [];

  /** `run` must not throw. */
  constructor(run: () => Promise<ReloadOutcome>) {
    this.#run = run;
  }

  /** Of a reload that begins after this was called. */
  ask(): Promise<ReloadOutcome> {
    if (this.#closed) return Promise.resolve({ outcome: 'stopping' });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#running) void this.#runAll();
    });
  }

  /** From now on nothing is reloaded: the daemon stops. The one that is under way ends by itself. */
  close(): void {
    this.#closed = true;
    this.#tell(this.#waiting.splice(0), { outcome: 'stopping' });
  }

  async #runAll(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      // A hundred signals of one moment are one: whoever comes before the file is read is served by this reading.
      await Promise.resolve();
      const asked = this.#waiting.splice(0);
      this.#tell(asked, await this.#run());
    }
    this.#running = false;
  }

  #tell(asked: readonly ((outcome: ReloadOutcome) => void)[], outcome: ReloadOutcome): void {
    for (const resolve of asked) resolve(outcome);
  }
}
