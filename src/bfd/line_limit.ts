/** So many lines of a session's are logged: who can send packets in its name must not fill a disk. */
import type { Clock, Timer } from '../base/clock.ts';

/** Enough for a link that flaps every few seconds, and what is said of its detection times. */
const LINES = 60;
const EACH_MS = 60_000;

export class LineLimit {
  readonly #clock: Clock;
  /** Says how many lines there were room for no more. */
  readonly #onLeftOut: (lines: number) => void;
  #beganMs = Number.NEGATIVE_INFINITY;
  #said = 0;
  #leftOut = 0;
  #end: Timer | undefined;

  constructor(clock: Clock, onLeftOut: (lines: number) => void) {
    this.#clock = clock;
    this.#onLeftOut = onLeftOut;
  }

  /** Whether the line may be said; one that may not is counted. */
  admits(): boolean {
    const nowMs = this.#clock.nowMs();
    if (this.#leftOut === 0 && nowMs - this.#beganMs >= EACH_MS) {
      this.#beganMs = nowMs;
      this.#said = 0;
    }
    this.#said++;
    if (this.#said <= LINES) return true;
    this.#leftOut++;
    this.#end ??= this.#clock.setTimer(this.#beganMs + EACH_MS - nowMs, () => this.close());
    return false;
  }

  /** Says what is to be said of it. */
  close(): void {
    this.#end?.cancel();
    this.#end = undefined;
    const lines = this.#leftOut;
    this.#leftOut = 0;
    if (lines > 0) this.#onLeftOut(lines);
  }
}
