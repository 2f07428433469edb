/** What a client may take of a director, in one place. */

/** Of both listeners. */
export const HEADER_BYTES = 8 * 1024;
/** Names of virtual servers in a query take their place. */
export const TARGET_CHARACTERS = 6 * 1024;
export const PARAMETER_CHARACTERS = 256;
export const KEEP_ALIVE_MS = 15_000;
export const TLS_HANDSHAKE_MS = 5_000;

export interface ListenerLimits {
  /** Those beyond are closed as they come. */
  readonly connections: number;
  readonly bodyBytes: number;
  /** From the connection to the end of the headers. */
  readonly headersMs: number;
  /** And to the end of the body. */
  readonly requestMs: number;
  /** How often those two are looked at. */
  readonly checksMs: number;
  /** A client that neither sends nor reads is let go. */
  readonly idleMs: number;
}

const times = { headersMs: 5_000, requestMs: 10_000, checksMs: 1_000, idleMs: 30_000 } as const;

/** Ten thousand changes of the tables in one body. */
export const socketLimits: ListenerLimits = { ...times, connections: 128, bodyBytes: 4 * 1024 * 1024 };
export const tcpLimits: ListenerLimits = { ...times, connections: 384, bodyBytes: 16 * 1024 };

/** Of /api/v1/stream. They leave connections for those who read metrics. */
export const VIEWERS = 256;
/** What a viewer has not taken yet, and since when; whoever is further behind is dropped. */
export const VIEWER_BACKLOG_BYTES = 1024 * 1024;
export const VIEWER_WAITS_MS = 30_000;
/** Nothing is silent for longer: the page of a status that is told less often asks no questions meanwhile. */
export const HEARTBEAT_MS = 2_000;
