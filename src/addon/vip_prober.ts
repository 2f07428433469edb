/**
 * Probes of a virtual address at one real server: a SYN in a frame to its MAC, and who answers ARP for the address.
 * Types only.
 */

export interface VipQuestion {
  /** Of the real server, or of the gateway in front of it. */
  readonly mac: string;
  /** Of the interface. */
  readonly ownMac: string;
  readonly vip: string;
  readonly port: number;
  /** An address of the director, not the virtual one; of the same family. */
  readonly source: string;
  /** Only an answer from `mac` is one. Where it is a gateway, any is. */
  readonly exact: boolean;
}

/** `mac`: of who said it. */
export type VipAnswer =
  /** Accepted, and ended with a RST. 'closed': a RST came. Both end the probe. */
  | { readonly kind: 'open' | 'closed'; readonly id: number; readonly mac: string }
  /** ICMP destination unreachable, with its code; ends the probe. */
  | { readonly kind: 'unreachable'; readonly id: number; readonly mac: string; readonly code: number }
  /** It was answered, but from another MAC. Said once; the probe goes on. */
  | { readonly kind: 'elsewhere'; readonly id: number; readonly mac: string }
  /** ARP: `vip` is at `mac`. Of any address that askHolder() asked for. */
  | { readonly kind: 'holder'; readonly vip: string; readonly mac: string };

/** What a prober calls, on the thread that opened it. Neither is called after close(). */
export interface VipListener {
  /** At least one. */
  onAnswers(answers: VipAnswer[]): void;
  /** An AddonError: ENETDOWN when the interface went down or away. The prober is closed already. */
  onError(error: Error): void;
}

/** Frames that could have been answers, and were not. */
export interface VipIgnored {
  readonly malformed: number;
  /** To a port that no probe uses. */
  readonly unknown: number;
  /** Of other addresses or ports than the probe's, or to another sequence number. */
  readonly wrong: number;
  readonly elsewhere: number;
}

/** For one interface. An open one keeps the event loop alive. */
export interface VipProber {
  /** Sends a SYN; the id names it until it is answered or forgotten. Throws an AddonError: XLB_LIMIT, ENETDOWN... */
  ask(question: VipQuestion): number;
  /** Sends it once more, where it has not been answered. */
  repeat(id: number): void;
  forget(id: number): void;
  /** IPv4. Asks by ARP, with no sender's address, who has it; from then on reports everybody who says so. */
  askHolder(question: { readonly vip: string; readonly ownMac: string }): void;
  ignored(): VipIgnored;
  close(): void;
}
