/** Thousands of TCP connections at once, each for one attempt of a check. */

/** Where the packets of a check come from. */
export interface ProbeOrigin {
  /** Absent: the kernel's choice. */
  readonly sourceAddress?: string;
  /** Absent: the kernel's choice. */
  readonly sourcePort?: number;
  /** Its packets leave by this one (SO_BINDTODEVICE). Absent: as routing says. */
  readonly interface?: string;
  /** Of every packet, for routing rules and the firewall (SO_MARK). */
  readonly mark?: number;
}

export interface TcpProbe extends ProbeOrigin {
  readonly destination: string;
  readonly port: number;
  /** For all of it. */
  readonly timeoutMs: number;
  /** Sent as UTF-8 once connected; everything that comes is brought. Absent: the connection is closed then. */
  readonly request?: string;
  /** Instead: once connected it is kept, without a time limit, until release(). */
  readonly handsOver?: boolean;
}

/** The second number of an event. */
export const tcpEvent = {
  /** Without a request this is the last one. */
  connected: 0,
  data: 1,
  /** The real server has closed the connection. The last one. */
  end: 2,
  /** The fourth number is a positive errno. The last one. */
  failed: 3,
  timeout: 4,
} as const;

export const NUMBERS_PER_TCP_EVENT = 4;

/**
 * Four numbers an event: the connection's, the kind, 1 if it was connected by then, an errno. And the bytes of those
 * that are data, in turn.
 */
export type TcpEventListener = (events: Uint32Array, chunks: Uint8Array[]) => void;

/** While connections are under way it keeps the event loop alive. */
export interface TcpProbes {
  /**
   * Begins to connect; its number, from 1 on. Throws an AddonError where the director cannot make such a socket:
   * EADDRNOTAVAIL, ENODEV for an interface, EMFILE. What the way there is answered with comes as an event.
   */
  start(probe: TcpProbe): number;
  /** Closes it, in order; the caller must pass over events of it that are under way. */
  stop(id: number): void;
  /** The descriptor of a connected one that hands over, which the caller must close; -1 where there is none. */
  release(id: number): number;
  /** Closes all. */
  close(): void;
}
