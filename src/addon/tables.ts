/** What stands in the shared tables, as the addon takes and tells it: virtual servers, settings, counters. */

export type Protocol = 'TCP' | 'UDP';
export type SchedulerName =
  | 'rr'
  | 'wrr'
  | 'lc'
  | 'wlc'
  | 'sed'
  | 'nq'
  | 'fo'
  | 'ovf'
  | 'sh'
  | 'dh'
  | 'mh'
  | 'lblc'
  | 'lblcr'
  | 'twos';

export interface VirtualServerKey {
  /** 'FWM': whatever packets a mark rule gives `fwmark`; address is then '0.0.0.0' or '::', port 0. */
  readonly protocol: Protocol | 'FWM';
  readonly address: string;
  /** 0: every port that has no virtual server of its own. */
  readonly port: number;
  /** 1 to 2^32 - 1; there exactly where protocol is 'FWM'. */
  readonly fwmark?: number;
}

/** A real server in a pool. Weight 0: its flows go on, new ones do not come (quiesced). */
export interface DestinationSpec {
  readonly address: string;
  readonly weight: number;
  /** Connections, inactive ones included, from which on it is overloaded: no new ones. 0 or absent: no limit. */
  readonly upperThreshold?: number;
  /** Below this many it is no longer overloaded; 0 or absent: below 3/4 of the upper one. */
  readonly lowerThreshold?: number;
}

/** Clients, or networks of them, keep their real server (IPVS's persistence). */
export interface Persistence {
  /** Life of a template, in seconds; 1 to 2678400, of which 1966020 are kept (MAX_PERSISTENCE_S). */
  readonly seconds: number;
  /** Which part of the client's address counts: IPv4 a mask ('255.255.255.0'), IPv6 a prefix length ('64'). */
  readonly netmask: string;
}

/**
 * A virtual server as it shall be. `destinations` is IPVS's list, head first: the scheduling order. A destination
 * left out is taken out of service: packets of its flows are dropped until it returns or they expire, as IPVS does.
 */
export interface VirtualServerSpec extends VirtualServerKey {
  readonly scheduler: SchedulerName;
  /**
   * Bits, as ipvsadm's flag-1, flag-2 and flag-3; 0 where absent. sh and mh: 1, another real server where the one that
   * the hash names takes no flows (fallback); 2, the client's port is part of the hash.
   */
  readonly schedulerFlags?: number;
  readonly persistence?: Persistence;
  /** One-packet scheduling: no flow is kept; every UDP packet is scheduled. */
  readonly onePacket?: boolean;
  /** Further addresses and ports of the same protocol family that share pool and scheduling state (a group). */
  readonly members?: readonly VirtualServerKey[];
  readonly destinations: readonly DestinationSpec[];
}

/** Packets to these addresses and ports carry this mark. The longest prefix that fits wins; of equals, the first. */
export interface MarkRule {
  readonly fwmark: number;
  /** '10.9.0.0/16', 'fd00:9::/64'. */
  readonly prefix: string;
  readonly protocol?: Protocol;
  /** Inclusive; every port where absent. */
  readonly ports?: readonly [first: number, last: number];
}

/** What holds for all virtual servers; the names are those of net.ipv4.vs.* where IPVS has one. Absent: unchanged. */
export interface DataplaneSettings {
  /** ipvsadm --set, in seconds: ESTABLISHED, FIN_WAIT, UDP; 0: unchanged. Flows follow with their next packet. */
  readonly timeouts?: { readonly tcp: number; readonly tcpFin: number; readonly udp: number };
  /** 0: a SYN never starts anew on a flow that is over; 1: on TIME_WAIT and CLOSE; bit 1: on FIN_WAIT too. */
  readonly connReuseMode?: number;
  readonly expireNodestConn?: boolean;
  readonly expireQuiescentTemplate?: boolean;
  readonly sloppyTcp?: boolean;
  readonly secureTcp?: boolean;
  /** What opens a flow opens it anew where the flow's real server is gone; IPVS drops it. */
  readonly reopenGone?: boolean;
  /** A TCP packet of a flow whose real server is gone is answered with RST. */
  readonly resetDead?: boolean;
  /** mh services take a non-SYN packet without flow as one of an established connection (after a fail-over). */
  readonly adoptFlows?: boolean;
  /** ICMP errors sent a second on each processor, and as many resets besides; 0: without limit. */
  readonly icmpPerSecond?: number;
}

/** How frames reach a real server; `local`: the director itself, passed to its own stack. */
export type Nexthop =
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'local' }
  | {
      readonly kind: 'link';
      readonly index: number;
      readonly mac: string;
      readonly source: string;
      /** Bytes of the longest IP packet that the way there takes; absent, or 0: not known, no limit. */
      readonly mtu?: number;
    };

/** Totals since the record was made; DR sees one direction only, so there is no "out". */
export interface Counters {
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface DestinationState extends DestinationSpec, Counters {
  readonly active: number;
  readonly inactive: number;
  /** Persistence templates. */
  readonly persistent: number;
  readonly overloaded: boolean;
  /** What the counters were when ipvsadm -Z was called last. */
  readonly zeroed: Counters;
  /** Taken out of service while flows of it remain. */
  readonly gone: boolean;
  readonly nexthop: Nexthop;
}

export interface VirtualServerState extends Omit<VirtualServerSpec, 'destinations'>, Counters {
  readonly zeroed: Counters;
  /** In scheduling order, then those that are gone. */
  readonly destinations: DestinationState[];
}

/** One row of the verdict list (bpf/shared/verdicts.h) with its count. */
export interface VerdictCount {
  readonly name: string;
  readonly action: 'forward' | 'pass' | 'drop';
  readonly meaning: string;
  readonly packets: number;
}

export interface FlowTableState {
  readonly slots: number;
  /** As the sweeper counted them on its last whole pass. */
  readonly used: number;
  /** Whole passes of the sweeper since this process started it. */
  readonly sweeps: number;
  readonly expired: number;
  /** Flows pushed out by new ones where the table had no room. */
  readonly evicted: number;
  readonly templates: {
    readonly slots: number;
    readonly used: number;
    readonly evicted: number;
    /** New flows of persistent clients that found no room for a template. */
    readonly refused: number;
  };
}

/**
 * A connection or a persistence template as `connections()` tells it. As a line the fields stand in this order, parted
 * by tabs: protocol, seconds, state, client, clientPort, virtualAddress, virtualPort, realServer, realPort, active.
 */
export interface ConnectionEntry {
  /** 'IP': a template of a fwmark service. */
  readonly protocol: Protocol | 'IP';
  /** Until it expires, rounded as IPVS prints them. */
  readonly seconds: number;
  /** 'NONE', 'SYN_RECV', ... and for templates 'NONE' or 'ASSURED'. */
  readonly state: string;
  readonly client: string;
  /** 0: a template. */
  readonly clientPort: number;
  /** Templates of fwmark services: the mark as an address ('0.0.0.7'). */
  readonly virtualAddress: string;
  readonly virtualPort: number;
  readonly realServer: string;
  readonly realPort: number;
  /** Counted as ActiveConn. */
  readonly active: boolean;
}
