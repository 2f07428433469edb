/** What ipvsadm's screens show of a virtual service. Pure; also what xlb itself never has (Masq, Tunnel, SCTP). */

/** Since the counters were made or zeroed; bytes and packets towards clients are 0 in direct routing. */
export interface Traffic {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** The same a second, as the kernel's estimator has it. */
export type Rates = Traffic;

export const noTraffic: Traffic = {
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
};

export type TunnelType = 'ipip' | 'gue' | 'gre';

export interface Tunnel {
  readonly type: TunnelType;
  readonly port: number;
  readonly checksum: 'nocsum' | 'csum' | 'remcsum';
}

export interface Destination {
  readonly address: string;
  readonly port: number;
  readonly forward: 'Route' | 'Masq' | 'Tunnel' | 'Local';
  /** Where forward is Tunnel. */
  readonly tunnel?: Tunnel;
  readonly weight: number;
  /** 0: none. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly active: number;
  readonly inactive: number;
  /** Persistence templates. */
  readonly persistent: number;
  readonly traffic: Traffic;
  readonly rates: Rates;
}

export interface Service {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'FWM';
  /** Of a fwmark service only the family counts: '0.0.0.0' or '::'. */
  readonly address: string;
  readonly port: number;
  readonly fwmark?: number;
  readonly scheduler: string;
  /** Bits 1, 2 and 4: ipvsadm's flag-1, flag-2, flag-3. */
  readonly schedulerFlags: number;
  /** The netmask is dotted for IPv4, a prefix length for IPv6. */
  readonly persistence?: { readonly seconds: number; readonly netmask: string };
  readonly persistenceEngine?: string;
  readonly onePacket: boolean;
  readonly traffic: Traffic;
  readonly rates: Rates;
  /** In the order of the kernel's list. */
  readonly destinations: readonly Destination[];
}

/** Names addresses and ports where -n is not given; what has no name is answered as it is. */
export interface Names {
  host(address: string): string;
  port(port: number, protocol: 'TCP' | 'UDP' | 'SCTP' | 'other'): string;
}

export const numericNames: Names = { host: (address) => address, port: String };
