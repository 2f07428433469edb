/** Frames that probes of virtual addresses ignored: from the thread that counts them to who is asked for them. Pure. */
import type { VipIgnored } from '../../addon/vip_prober.ts';

export const NONE_IGNORED: VipIgnored = { malformed: 0, unknown: 0, wrong: 0, elsewhere: 0 };

/** `sign` -1: what came to `b` since `a` is to be known, as plus(b, a, -1). */
export function plus(a: VipIgnored, b: VipIgnored, sign: 1 | -1 = 1): VipIgnored {
  return {
    malformed: a.malformed + sign * b.malformed,
    unknown: a.unknown + sign * b.unknown,
    wrong: a.wrong + sign * b.wrong,
    elsewhere: a.elsewhere + sign * b.elsewhere,
  };
}

/** What has come since it was asked last; undefined where nothing has, or it was asked just now. */
export class NewlyIgnored {
  readonly #total: () => VipIgnored | undefined;
  readonly #nowMs: () => number;
  #told = NONE_IGNORED;
  #nextMs = 0;

  constructor(total: () => VipIgnored | undefined, nowMs: () => number) {
    this.#total = total;
    this.#nowMs = nowMs;
  }

  take(): VipIgnored | undefined {
    if (this.#nowMs() < this.#nextMs) return undefined;
    this.#nextMs = this.#nowMs() + ASK_EVERY_MS;
    const total = this.#total();
    if (total === undefined) return undefined;
    const more = plus(total, this.#told, -1);
    this.#told = total;
    return Object.values(more).some((count) => count !== 0) ? more : undefined;
  }
}

/** Answers go up to 500 times a second; a counter need not. */
const ASK_EVERY_MS = 1_000;
