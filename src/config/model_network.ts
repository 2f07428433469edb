/** What a configuration file says of addresses, routes and rules of routing that come and go. */
import type { RouteType, RuleSpec } from '../base/routing.ts';
import type { NamedInterface, Span } from './model.ts';

export type { RouteType } from '../base/routing.ts';

/** Addresses of one interface and family share it. */
export interface AddressMacvlanConfig {
  readonly name: string;
  readonly mac: string;
  /** The interface that it is on. */
  readonly parent: string;
}

/** An entry of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress. */
export interface VirtualAddressConfig {
  readonly address: string;
  readonly prefix: number;
  /** `dev`, else the instance's interface. */
  readonly interface: string;
  /** Of virtual_ipaddress_excluded, or moved there: held, and not in the adverts. */
  readonly excluded?: boolean;
  readonly label?: string;
  readonly broadcast?: string;
  readonly scope?: number;
  readonly peer?: string;
  readonly home?: boolean;
  /** `-nodad`: IPv6 duplicate address detection runs, which is left out otherwise. */
  readonly detectDuplicates?: boolean;
  readonly mngTmpAddr?: boolean;
  readonly noPrefixRoute?: boolean;
  readonly autoJoin?: boolean;
  /** preferred_lft in seconds; 'forever' where said. Absent: IPv6 /128 are deprecated, others are forever. */
  readonly preferredLifetime?: number | 'forever';
  /** The state of its interface does not count for the instance. */
  readonly noTrack?: boolean;
  readonly trackGroup?: string;
  /** use_vmac, use_vmac_addr: the address is on a macvlan of its interface with the virtual router's MAC address. */
  readonly macvlan?: AddressMacvlanConfig;
  /** Of the address. */
  readonly span: Span;
  /** Of the name after `dev`, where one is written. */
  readonly interfaceSpan?: Span;
}

export interface NextHopConfig {
  readonly gateway?: string;
  readonly interface?: string;
  /** 1 to 256. */
  readonly weight: number;
  readonly onlink: boolean;
}

/** One line of virtual_routes or static_routes: ip-route's words. */
export interface RouteConfig {
  readonly family: 4 | 6;
  /** '10.0.0.0/8'; '0.0.0.0/0' and '::/0' for default. */
  readonly destination: string;
  readonly type: RouteType;
  readonly gateway?: string;
  readonly interface?: NamedInterface;
  /** Two or more; gateway and interface are absent then. */
  readonly nextHops?: readonly NextHopConfig[];
  /** `src`: preferred source address. */
  readonly source?: string;
  /** `from`: IPv6 source routing. */
  readonly from?: string;
  /** 254 (main) where absent. */
  readonly table?: number;
  readonly metric?: number;
  readonly scope?: number;
  /** RTPROT_*; 18 (keepalived) where absent. */
  readonly protocol?: number;
  readonly tos?: number;
  readonly onlink?: boolean;
  /** RTAX_*, by ip-route's name: mtu, advmss, window, rtt, hoplimit, initcwnd, initrwnd, rto_min, quickack ... */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Of `mtu lock 1400`: their names. */
  readonly locked?: readonly string[];
  readonly noTrack?: boolean;
  readonly trackGroup?: string;
  readonly span: Span;
}

/** One line of virtual_rules or static_rules. */
export interface RuleConfig extends RuleSpec {
  readonly noTrack?: boolean;
  readonly trackGroup?: string;
  readonly span: Span;
}

/** What is there for the daemon's life, whoever is master. */
export interface StaticConfig {
  readonly addresses: readonly VirtualAddressConfig[];
  readonly routes: readonly RouteConfig[];
  readonly rules: readonly RuleConfig[];
  /** An instance leaves master when a static entry of its group is deleted. */
  readonly trackGroups: readonly { readonly name: string; readonly instances: readonly string[] }[];
}
