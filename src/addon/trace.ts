/** Decisions of the packet path as they are made, for whoever watches: what to tell, and how it is told. */

/** A network; `negated`: everything else. */
export interface TraceNet {
  readonly address: string;
  /** How many bits of it count. */
  readonly prefix: number;
  readonly negated?: boolean;
}

export interface TraceNumber {
  readonly value: number;
  readonly negated?: boolean;
}

/** A packet fits where it fits everything that is given. */
export interface TraceTerm {
  readonly client?: TraceNet;
  readonly virtualAddress?: TraceNet;
  /** One of the two. */
  readonly host?: TraceNet;
  readonly clientPort?: TraceNumber;
  readonly virtualPort?: TraceNumber;
  /** One of the two. */
  readonly port?: TraceNumber;
  /** Of IP; 1 (ICMP): that of IPv6 too, and errors whatever they quote. */
  readonly protocol?: TraceNumber;
  /** Of IP: 4 or 6. */
  readonly version?: number;
  /** Of the virtual server. */
  readonly fwmark?: number;
  /** A bit each, by their order in `verdicts`. Absent: all. */
  readonly verdicts?: number;
  /** A flow was to be made for it, or not. */
  readonly isNew?: boolean;
}

export const TRACE_TERMS = 8;

/** Bytes of a frame that a record has room for. */
export const TRACE_SNAP = 1_600;

export interface TraceSettings {
  /** One to TRACE_TERMS; a packet that fits any of them is told of. */
  readonly terms: readonly TraceTerm[];
  /** Bytes of a frame, at most. */
  readonly snap: number;
  /** Records; 0: no limit. */
  readonly perSecond: number;
}

/** Decisions that fitted and were not told: more than `perSecond`, or no room in the ring. */
export interface TraceCounts {
  readonly limited: number;
  readonly lost: number;
}

export interface TraceListener {
  /** struct xlb_traced of bpf/shared/trace.h and bytes of the frame, each a multiple of 8 bytes long. */
  onRecords(records: Uint8Array): void;
  /** No more will come. */
  onError(error: Error): void;
}

/** What a packet can become; the order is that of their numbers. */
export interface Verdict {
  readonly name: string;
  readonly action: 'forward' | 'pass' | 'drop';
  readonly meaning: string;
}
