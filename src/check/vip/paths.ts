/** How a frame gets from here to a real server: its MAC, the interface, the director's own address. */

import type { HostAddress, Link, Neighbour, Netlink, Route } from '../../addon/addon.ts';
import { familyOf } from '../../base/address.ts';
import type { Clock } from '../../base/clock.ts';
import { isResolved, pathOf } from '../../host/nexthop.ts';

export type VipPath =
  /** The real server is this host: no packet leaves it. */
  | { readonly kind: 'local' }
  | {
      readonly kind: 'link';
      readonly index: number;
      readonly ownMac: string;
      readonly source: string;
      readonly mac: string;
      /** The MAC is the real server's own, not a gateway's. */
      readonly exact: boolean;
    }
  | { readonly kind: 'unresolved'; readonly reason: string }
  /** This director cannot ask. */
  | { readonly kind: 'impossible'; readonly reason: string };

export interface PathWish {
  readonly realServer: string;
  /** The source must be none of them: a host that holds an address takes no packets from it. */
  readonly vips: readonly string[];
  /** Where another source is written. */
  readonly bindto?: string;
}

/** What was read counts for so long, as the packet path itself is told of changes at once. */
const FRESH_MS = 5_000;
/** Where it proved wrong, it is read again, at most so often. */
const READ_AGAIN_MS = 100;

interface Tables {
  readonly atMs: number;
  readonly links: ReadonlyMap<number, Link>;
  readonly neighbours: ReadonlyMap<string, Neighbour>;
  readonly addresses: readonly HostAddress[];
}

const keyOf = (index: number, address: string) => `${index} ${address}`;

export class VipPaths {
  readonly #clock: Clock;
  readonly #netlink: Netlink;
  readonly #routes = new Map<string, Route>();
  #tables: Tables | undefined;

  constructor(netlink: Netlink, clock: Clock) {
    this.#netlink = netlink;
    this.#clock = clock;
  }

  /** `doubted`: what was found before has not worked. */
  find(wish: PathWish, doubted = false): VipPath {
    const found = this.#find(wish, this.#read(doubted ? READ_AGAIN_MS : FRESH_MS));
    if (found.kind !== 'unresolved' || doubted) return found;
    return this.#find(wish, this.#read(READ_AGAIN_MS));
  }

  close(): void {
    this.#netlink.close();
  }

  #find(wish: PathWish, tables: Tables): VipPath {
    const { realServer } = wish;
    let route: Route;
    try {
      route = this.#route(realServer);
    } catch (error) {
      return { kind: 'unresolved', reason: error instanceof Error ? error.message : String(error) };
    }
    const path = pathOf(realServer, route);
    if (path.kind === 'local') return path;
    if (path.kind === 'none') return { kind: 'unresolved', reason: `${realServer}: ${path.reason}` };
    const { index, address } = path;
    const link = tables.links.get(index);
    const source = sourceOf(wish, route, tables.addresses);
    const reason = `there is no own address to probe ${realServer} from: ${wish.vips.join(', ')} cannot be it`;
    if (source === undefined) return { kind: 'impossible', reason };
    const neighbour = tables.neighbours.get(keyOf(index, address));
    if (link === undefined || link.mac === '' || neighbour === undefined || !isResolved(neighbour))
      return { kind: 'unresolved', reason: `${address} has no MAC address in the neighbour table` };
    const exact = address === realServer;
    return { kind: 'link', index, ownMac: link.mac, source, mac: neighbour.mac, exact };
  }

  #route(address: string): Route {
    const route = this.#routes.get(address) ?? this.#netlink.route(address);
    this.#routes.set(address, route);
    return route;
  }

  #read(maxAgeMs: number): Tables {
    const atMs = this.#clock.nowMs();
    if (this.#tables !== undefined && atMs - this.#tables.atMs < maxAgeMs) return this.#tables;
    this.#routes.clear();
    this.#tables = {
      atMs,
      links: new Map(this.#netlink.links().map((link) => [link.index, link])),
      neighbours: new Map(this.#netlink.neighbours().map((one) => [keyOf(one.index, one.address), one])),
      addresses: this.#netlink.addresses(),
    };
    return this.#tables;
  }
}

/** That which is written, else the kernel's choice, else another of the interface. */
function sourceOf(
  { realServer, vips, bindto }: PathWish,
  { index, source }: Route,
  addresses: readonly HostAddress[],
): string | undefined {
  const family = familyOf(realServer);
  const others = addresses.filter((one) => one.index === index).map(({ address }) => address);
  return [bindto, source, ...others.filter((address) => !address.startsWith('fe80:'))].find(
    (address) => address !== undefined && familyOf(address) === family && !vips.includes(address),
  );
}
