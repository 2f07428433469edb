/** One who watches decisions: what is on its way to it, bounded. A slow one loses, and is told how many. */
import type { TraceCounts } from '../addon/addon.ts';
import { at, recordsOf } from '../control/decision.ts';
import { encodeMessage, type TraceState } from '../control/trace_message.ts';

/** Bytes that wait for a viewer that does not read. */
export const MOST_WAITING = 4 * 1024 * 1024;
const HEADER = 8;
const SECOND_NS = 1_000_000_000n;

export class TraceViewer implements AsyncIterableIterator<Uint8Array> {
  readonly #onEnd: () => void;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #dropped = 0;
  #limited = 0;
  /** The second that is counted, of the records' own times, and how many of it were given. */
  #second = -1n;
  #inSecond = 0;
  #before: TraceCounts | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  /** `onEnd`: it has gone. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Those of `records` that its own limit leaves, where the packet path has another viewer's. 0: all. */
  within(records: readonly Buffer[], perSecond: number): readonly Buffer[] {
    if (perSecond === 0) return records;
    return records.filter((record) => {
      const second = record.readBigUInt64LE(at.time) / SECOND_NS;
      if (second > this.#second) [this.#second, this.#inSecond] = [second, 0];
      this.#inSecond += 1;
      if (this.#inSecond <= perSecond) return true;
      this.#limited += 1;
      return false;
    });
  }

  /** A message of records; `count` where it is known. */
  give(message: Uint8Array, count?: number): void {
    if (this.#ended) return;
    if (this.#bytes + message.length > MOST_WAITING) {
      this.#dropped += count ?? [...recordsOf(message.subarray(HEADER))].length;
      return;
    }
    this.#push(message);
  }

  /** What went untold, counted from the first time that this is called. */
  tell(counts: TraceCounts, interfaces: Readonly<Record<string, string>>): void {
    this.#before ??= counts;
    const state: TraceState = {
      limited: counts.limited - this.#before.limited + this.#limited,
      lost: counts.lost - this.#before.lost,
      dropped: this.#dropped,
      interfaces,
    };
    // One that reads nothing at all gets no more of these either.
    if (this.#bytes <= MOST_WAITING) this.#push(encodeMessage('state', JSON.stringify(state)));
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#push(encodeMessage('end', reason));
    this.#ended = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#waiting.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const [value] = this.#waiting;
    if (value === undefined) {
      this.#onEnd();
      return { done: true, value: undefined };
    }
    this.#waiting.shift();
    this.#bytes -= value.length;
    return { done: false, value };
  }

  /** The reader has gone. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#ended = true;
    this.#waiting = [];
    this.#wake?.();
    this.#onEnd();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(message: Uint8Array): void {
    this.#waiting.push(message);
    this.#bytes += message.length;
    this.#wake?.();
  }
}
