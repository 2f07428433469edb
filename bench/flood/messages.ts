/** What the scenario `flood` and its child processes say to one another. Both are of the same build. */

/** Frames a second; 'full': as many as one processor makes. 0: none. */
export type FloodRate = number | 'full';

export type ToFlooder = { readonly kind: 'rate'; readonly rate: FloodRate };

/** The answer to every rate: what was sent at the one before. */
export interface FromFlooder {
  readonly kind: 'sent';
  readonly frames: number;
  readonly seconds: number;
}

export type ToVictim = { readonly kind: 'count'; readonly seconds: number };

/** Requests that began in the time asked for, all of them ended. */
export interface Requests {
  readonly answered: number;
  readonly failed: number;
  readonly medianMs: number;
  /** 99 of 100 were answered within this. */
  readonly slowMs: number;
  readonly slowestMs: number;
  /** Failures by what the system said. */
  readonly reasons: Readonly<Record<string, number>>;
}

export type FromVictim =
  | { readonly kind: 'connected' }
  | { readonly kind: 'counted'; readonly established: Requests; readonly fresh: Requests };
