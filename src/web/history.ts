/**
 * The last hour in memory: what each virtual server did, a sample each 10 s, for the charts of the status page.
 *
 *   ring of a virtual server   4 quantities x 360 samples of 4 bytes = 5,760 bytes
 *   512 rings and the totals   2.9 MB, made one by one as virtual servers come
 *
 * A virtual server beyond the 512th is in the totals only; a ring is given to another once its virtual server is gone.
 * All rings share one place to write. NaN: not known (before it came, or nobody could be asked).
 */
import { type Totals, totalFields } from '../dataplane/totals.ts';

export const HISTORY_STEP_MS = 10_000;
const SAMPLES = 360;
const MAX_RINGS = 512;
const QUANTITIES = totalFields.length;
/** The one that is not a counter. */
const ACTIVE = totalFields.indexOf('active');

export const MAX_HISTORY_BYTES = (MAX_RINGS + 1) * SAMPLES * QUANTITIES * Float32Array.BYTES_PER_ELEMENT;

/** A number a step, the oldest first; null: not known. All of a HistoryAnswer have the same length. */
type Numbers = readonly (number | null)[];

export interface SeriesAnswer {
  /** New ones, a second. */
  readonly connections: Numbers;
  /** A second, from clients. */
  readonly packets: Numbers;
  /** A second, from clients. */
  readonly bytes: Numbers;
  /** Active connections at the end of the step. */
  readonly active: Numbers;
}

/** What GET /api/v1/history answers. */
export interface HistoryAnswer {
  readonly step_seconds: number;
  /** When the last step ended, ISO 8601. */
  readonly end: string;
  /** By name, as `TCP 10.0.0.1:80` or `FWM 7`; of a group by its first member. */
  readonly virtual_servers: Readonly<Record<string, SeriesAnswer>>;
  /** Of all virtual servers, also of those without a ring. */
  readonly totals: SeriesAnswer;
}

type Ring = Float32Array;

export class History {
  readonly #rings = new Map<string, Ring>();
  readonly #totals = emptyRing();
  /** Where the next sample goes. */
  #at = 0;
  #filled = 0;
  #endWallMs: number;
  #whole: HistoryAnswer | undefined;
  #last:
    | { readonly totals: Totals; readonly index: ReadonlyMap<string, number>; readonly nowMs: number }
    | undefined;

  constructor(wallMs: number) {
    this.#endWallMs = wallMs;
  }

  /** How many virtual servers have a ring. */
  get rings(): number {
    return this.#rings.size;
  }

  /** What was counted until `nowMs`, of a monotonic clock. undefined: nobody could be asked. */
  take(
    totals: Totals | undefined,
    { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
  ): void {
    this.#endWallMs = wallMs;
    this.#whole = undefined;
    this.#clearPlace();
    if (totals !== undefined) this.#write(totals, nowMs);
    this.#at = (this.#at + 1) % SAMPLES;
    this.#filled = Math.min(SAMPLES, this.#filled + 1);
  }

  /** Of these virtual servers, where names are given, else of all: that is made once a step. */
  read(names?: readonly string[]): HistoryAnswer {
    if (names !== undefined) return this.#answer(names);
    this.#whole ??= this.#answer([...this.#rings.keys()]);
    return this.#whole;
  }

  #answer(names: readonly string[]): HistoryAnswer {
    const found = [...new Set(names)].flatMap((name) => {
      const ring = this.#rings.get(name);
      return ring === undefined ? [] : [[name, this.#series(ring)] as const];
    });
    return {
      step_seconds: HISTORY_STEP_MS / 1000,
      end: new Date(this.#endWallMs).toISOString(),
      virtual_servers: Object.fromEntries(found),
      totals: this.#series(this.#totals),
    };
  }

  #clearPlace(): void {
    for (const ring of [this.#totals, ...this.#rings.values()])
      for (let quantity = 0; quantity < QUANTITIES; quantity++)
        ring[quantity * SAMPLES + this.#at] = Number.NaN;
  }

  #write(totals: Totals, nowMs: number): void {
    const index = new Map(totals.names.map((name, at) => [name, at]));
    const elapsedSeconds = this.#last === undefined ? 0 : (nowMs - this.#last.nowMs) / 1000;
    const sums = new Float64Array(QUANTITIES);
    this.#makeRoom(index);
    for (const [name, at] of index) {
      const now = totals.counted.subarray(at * QUANTITIES, (at + 1) * QUANTITIES);
      const before = this.#countedBefore(name);
      const ring = this.#ringOf(name);
      for (let quantity = 0; quantity < QUANTITIES; quantity++) {
        const value =
          quantity === ACTIVE ? now[quantity] : rate(now[quantity], before?.[quantity], elapsedSeconds);
        if (ring !== undefined) ring[quantity * SAMPLES + this.#at] = value ?? Number.NaN;
        sums[quantity] = (sums[quantity] ?? 0) + (value ?? 0);
      }
    }
    for (let quantity = 0; quantity < QUANTITIES; quantity++)
      if (quantity === ACTIVE || elapsedSeconds > 0)
        this.#totals[quantity * SAMPLES + this.#at] = sums[quantity] ?? Number.NaN;
    this.#last = { totals, index, nowMs };
  }

  #countedBefore(name: string): Float64Array | undefined {
    const at = this.#last?.index.get(name);
    return at === undefined
      ? undefined
      : this.#last?.totals.counted.subarray(at * QUANTITIES, (at + 1) * QUANTITIES);
  }

  #ringOf(name: string): Ring | undefined {
    const known = this.#rings.get(name);
    if (known !== undefined || this.#rings.size >= MAX_RINGS) return known;
    const ring = emptyRing();
    this.#rings.set(name, ring);
    return ring;
  }

  /** Of those that are gone: all whose hour is over, and as many more as newcomers need. */
  #makeRoom(present: ReadonlyMap<string, number>): void {
    let wanted = this.#rings.size - MAX_RINGS;
    for (const name of present.keys()) if (!this.#rings.has(name)) wanted++;
    for (const [name, ring] of this.#rings) {
      if (present.has(name) || (wanted <= 0 && ring.some((value) => !Number.isNaN(value)))) continue;
      this.#rings.delete(name);
      wanted--;
    }
  }

  #series(ring: Ring): SeriesAnswer {
    const [connections = [], packets = [], bytes = [], active = []] = totalFields.map((_, quantity) =>
      Array.from({ length: this.#filled }, (__, step): number | null => {
        const value =
          ring[quantity * SAMPLES + ((this.#at - this.#filled + step + SAMPLES) % SAMPLES)] ?? Number.NaN;
        return Number.isNaN(value) ? null : Math.round(value * 100) / 100;
      }),
    );
    return { connections, packets, bytes, active };
  }
}

function emptyRing(): Ring {
  return new Float32Array(SAMPLES * QUANTITIES).fill(Number.NaN);
}

/** A second. A counter that is smaller than before has begun anew; where there was none, nothing is known. */
function rate(now = 0, before: number | undefined, elapsedSeconds: number): number | undefined {
  if (before === undefined || elapsedSeconds <= 0) return undefined;
  return (now < before ? now : now - before) / elapsedSeconds;
}
