/** What the demo and its child processes say to each other (revision 1): closed unions, every kind is handled. */

/** To the request generator. */
export type ToGenerator =
  /**
   * Requests that begin from now on count for this phase. With `takesFailures` so do those that are under way and
   * fail: something is about to be broken on purpose.
   */
  | { readonly kind: 'phase'; readonly name: string; readonly takesFailures: boolean }
  /** Remember the long-lived connections that are open now; answered by 'marked'. */
  | { readonly kind: 'mark' }
  /** Send one more request on each remembered connection; answered by 'kept' with those that still work. */
  | { readonly kind: 'recount' }
  /** Begin nothing new; answered by 'stopped' when nothing is under way. */
  | { readonly kind: 'stop' };

/** From the request generator. */
export type FromGenerator =
  | { readonly kind: 'tally'; readonly phases: Readonly<Record<string, Tally>> }
  | { readonly kind: 'marked'; readonly connections: number }
  | { readonly kind: 'kept'; readonly connections: number }
  | { readonly kind: 'stopped' };

/** Requests that ended. */
export interface Tally {
  readonly requests: number;
  readonly failed: number;
  /** Answers by the address of the real server. */
  readonly spread: Readonly<Record<string, number>>;
  /** The slowest answer. */
  readonly slowestMs: number;
  /** Failures by what the system said. */
  readonly reasons: Readonly<Record<string, number>>;
}

export const emptyTally: Tally = { requests: 0, failed: 0, spread: {}, slowestMs: 0, reasons: {} };

/** The web server's first and only word: it listens. */
export type FromWebServer = { readonly kind: 'listening' };

/** How one request ended: which real server answered, or why none did. */
export type RequestEnd =
  | { readonly address: string; readonly tookMs: number }
  | { readonly reason: string; readonly tookMs: number };

/** Pure: the tally with one request more. */
export function count(tally: Tally, end: RequestEnd): Tally {
  const requests = tally.requests + 1;
  const slowestMs = Math.max(tally.slowestMs, end.tookMs);
  if ('reason' in end) {
    const reasons = { ...tally.reasons, [end.reason]: (tally.reasons[end.reason] ?? 0) + 1 };
    return { ...tally, requests, slowestMs, failed: tally.failed + 1, reasons };
  }
  const spread = { ...tally.spread, [end.address]: (tally.spread[end.address] ?? 0) + 1 };
  return { ...tally, requests, slowestMs, spread };
}
