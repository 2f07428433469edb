/** The worker's half of tracing: hands on what the packet path tells, and keeps it telling while it is wanted. */
import type { Forwarder, TraceCounts, TraceSettings } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Links } from '../host/links.ts';
import { every } from './later.ts';

/** The packet path ends by itself what nobody has renewed for 5 s. */
const RENEW_MS = 1_000;

export type TraceNews =
  /** As TraceListener has them. */
  | { readonly kind: 'traced'; readonly records: Uint8Array }
  /** Each second. `interfaces`: names by index. */
  | {
      readonly kind: 'trace_counts';
      readonly counts: TraceCounts;
      readonly interfaces: Readonly<Record<number, string>>;
    }
  /** No more will come. */
  | { readonly kind: 'trace_failed'; readonly reason: string };

type TraceForwarder = Pick<Forwarder, 'startTrace' | 'renewTrace' | 'stopTrace'>;

export interface TracingShell {
  readonly clock: Clock;
  readonly links: Pick<Links, 'all'>;
  readonly tell: (news: TraceNews) => void;
}

export class Tracing {
  readonly #forwarder: TraceForwarder;
  readonly #shell: TracingShell;
  #timer: Timer | undefined;

  constructor(forwarder: TraceForwarder, shell: TracingShell) {
    this.#forwarder = forwarder;
    this.#shell = shell;
  }

  /** Undefined: nothing is wanted any more. Throws an AddonError where it cannot be had. */
  want(settings: TraceSettings | undefined): void {
    if (settings === undefined) {
      this.end();
      return;
    }
    const { clock, tell } = this.#shell;
    this.#forwarder.startTrace(settings, {
      onRecords: (records) => tell({ kind: 'traced', records }),
      onError: (error) => this.#fail(error),
    });
    this.#timer ??= every(clock, RENEW_MS, () => this.#renew());
    this.#renew();
  }

  end(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#forwarder.stopTrace();
  }

  #renew(): void {
    const { links, tell } = this.#shell;
    try {
      const counts = this.#forwarder.renewTrace();
      const names = links.all().map(({ index, name }) => [index, name] as const);
      tell({ kind: 'trace_counts', counts, interfaces: Object.fromEntries(names) });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.end();
    this.#shell.tell({ kind: 'trace_failed', reason: reasonOf(error) });
  }
}
