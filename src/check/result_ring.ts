/** The last results of one check, in little room: there may be tens of thousands of checks. */
import { type AttemptResult, type CheckCode, checkResults } from './checker.ts';

/** So many are kept. */
export const KEPT_RESULTS = 16;

export interface PastResult {
  /** Wall clock milliseconds: when it came. */
  readonly atMs: number;
  readonly code: CheckCode;
  readonly detail?: string;
  readonly latencyMs: number;
}

/** In milliseconds. */
export interface LatencyRange {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
}

export interface CheckHistory {
  /** The newest first. */
  readonly results: readonly PastResult[];
  /** Of the attempts that passed; absent where none did. */
  readonly latencyMs?: LatencyRange;
}

const codes = Object.keys(checkResults) as CheckCode[];
const numberOf = new Map(codes.map((code, at) => [code, at]));

/** What is written of a result; long answers of servers are cut. */
const MAX_DETAIL = 100;

/** In place of a code and a latency in milliseconds: one number, microseconds * CODES + code. */
const CODES = 32;
const NUMBERS = 2;

/** Of numbers with a fraction: one that begins with whole ones is made anew when the first result comes. */
const EMPTY: readonly number[] = new Array<number>(NUMBERS * KEPT_RESULTS).fill(0.5);

/**
 * A new one takes the place of the oldest:
 *
 *   #numbers  [atMs, latency and code] * 16    one array of doubles, 16 bytes a result
 *   #details  text or undefined * 16           there from the first that has one on
 */
export class ResultRing {
  /** Made in one piece: one that grows takes up to twice the room. */
  #numbers: number[] | undefined;
  #details: (string | undefined)[] | undefined;
  #kept = 0;
  #next = 0;

  add(atMs: number, { code, detail, latencyMs }: AttemptResult): void {
    const numbers = this.#numbers ?? EMPTY.slice();
    this.#numbers = numbers;
    const at = this.#next * NUMBERS;
    numbers[at] = atMs;
    numbers[at + 1] = Math.round(latencyMs * 1_000) * CODES + (numberOf.get(code) ?? 0);
    if (detail !== undefined) this.#details ??= [];
    if (this.#details !== undefined) this.#details[this.#next] = detail?.slice(0, MAX_DETAIL);
    this.#next = (this.#next + 1) % KEPT_RESULTS;
    this.#kept = Math.min(this.#kept + 1, KEPT_RESULTS);
  }

  copy(): ResultRing {
    const copy = new ResultRing();
    copy.#numbers = this.#numbers?.slice();
    copy.#details = this.#details?.slice();
    copy.#kept = this.#kept;
    copy.#next = this.#next;
    return copy;
  }

  /** As it came, except for a long detail; none before the first. */
  newest(): PastResult | undefined {
    return this.#kept === 0 ? undefined : this.#resultAt((this.#next + KEPT_RESULTS - 1) % KEPT_RESULTS);
  }

  /** `most`: so many results; the range is of all. */
  history(most = KEPT_RESULTS): CheckHistory {
    const kept = this.#kept;
    const results = Array.from({ length: Math.min(kept, most) }, (_, back) =>
      this.#resultAt((this.#next + kept - 1 - back) % kept),
    );
    const latencyMs = this.#range(kept);
    return { results, ...(latencyMs === undefined ? {} : { latencyMs }) };
  }

  #range(kept: number): LatencyRange | undefined {
    let [min, max, sum, count] = [Number.POSITIVE_INFINITY, 0, 0, 0];
    for (let place = 0; place < kept; place++) {
      const { code, latencyMs } = this.#resultAt(place);
      if (checkResults[code].healthy !== true) continue;
      min = Math.min(min, latencyMs);
      max = Math.max(max, latencyMs);
      sum += latencyMs;
      count += 1;
    }
    return count === 0 ? undefined : { min, avg: sum / count, max };
  }

  #resultAt(place: number): PastResult {
    const at = place * NUMBERS;
    const [atMs = 0, packed = 0] = [this.#numbers?.[at], this.#numbers?.[at + 1]];
    const detail = this.#details?.[place];
    const code = codes[packed % CODES] ?? 'NOTRUN';
    const latencyMs = Math.floor(packed / CODES) / 1_000;
    return { atMs, code, ...(detail === undefined ? {} : { detail }), latencyMs };
  }
}
