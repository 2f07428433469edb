/** Single packets to one address, the replies, and what ICMP says of them: ICMP echo or UDP. Types only. */

import type { ProbeOrigin } from './tcp_probes.ts';

/** Its source port is of UDP. */
export interface ProbeSocketOptions extends ProbeOrigin {
  readonly destination: string;
  /** Of UDP. Absent: ICMP echo. */
  readonly port?: number;
}

/** What a socket calls, on the thread that opened it. Neither is called after close(). */
export interface ProbeListener {
  /**
   * Payloads of replies from the destination, at least one, at most 16. Of echo there may be replies to other programs
   * that ping it: the payload must be compared.
   */
  onReplies(payloads: Uint8Array[]): void;
  /**
   * An AddonError with the system's errno: ECONNREFUSED for port unreachable, EHOSTUNREACH where a router or the
   * neighbour table says so (which a plain UDP socket is not told). The socket is closed already.
   */
  onError(error: Error): void;
}

/**
 * For echo a ping socket where net.ipv4.ping_group_range allows it, else a raw one (CAP_NET_RAW). An open one keeps the
 * event loop alive.
 */
export interface ProbeSocket {
  /** One packet, at once (synchronously); echo takes at most 64 bytes. Throws an AddonError: ENETUNREACH, EPERM... */
  send(payload: Uint8Array): void;
  close(): void;
}
