/** Routes, rules and macvlans that the addon makes: the words of ip-route, ip-rule and ip-link. Types only. */
import type { RouteType } from '../base/routing.ts';
import type { Family } from './host.ts';

export type { RouteType, RuleSpec } from '../base/routing.ts';

export interface NextHop {
  readonly gateway?: string;
  /** Of the output interface. */
  readonly index?: number;
  /** 1 to 256. */
  readonly weight: number;
  readonly onlink: boolean;
}

/** A route to add or delete. The names are those of RouteConfig; interfaces are indexes here. */
export interface RouteSpec {
  readonly family: Family;
  /** '10.0.0.0/8'; '0.0.0.0/0' and '::/0' for default. */
  readonly destination: string;
  readonly type: RouteType;
  /** Of the other family: RFC 5549. */
  readonly gateway?: string;
  /** Of the output interface. */
  readonly index?: number;
  readonly nextHops?: readonly NextHop[];
  /** Preferred source address. */
  readonly source?: string;
  /** IPv6 source routing: '2001:db8::/32'. */
  readonly from?: string;
  /** 254 (main) where absent; 255 (local) for types local and broadcast. */
  readonly table?: number;
  readonly metric?: number;
  /** Where absent as ip-route does: host for local, link without a gateway, else global. */
  readonly scope?: number;
  /** RTPROT_*; 18 (keepalived) where absent. */
  readonly protocol?: number;
  readonly tos?: number;
  readonly onlink?: boolean;
  /** RTAX_*, by ip-route's name; in its units except rtt, rttvar and rto_min, which are milliseconds. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Names of those metrics that are locked. */
  readonly locked?: readonly string[];
}

/**
 * A macvlan in private mode on interface `parent`. It is made down, without an IPv6 link-local address of its own
 * (addrgenmode none).
 */
export interface MacvlanSpec {
  readonly name: string;
  readonly parent: number;
  readonly mac: string;
  /** `ip link ... group`. */
  readonly group?: number;
  /** Link.alias tells whose it is after a crash: 'xlb:VI_1'. */
  readonly alias?: string;
}
