/** Where events go out: whatever becomes of one, nobody in the director waits for it. */

export interface Outlet {
  /** For status, metrics and the log: without what may be secret of it. */
  readonly name: string;
  /** Events that it never took, since it was made. */
  readonly lost: number;
  /** One event, as JSON without a line end. Never throws, never waits. */
  write(json: string): void;
  /** Gives what is on its way a moment. Nothing may be written afterwards. */
  stop(): Promise<void>;
}

/** Of events that wait for a slow disk or receiver; some 300 bytes each. The newest are lost beyond it. */
export const MOST_WAITING = 10_000;
