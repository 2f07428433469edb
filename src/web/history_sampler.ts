/** Keeps the history up while somebody may ask for it: one question each step, and none while one is unanswered. */
import type { Clock, Timer } from '../base/clock.ts';
import { every } from '../dataplane/later.ts';
import type { Totals } from '../dataplane/totals.ts';
import { HISTORY_STEP_MS, History } from './history.ts';

export interface SamplerShell {
  readonly clock: Clock;
  /** Rejects while nobody can say; asked off the packet path. */
  readonly ask: () => Promise<Totals>;
}

export class HistorySampler {
  readonly history: History;
  readonly #shell: SamplerShell;
  readonly #timer: Timer;
  #asking = false;

  /** Begins at once. */
  constructor(shell: SamplerShell) {
    this.#shell = shell;
    this.history = new History(shell.clock.wallMs());
    this.#timer = every(shell.clock, HISTORY_STEP_MS, () => void this.#sample());
    void this.#sample();
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** An answer that is late leaves a gap and no wrong rate: it is dated when it comes. */
  async #sample(): Promise<void> {
    if (this.#asking) {
      this.#take(undefined);
      return;
    }
    this.#asking = true;
    const totals = await this.#shell.ask().catch(() => undefined);
    this.#asking = false;
    this.#take(totals);
  }

  #take(totals: Totals | undefined): void {
    const { clock } = this.#shell;
    this.history.take(totals, { nowMs: clock.nowMs(), wallMs: clock.wallMs() });
  }
}
