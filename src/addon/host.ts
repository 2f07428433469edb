/** What the addon tells of the host, and what it does there: links, addresses, routes, neighbours. Types only. */
import type { RuleSpec } from '../base/routing.ts';
import type { MacvlanSpec, RouteSpec } from './routing.ts';

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
  /** Of the interface that a macvlan, VLAN or tunnel is on. */
  readonly parent?: number;
  /** `ip link set ... alias`. */
  readonly alias?: string;
}

/** What the driver of an interface can do about XDP, as it says itself. */
export interface XdpFeatures {
  /** Programs in the driver. */
  readonly native: boolean;
  /** AF_XDP without copying. The device may lack what the driver needs for it: only a socket shows that. */
  readonly zeroCopy: boolean;
}

/** An address on an interface. */
export interface HostAddress {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
  readonly label?: string;
  /** The other end of a point-to-point link; `prefix` is that one's. */
  readonly peer?: string;
}

/** An address to add. Broadcast, label and scope only where given. */
export interface NewAddress extends HostAddress {
  readonly broadcast?: string;
  readonly scope?: number;
  /** IPv6: no duplicate address detection, so that it can be used at once. */
  readonly nodad?: boolean;
  /** IPv6: preferred lifetime 0, so that the director's own connections do not leave from it. */
  readonly deprecated?: boolean;
  /** Seconds, 0 as `deprecated`; absent: forever. */
  readonly preferredLifetime?: number;
  /** IPv6: Mobile IPv6 home address. */
  readonly home?: boolean;
  /** IPv6: temporary addresses are made after it. */
  readonly mngTmpAddr?: boolean;
  /** No route to the prefix comes with it. */
  readonly noPrefixRoute?: boolean;
  /** A multicast address is joined. */
  readonly autoJoin?: boolean;
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
  /** Where the route has one of its own (`ip route ... mtu N`), or a path MTU was learned. */
  readonly mtu?: number;
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
  /** Returns false when there was such a one already (EEXIST: same destination, tos, metric and table). */
  addRoute(route: RouteSpec): boolean;
  /** Returns false when it was not there. */
  deleteRoute(route: RouteSpec): boolean;
  /** Returns false when it was there already. */
  addRule(rule: RuleSpec): boolean;
  /** Returns false when it was not there. */
  deleteRule(rule: RuleSpec): boolean;
  /** The index of the new interface. Throws EEXIST where the name is taken. */
  addMacvlan(macvlan: MacvlanSpec): number;
  /** Returns false when it was not there. */
  deleteLink(index: number): boolean;
  setLinkUp(index: number, up: boolean): void;
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

/** Signals of this process, caught as long as it is open. Keeps the event loop alive. */
export interface SignalWatch {
  /** The process does with them again what it did before. */
  close(): void;
}
