/**
 * Pure: which next hop follows from a route, the links and the neighbour table. Direct routing rewrites the
 * destination MAC, so a real server is reached through one neighbour: itself, or the gateway in front of it.
 */
import type { Link, Neighbour, Nexthop, Route } from '../addon/addon.ts';

/** How the kernel would reach an address, before any MAC is known. */
export type Path =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'neighbour';
      readonly index: number;
      readonly address: string;
      /** The route's own; the link's where it has none. */
      readonly mtu?: number;
    }
  | { readonly kind: 'none'; readonly reason: string };

/** The path to `address`. A route through a gateway names the gateway's neighbour, any other the address's own. */
export function pathOf(address: string, route: Route): Path {
  switch (route.kind) {
    case 'local':
      return { kind: 'local' };
    case 'unicast':
      return {
        kind: 'neighbour',
        index: route.index,
        address: route.gateway ?? address,
        ...(route.mtu === undefined ? {} : { mtu: route.mtu }),
      };
    case 'broadcast':
    case 'multicast':
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
    case 'throw':
      return { kind: 'none', reason: `its route is of kind ${route.kind}` };
  }
}

/** True when both lead through the same neighbour with the same MTU, or both need none. */
export function samePath(a: Path, b: Path): boolean {
  switch (a.kind) {
    case 'local':
      return b.kind === 'local';
    case 'neighbour':
      return b.kind === 'neighbour' && a.index === b.index && a.address === b.address && a.mtu === b.mtu;
    case 'none':
      return b.kind === 'none' && a.reason === b.reason;
  }
}

/**
 * The next hop along `path`. A neighbour that stops answering keeps the MAC it was last known by (`previous`): a
 * lost ARP reply must not cut flows that still arrive, and a dead server is the checks' business.
 */
export function nexthopOf(
  path: Path,
  tables: { readonly link: Link | undefined; readonly neighbour: Neighbour | undefined },
  previous: Nexthop,
): Nexthop {
  switch (path.kind) {
    case 'local':
      return { kind: 'local' };
    case 'none':
      return { kind: 'unresolved' };
    case 'neighbour': {
      const { link, neighbour } = tables;
      if (link === undefined || link.mac === '') return { kind: 'unresolved' };
      const sending = { index: link.index, source: link.mac, mtu: path.mtu ?? link.mtu };
      if (neighbour !== undefined && isResolved(neighbour))
        return { kind: 'link', mac: neighbour.mac, ...sending };
      return previous.kind === 'link' && previous.index === link.index
        ? { ...previous, ...sending }
        : { kind: 'unresolved' };
    }
  }
}

/** True when the kernel itself would send to this MAC (NUD_VALID, include/net/neighbour.h). */
export function isResolved(neighbour: Neighbour): boolean {
  switch (neighbour.state) {
    case 'reachable':
    case 'stale':
    case 'delay':
    case 'probe':
    case 'permanent':
    case 'noarp':
      return neighbour.mac !== '' && neighbour.mac !== '00:00:00:00:00:00';
    case 'none':
    case 'incomplete':
    case 'failed':
      return false;
  }
}

export function sameNexthop(a: Nexthop, b: Nexthop): boolean {
  if (a.kind === 'link')
    return (
      b.kind === 'link' && a.index === b.index && a.mac === b.mac && a.source === b.source && a.mtu === b.mtu
    );
  return a.kind === b.kind;
}
