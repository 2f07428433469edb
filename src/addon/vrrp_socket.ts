/** Raw sockets of VRRP, and who tells the neighbours where an address is. Types only. */
import type { Family } from './host.ts';

export interface VrrpSocketOptions {
  readonly family: Family;
  /** Sends and receives on this interface only; a macvlan where adverts leave by one. */
  readonly index: number;
  /** Joined, and only what goes there is received. Absent: unicast. */
  readonly multicastGroup?: string;
  /**
   * Of the packets sent; need not be on the interface. Unicast: also, only what goes to it is received. Absent: the
   * kernel's choice for each packet.
   */
  readonly sourceAddress?: string;
  /** Or hop limit; 255 where absent. */
  readonly ttl?: number;
  /** SO_RCVBUF, beyond the system's maximum too. */
  readonly receiveBufferBytes?: number;
}

/** A packet of protocol 112, without its IP header. */
export interface VrrpPacket {
  readonly bytes: Uint8Array;
  readonly source: string;
  readonly destination: string;
  /** Or hop limit. */
  readonly ttl: number;
  /** The interface that it came in by. */
  readonly index: number;
}

/** How one packet leaves, where other than its socket was opened for: instances may share a socket. */
export interface VrrpSending {
  readonly source?: string;
  readonly ttl?: number;
}

/** What a socket calls, on the thread that opened it. Neither is called after close(). */
export interface VrrpListener {
  /** At least one, in the order of arrival, at most 64. */
  onPackets(packets: VrrpPacket[]): void;
  /**
   * An AddonError: receiving failed; the socket is closed already. That its interface is removed the kernel does not
   * tell a raw socket: NetlinkMonitor does, and send() fails with ENODEV. Open another when the interface is back.
   */
  onError(error: Error): void;
}

/**
 * A raw socket of IP protocol 112 with SO_PRIORITY 6 and traffic class 0xc0. Own packets are not received. An open
 * one keeps the event loop alive.
 */
export interface VrrpSocket {
  /**
   * Sends at once (synchronously). IPv6: the checksum is the caller's. Throws an AddonError with the system's errno:
   * ENODEV, ENETDOWN, ENETUNREACH, ENOBUFS...
   */
  send(bytes: Uint8Array, destination: string, how?: VrrpSending): void;
  /** What waits in the socket now (at most 64; [] for none): to be looked at before a timer that is late counts. */
  receive(): VrrpPacket[];
  close(): void;
}

export interface Announcement {
  /** Sent by this interface. */
  readonly index: number;
  readonly address: string;
  /** Where the address is: as the sender in the Ethernet header and inside. Absent: the interface's own MAC. */
  readonly mac?: string;
}

/**
 * Sends gratuitous ARPs (request form, RFC 5227) and unsolicited neighbour advertisements (RFC 4861 §7.2.6). Like
 * Addon.announce without its wait: to close its kind of socket takes the kernel milliseconds, so this keeps one.
 */
export interface Announcer {
  /** One frame. Throws ENETDOWN, ENODEV. */
  send(announcement: Announcement): void;
  close(): void;
}

/** How the calling thread is scheduled; what is absent is put back to what it was before the first call. */
export interface ThreadScheduling {
  readonly realTime?: {
    /** Of SCHED_RR, 1 to 99. What the thread starts (scripts) is not real-time. */
    readonly priority: number;
    /**
     * RLIMIT_RTTIME: of the process; a real-time thread of it that runs so long without waiting gets SIGXCPU, which
     * ends the process unless it is handled.
     */
    readonly limitUs?: number;
  };
  /** -20 to 19. */
  readonly nice?: number;
  /** Runs on these only. */
  readonly processors?: readonly number[];
  /**
   * Of the process: code that was touched once stays in memory (mlock2, MLOCK_ONFAULT). Its heap is not locked, since
   * V8 cannot live with that; no swap for it (MemorySwapMax=0 of the unit) does the rest.
   */
  readonly lockMemory?: boolean;
}
