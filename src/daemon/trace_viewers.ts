/**
 * Who watches the packet path's decisions. The packet path tells what any of the viewers asked for, each viewer gets
 * what fits its own filter, and when the last one goes nothing is told any more.
 */
import type { TraceSettings } from '../addon/addon.ts';
import { recordsOf } from '../control/decision.ts';
import type { TraceWish } from '../control/trace_filter.ts';
import { fits, pushDown } from '../control/trace_match.ts';
import { encodeMessage } from '../control/trace_message.ts';
import type { DataplaneClient } from '../dataplane/client.ts';
import type { TraceNews } from '../dataplane/tracing.ts';
import { TraceViewer } from './trace_viewer.ts';

export const MAX_VIEWERS = 8;
/** Told once a second; the first may come at once. */
const SETTLED = 2;

export class TraceViewers {
  readonly #dataplane: Pick<DataplaneClient, 'ask' | 'onTrace'>;
  readonly #viewers = new Map<TraceViewer, TraceWish>();
  #names: Readonly<Record<string, string>> = {};
  /** The filters of all viewers are what the packet path sends. */
  #exact = false;
  /** Seconds since somebody came or went: until then there may be records on their way that others asked for. */
  #settled = 0;

  constructor(dataplane: Pick<DataplaneClient, 'ask' | 'onTrace'>) {
    this.#dataplane = dataplane;
    dataplane.onTrace((news) => this.#take(news));
  }

  /** Undefined: there are as many as there may be. Rejects where the packet path cannot tell. */
  async open(wish: TraceWish): Promise<AsyncIterable<Uint8Array> | undefined> {
    if (this.#viewers.size >= MAX_VIEWERS) return undefined;
    const viewer = new TraceViewer(() => this.#leave(viewer));
    this.#viewers.set(viewer, wish);
    try {
      await this.#tellPacketPath();
    } catch (error) {
      this.#viewers.delete(viewer);
      throw error;
    }
    return viewer;
  }

  #leave(viewer: TraceViewer): void {
    if (!this.#viewers.delete(viewer)) return;
    // A worker that cannot be asked is dead, and tells nothing.
    this.#tellPacketPath().catch(() => undefined);
  }

  async #tellPacketPath(): Promise<void> {
    const wishes = [...this.#viewers.values()];
    this.#settled = 0;
    if (wishes.length === 0) {
      await this.#dataplane.ask({ ask: 'trace' });
      return;
    }
    const { terms, exact } = pushDown(wishes.map(({ filter }) => filter));
    this.#exact = exact;
    const settings: TraceSettings = {
      terms,
      snap: Math.max(...wishes.map(({ snap }) => snap)),
      perSecond: wishes.some(({ perSecond }) => perSecond === 0)
        ? 0
        : Math.max(...wishes.map(({ perSecond }) => perSecond)),
    };
    await this.#dataplane.ask({ ask: 'trace', settings });
  }

  #take(news: TraceNews): void {
    switch (news.kind) {
      case 'traced':
        for (const [viewer, wish] of this.#viewers) this.#give(viewer, wish, news.records);
        break;
      case 'trace_counts':
        this.#names = news.interfaces;
        this.#settled += 1;
        for (const viewer of this.#viewers.keys()) viewer.tell(news.counts, news.interfaces);
        break;
      case 'trace_failed': {
        const viewers = [...this.#viewers.keys()];
        this.#viewers.clear();
        for (const viewer of viewers) viewer.end(news.reason);
        break;
      }
    }
  }

  #give(viewer: TraceViewer, { filter, perSecond }: TraceWish, batch: Uint8Array): void {
    // Nobody need look again.
    if (this.#exact && this.#viewers.size === 1 && this.#settled >= SETTLED) {
      viewer.give(encodeMessage('records', batch));
      return;
    }
    const name = (index: number) => this.#names[index] ?? '';
    const fitting = [...recordsOf(batch)].filter((record) => fits(filter, record, name));
    // Of one alone the packet path has the limit, once it has heard that the others are gone.
    const limited = this.#viewers.size === 1 && this.#settled >= SETTLED;
    const wanted = limited ? fitting : viewer.within(fitting, perSecond);
    if (wanted.length > 0) viewer.give(encodeMessage('records', Buffer.concat(wanted)), wanted.length);
  }
}
