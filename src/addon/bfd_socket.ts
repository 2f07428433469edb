/** UDP sockets of BFD (RFC 5881 §4, RFC 5883 §5). Types only. */
import type { Family } from './host.ts';

export interface BfdReceiverOptions {
  readonly family: Family;
  /** 3784, or 4784 for sessions over several hops. */
  readonly port: number;
}

export interface BfdPacket {
  /** At most 128: longer ones are cut. */
  readonly bytes: Uint8Array;
  readonly source: string;
  readonly destination: string;
  /** Or hop limit. */
  readonly ttl: number;
}

/** What a receiver calls, on the thread that opened it. Neither is called after close(). */
export interface BfdListener {
  /** At least one, in the order of arrival, at most 64. */
  onPackets(packets: BfdPacket[]): void;
  /** An AddonError; the receiver is closed already. */
  onError(error: Error): void;
}

/** Hears what comes to the port at any address of this host. An open one keeps the event loop alive. */
export interface BfdReceiver {
  /** What waits now (at most 64; [] for none): to be looked at before a timer that is late counts. */
  receive(): BfdPacket[];
  close(): void;
}

export interface BfdSenderOptions {
  readonly destination: string;
  readonly port: number;
  /** Absent: the kernel's choice. */
  readonly sourceAddress?: string;
  /** Or hop limit; 255 where absent. */
  readonly ttl?: number;
}

/** Sends for one session, from a source port of its own out of 49152 to 65535. Hears nothing. */
export interface BfdSender {
  /** At once (synchronously). Throws an AddonError with the system's errno: ENETUNREACH, EPERM... */
  send(bytes: Uint8Array): void;
  close(): void;
}
