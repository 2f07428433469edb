/**
 * The typed face of native/ (the C++ addon). The only file that loads it.
 *
 * Every call is synchronous and runs on the calling thread. A call that the world made fail throws an
 * `AddonError`: its message says what was attempted, on what, and why; `code` is stable.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What every failing addon call throws. `errno` is the positive number of the system, 0 where none applies. */
export interface AddonError extends Error {
  readonly code: 'XLB_SYSTEM' | 'XLB_LIMIT' | 'XLB_ARGUMENT' | 'XLB_INCOMPATIBLE';
  readonly errno: number;
}

export type Family = 4 | 6;

/** A network interface as rtnetlink shows it. `mac` is 'aa:bb:cc:dd:ee:ff', or '' where it has none. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  readonly up: boolean;
  /** Carrier: IFF_RUNNING. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly mtu: number;
  /** As in `ip -d link` ('veth', 'vlan', 'bond', ...), '' for a plain device. */
  readonly type: string;
}

/** An address on an interface. */
export interface HostAddress {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
  readonly label?: string;
}

/** An address to add. Broadcast, label and scope only where given. */
export interface NewAddress extends HostAddress {
  readonly broadcast?: string;
  readonly scope?: number;
  /** IPv6: no duplicate address detection, so that it can be used at once. */
  readonly nodad?: boolean;
  /** IPv6: preferred lifetime 0, so that the director's own connections do not leave from it. */
  readonly deprecated?: boolean;
}

/** The kernel's routing answer for one destination. `kind` is the route type's name ('blackhole', ...). */
export interface Route {
  readonly kind:
    | 'unicast'
    | 'local'
    | 'broadcast'
    | 'multicast'
    | 'blackhole'
    | 'unreachable'
    | 'prohibit'
    | 'throw';
  /** Output interface; 0 where the kind has none. */
  readonly index: number;
  readonly gateway?: string;
  readonly source?: string;
}

/** NUD state names as `ip neigh` prints them, lower case. */
export type NeighbourState =
  | 'none'
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent';

/** An ARP or ND entry. `mac` is '' while unknown. */
export interface Neighbour {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
  readonly state: NeighbourState;
}

/** What the kernel said has changed. After 'overrun' (messages were lost) everything must be read again. */
export type HostEvent =
  | ({ readonly kind: 'link'; readonly removed: boolean } & Link)
  | ({ readonly kind: 'address'; readonly removed: boolean } & HostAddress)
  | ({ readonly kind: 'neighbour'; readonly removed: boolean } & Neighbour)
  | { readonly kind: 'route' }
  | { readonly kind: 'overrun' };

/** One rtnetlink socket. Belongs to the network namespace that the thread was in when it was made. */
export interface Netlink {
  links(): Link[];
  addresses(): HostAddress[];
  /** Returns false when the address was there already. */
  addAddress(address: NewAddress): boolean;
  /** Returns false when the address was not there. */
  deleteAddress(address: HostAddress): boolean;
  /** Where the kernel would send a packet for `address` (RTM_GETROUTE). Throws ENETUNREACH where there is no route. */
  route(address: string): Route;
  neighbours(): Neighbour[];
  /**
   * Asks the kernel to resolve a neighbour and keep it resolved (NTF_EXT_MANAGED, Linux 5.16); where the kernel
   * cannot manage entries, resolves it once (NTF_USE) and answers 'probed': the caller asks again from time to time.
   */
  ensureNeighbour(index: number, address: string): 'managed' | 'probed';
  /** Takes back ensureNeighbour: the entry becomes an ordinary one, which the kernel may forget. Missing: no error. */
  releaseNeighbour(index: number, address: string): void;
  close(): void;
}

/** A thread that listens to rtnetlink and hands over what changed, batched, on the JavaScript thread that made it. */
export interface NetlinkMonitor {
  close(): void;
}

/** An exclusive lock on a file, held until release() or the end of the process, however it ends (flock). */
export interface InstanceLock {
  release(): void;
}

export type XdpMode = 'native' | 'generic';

/** How a program came to be on an interface. `reason` says why native was not possible, where mode is generic. */
export interface Attachment {
  readonly index: number;
  readonly mode: XdpMode;
  /** True when an earlier process left it attached and only the program was replaced. */
  readonly adopted: boolean;
  readonly reason?: string;
}

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
  /** Life of a template, in seconds; 1 to 2678400. */
  readonly seconds: number;
  /** Which part of the client's address counts: IPv4 a mask ('255.255.255.0'), IPv6 a prefix length ('64'). */
  readonly netmask: string;
}

/** Bits of `schedulerFlags`, as ipvsadm's flag-1, flag-2 and flag-3. */
export const schedulerFlag = {
  /** sh-fallback, mh-fallback: another real server where the one that the hash names takes no flows. */
  fallback: 1,
  /** sh-port, mh-port: the client's port is part of the hash. */
  port: 2,
  third: 4,
} as const;

/**
 * A virtual server as it shall be. `destinations` is IPVS's list, head first: the scheduling order. A destination
 * left out is taken out of service: packets of its flows are dropped until it returns or they expire, as IPVS does.
 */
export interface VirtualServerSpec extends VirtualServerKey {
  readonly scheduler: SchedulerName;
  /** Sum of `schedulerFlag`s; 0 where absent. */
  readonly schedulerFlags?: number;
  readonly persistence?: Persistence;
  /** One-packet scheduling: no flow is kept; every UDP packet is scheduled. */
  readonly onePacket?: boolean;
  /** Further addresses and ports of the same protocol family that share pool and scheduling state (a group). */
  readonly members?: readonly VirtualServerKey[];
  readonly destinations: readonly DestinationSpec[];
}

/** Packets to these addresses and ports carry this mark; of several that fit the longest prefix wins, then the first. */
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
  /** ICMP errors answered a second on each processor; 0: without limit. */
  readonly icmpPerSecond?: number;
}

/** How frames reach a real server; `local`: the director itself, passed to its own stack. */
export type Nexthop =
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'local' }
  | { readonly kind: 'link'; readonly index: number; readonly mac: string; readonly source: string };

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

/** Sizes fixed when the tables are made. */
export interface TableLimits {
  readonly flowSlots: number;
  /** Powers of two, both; 2^18 where absent. */
  readonly templateSlots?: number;
}

/** The loaded packet path of one instance: program, links, tables. Pinned: close() leaves it forwarding. */
export interface Forwarder {
  /** True when an earlier process's pinned tables, and with them its flows, were taken over. */
  readonly adopted: boolean;
  /** Why pinned tables that were there could not be adopted (their layout or size differs); flows were lost. */
  readonly discarded?: string;
  attach(index: number, mode: 'auto' | XdpMode): Attachment;
  detach(index: number): boolean;
  attachments(): Attachment[];
  /** The interface's MAC address changed: frames for the new one are ours. */
  setInterfaceMac(index: number, mac: string): void;
  setVirtualServer(spec: VirtualServerSpec): void;
  removeVirtualServer(key: VirtualServerKey): boolean;
  /** All of them; those that were set before and are not among them go. */
  setMarkRules(rules: readonly MarkRule[]): void;
  setSettings(settings: DataplaneSettings): void;
  /** ipvsadm -Z: counts from here on, for one virtual server or all. False where there is no such one. */
  zero(key?: VirtualServerKey): boolean;
  setNexthop(address: string, nexthop: Nexthop): void;
  virtualServers(): VirtualServerState[];
  verdicts(): VerdictCount[];
  flows(): FlowTableState;
  /**
   * Connections and templates, a stretch of the tables at a time: lines (see ConnectionEntry), UTF-8. Undefined after
   * the last stretch.
   */
  connections(stretch: number): Uint8Array | undefined;
  startSweeper(): void;
  stopSweeper(): void;
  close(): void;
}

/** What became of a frame that an Engine ran. */
export interface Outcome {
  readonly verdict: string;
  /** 'answer': the frame went back as an answer of the director itself (ICMP error, RST). */
  readonly action: 'forward' | 'pass' | 'drop' | 'answer';
  readonly frame: Uint8Array;
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

/**
 * Single frames through the packet core, over tables of its own and under a clock that the caller moves: as compiled
 * into the addon ('core', no privileges), or inside the kernel by BPF_PROG_TEST_RUN ('kernel', root). For tests and
 * trace replays. Its settings are IPVS's defaults (setSettings): what xlb does beyond IPVS is off.
 */
export interface Engine {
  setClock(milliseconds: number): void;
  setInterface(spec: { readonly index: number; readonly mac: string }): void;
  setVirtualServer(spec: VirtualServerSpec): void;
  removeVirtualServer(key: VirtualServerKey): boolean;
  setMarkRules(rules: readonly MarkRule[]): void;
  setSettings(settings: DataplaneSettings): void;
  zero(key?: VirtualServerKey): boolean;
  setNexthop(address: string, nexthop: Nexthop): void;
  /** `ingress`: the interface index it is said to have come in by; 'kernel' takes 1 (lo) only. */
  run(frame: Uint8Array, ingress: number): Outcome;
  sweep(): { readonly used: number; readonly expired: number };
  virtualServers(): VirtualServerState[];
  verdicts(): VerdictCount[];
  /** All, templates last. */
  connections(): ConnectionEntry[];
}

/** TCP frames of 64 bytes, from `clients` addresses in turn to `servers` addresses in turn. */
export interface GeneratorOrder {
  /** Sent out of this interface. */
  readonly index: number;
  readonly count: number;
  readonly destination: string;
  readonly source: string;
  readonly firstClient: string;
  readonly clients: number;
  readonly firstServer: string;
  readonly servers: number;
  readonly port: number;
  /** Byte 13 of the TCP header. */
  readonly flags: number;
  /** Noted flows are taken away whenever the turn of clients (a multiple of 64) begins anew. */
  readonly erase?: boolean;
}

/**
 * For benchmarks: traffic made inside the kernel, programs to compare with, and what the program on an interface
 * has cost. While it lives, the kernel counts the run times of all BPF programs.
 */
export interface Generator {
  /** 'empty' swaps MAC addresses and sends back; 'sink' drops. In the driver, until the interface goes. */
  attach(index: number, program: 'empty' | 'sink'): void;
  /** Returns when all frames are sent and, on a veth, taken by the other end. */
  send(order: GeneratorOrder): void;
  runTime(index: number): { readonly nanoseconds: number; readonly packets: number };
  /** Notes where the first 8,192 flows of the table are, for `erase`; how many there are. */
  noteFlows(): number;
  /** Takes all flows away. */
  clearFlows(): void;
}

export interface Addon {
  /** For the program whose tables are pinned there. */
  readonly Generator: new (
    pinDirectory: string,
  ) => Generator;
  readonly Engine: new (options: {
    readonly kind: 'core' | 'kernel';
    readonly flowSlots: number;
    /** As many as flowSlots where absent. */
    readonly templateSlots?: number;
  }) => Engine;
  readonly Netlink: new () => Netlink;
  readonly NetlinkMonitor: new (onEvents: (events: HostEvent[]) => void) => NetlinkMonitor;
  /** Opens (adopting what is pinned) or loads and pins the packet path under `pinDirectory`. */
  readonly Forwarder: new (options: {
    readonly pinDirectory: string;
    readonly limits: TableLimits;
  }) => Forwarder;
  /**
   * Attaches a program that passes every frame, native mode, to an interface of this network namespace. It lives
   * until the interface goes. For the far end of a veth: what XDP sends back (XDP_TX) is lost there without one.
   */
  attachPass(index: number): void;
  /** Removes everything pinned under `pinDirectory`, the directory included; what was removed, by path. Missing: []. */
  removePins(pinDirectory: string): string[];
  /** Sends gratuitous ARPs (request form, RFC 5227) or unsolicited neighbour advertisements (RFC 4861 §7.2.6). */
  announce(index: number, address: string, count: number): void;
  /** Takes the lock, or answers with the pid of the process that holds it. The file is made where missing. */
  lockInstance(path: string): { readonly lock: InstanceLock } | { readonly heldBy: number };
  /** True when `path` is on a BPF file system. */
  isBpfFilesystem(path: string): boolean;
}

let loaded: Addon | undefined;

/** The addon, loaded on first use. Throws where it was not built for this machine. */
export function addon(): Addon {
  loaded ??= createRequire(import.meta.url)(addonPath()) as Addon;
  return loaded;
}

/** build/xlb.node beside dist/. */
function addonPath(): string {
  return fileURLToPath(new URL('../../../build/xlb.node', import.meta.url));
}
