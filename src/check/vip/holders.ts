/**
 * Who answers ARP for virtual addresses. A real server that does takes clients' packets past the director. Pure but for
 * `ask`.
 */
import type { Clock } from '../../base/clock.ts';

const ASK_EVERY_MS = 60_000;
/** While a real server answers, so that its cure is soon seen. */
const ASK_AGAIN_MS = 10_000;
/** Two questions, unanswered. */
const FORGET_MS = 25_000;
/** Anybody in the network can say that it has an address. */
const MAX_HOLDERS = 64;

interface Watch {
  askedMs: number;
  /** By MAC: when it was last heard. */
  readonly heard: Map<string, number>;
  readonly realServers: Set<string>;
}

/** Of one interface. */
export class VipHolders {
  readonly #clock: Clock;
  readonly #watches = new Map<string, Watch>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the real server at `mac` has lately said that it has `vip`; asks, where it is time to. */
  holds(vip: string, mac: string, ask: () => void): boolean {
    const nowMs = this.#clock.nowMs();
    const watch: Watch = this.#watches.get(vip) ?? {
      askedMs: Number.NEGATIVE_INFINITY,
      heard: new Map(),
      realServers: new Set(),
    };
    this.#watches.set(vip, watch);
    watch.realServers.add(mac);
    for (const [holder, heardMs] of watch.heard) if (nowMs - heardMs > FORGET_MS) watch.heard.delete(holder);
    const wrong = [...watch.heard.keys()].some((holder) => watch.realServers.has(holder));
    if (nowMs - watch.askedMs >= (wrong ? ASK_AGAIN_MS : ASK_EVERY_MS)) {
      watch.askedMs = nowMs;
      ask();
    }
    return watch.heard.has(mac);
  }

  heard(vip: string, mac: string): void {
    const heard = this.#watches.get(vip)?.heard;
    if (heard === undefined || (heard.size >= MAX_HOLDERS && !heard.has(mac))) return;
    heard.set(mac, this.#clock.nowMs());
  }
}
