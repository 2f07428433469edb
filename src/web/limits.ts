/** What a client may take of a director, in one place. */

/** Of both listeners. */
export const HEADER_BYTES = 8 * 1024;
/** Names of virtual servers in a query take their place. */
export const TARGET_CHARACTERS = 6 * 1024;
export const PARAMETER_CHARACTERS = 256;
/** From the first byte to the end of the headers, and to the end of the body. */
export const HEADERS_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 10_000;
/** How often those two are looked at. */
export const TIMEOUT_CHECKS_MS = 1_000;
/** A client that neither sends nor reads is let go. */
export const IDLE_MS = 30_000;
export const KEEP_ALIVE_MS = 15_000;
export const TLS_HANDSHAKE_MS = 5_000;

export interface ListenerLimits {
  /** Those beyond are closed as they come. */
  readonly connections: number;
  readonly bodyBytes: number;
}

/** Ten thousand changes of the tables in one body. */
export const socketLimits: ListenerLimits = { connections: 128, bodyBytes: 4 * 1024 * 1024 };
export const tcpLimits: ListenerLimits = { connections: 384, bodyBytes: 16 * 1024 };

/** Of /api/v1/stream. They leave connections for those who read metrics. */
export const VIEWERS = 256;
/** What a viewer has not taken yet; whoever is further behind is dropped. */
export const VIEWER_BACKLOG_BYTES = 1024 * 1024;
export const HEARTBEAT_MS = 15_000;
