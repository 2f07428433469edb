/**
 * Keeps the next hops of a set of addresses right: asks the kernel for the route, keeps the neighbour resolved, and
 * says at once when the MAC, the link or the route changes. Neighbours are given back when nobody needs them.
 */
import type { HostEvent, Neighbour, Netlink, Nexthop } from '../addon/addon.ts';
import { type KeptNeighbour, type KeptNeighbours, keyOf } from './kept_neighbours.ts';
import type { Links } from './links.ts';
import { isResolved, nexthopOf, type Path, pathOf, sameNexthop, samePath } from './nexthop.ts';

/** Questions to the kernel, and so on the wire, in a round: a full table or a dead subnet must not make more. */
const ASKS_A_ROUND = 64;
/** Linux: no buffer space available, which is what a full neighbour table answers with (net/core/neighbour.c). */
const ENOBUFS = 105;

interface Followed {
  path: Path;
  nexthop: Nexthop;
}

/** A neighbour that some followed address needs. */
interface Needed extends KeptNeighbour {
  how: 'managed' | 'probed' | 'failed';
}

export interface NeighbourReport {
  /** Next hops as an earlier process left them in the tables; they hold until the kernel says otherwise. */
  readonly known: ReadonlyMap<string, Nexthop>;
  /** What the kernel was asked for, in a memory that outlives this process. */
  readonly kept: Pick<KeptNeighbours, 'all' | 'add' | 'delete'>;
  /** Called when the next hop of a followed address is first known, and whenever it changes. */
  readonly changed: (address: string, nexthop: Nexthop) => void;
}

export class Neighbours {
  readonly #netlink: Netlink;
  readonly #links: Links;
  readonly #report: NeighbourReport;
  readonly #followed = new Map<string, Followed>();
  readonly #needed = new Map<string, Needed>();
  #table = new Map<string, Neighbour>();
  /** Who is reached through which neighbour; undefined after paths changed. */
  #users: ReadonlyMap<string, readonly string[]> | undefined;
  #asksLeft = ASKS_A_ROUND;
  /** Where askUnresolved goes on in its next round. */
  #nextRound = 0;
  #noRoom = false;
  /** Those of an earlier process that nobody needs have been given back. */
  #isTidy = false;
  #dropped = 0;

  constructor(netlink: Netlink, links: Links, report: NeighbourReport) {
    this.#netlink = netlink;
    this.#links = links;
    this.#report = report;
    this.#readTable();
  }

  /** Follows `addresses` besides those followed already. */
  follow(addresses: Iterable<string>): void {
    const added = new Map<string, Followed>();
    for (const address of addresses) {
      if (this.#followed.has(address)) continue;
      const nexthop = this.#report.known.get(address) ?? { kind: 'unresolved' };
      added.set(address, { path: this.#pathTo(address), nexthop });
    }
    this.#need([...added.values()]);
    for (const [address, followed] of added) {
      followed.nexthop = this.#nexthop(followed);
      this.#followed.set(address, followed);
      this.#report.changed(address, followed.nexthop);
    }
    if (added.size > 0) this.#users = undefined;
  }

  /** Stops following every address that is not in `wanted`, and gives back the neighbours nobody needs now. */
  keepOnly(wanted: ReadonlySet<string>): void {
    const before = this.#followed.size;
    for (const address of this.#followed.keys()) if (!wanted.has(address)) this.#followed.delete(address);
    if (this.#followed.size === before && this.#isTidy) return;
    this.#isTidy = true;
    this.#users = undefined;
    this.#releaseUnneeded();
  }

  nexthop(address: string): Nexthop {
    return this.#followed.get(address)?.nexthop ?? { kind: 'unresolved' };
  }

  /** The followed addresses that have no usable route, and why. */
  unreachable(): Map<string, string> {
    const reasons = new Map<string, string>();
    for (const [address, { path }] of this.#followed)
      if (path.kind === 'none') reasons.set(address, path.reason);
    return reasons;
  }

  /** A neighbour entry changed. */
  take({ kind: _kind, removed, ...neighbour }: HostEvent & { kind: 'neighbour' }): void {
    const key = keyOf(neighbour);
    if (removed) this.#table.delete(key);
    else this.#table.set(key, neighbour);
    const needed = this.#needed.get(key);
    if (needed === undefined) return;
    if (removed) this.#askAgain(needed);
    for (const address of this.#usersOf(key)) {
      const followed = this.#followed.get(address);
      if (followed !== undefined) this.#update(address, followed);
    }
  }

  /** A link changed: its MAC is the source of frames, its MTU limits them, and its coming up revives neighbours. */
  linkChanged(index: number, { cameUp }: { readonly cameUp: boolean }): void {
    if (cameUp) for (const needed of this.#needed.values()) if (needed.index === index) this.#ask(needed);
    for (const [address, followed] of this.#followed)
      if (followed.path.kind === 'neighbour' && followed.path.index === index)
        this.#update(address, followed);
  }

  /** Asks for every route again; neighbours of the old paths go only when the new ones are asked for. */
  routesChanged(): void {
    const moved: [address: string, followed: Followed][] = [];
    for (const [address, followed] of this.#followed) {
      const path = this.#pathTo(address);
      if (samePath(path, followed.path)) continue;
      followed.path = path;
      this.#users = undefined;
      moved.push([address, followed]);
    }
    this.#need(moved.map(([, followed]) => followed));
    for (const [address, followed] of moved) this.#update(address, followed);
    this.#releaseUnneeded();
  }

  /** Messages were lost: reads routes and the neighbour table again. */
  refresh(): void {
    this.#readTable();
    this.routesChanged();
    for (const [address, followed] of this.#followed) this.#update(address, followed);
  }

  /** Begins a round: asks again for neighbours that have no usable MAC, a limited number in turn. */
  askUnresolved(): void {
    this.#asksLeft = ASKS_A_ROUND;
    const unresolved = [...this.#needed].filter(([key]) => {
      const neighbour = this.#table.get(key);
      return neighbour === undefined || !isResolved(neighbour);
    });
    const from = this.#nextRound < unresolved.length ? this.#nextRound : 0;
    const chosen = unresolved.slice(from, from + ASKS_A_ROUND);
    this.#nextRound = from + chosen.length;
    for (const [, needed] of chosen) this.#askAgain(needed);
  }

  /** Whether the kernel refused or dropped neighbours since the last call because its table is full. */
  pressure(): { readonly crowded: boolean } {
    const crowded = this.#noRoom || this.#dropped > ASKS_A_ROUND;
    this.#noRoom = false;
    this.#dropped = 0;
    return { crowded };
  }

  /** Asks again for the neighbours that the kernel does not keep resolved by itself. */
  askProbed(): void {
    for (const needed of this.#needed.values()) if (needed.how !== 'managed') this.#ask(needed);
  }

  /** Gives every neighbour back to the kernel. */
  release(): void {
    this.keepOnly(new Set());
  }

  #pathTo(address: string): Path {
    try {
      return pathOf(address, this.#netlink.route(address));
    } catch (error) {
      return { kind: 'none', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #need(followed: readonly Followed[]): void {
    const added = new Map<string, Needed>();
    for (const { path } of followed) {
      if (path.kind !== 'neighbour' || this.#needed.has(keyOf(path))) continue;
      added.set(keyOf(path), { index: path.index, address: path.address, how: 'failed' });
    }
    this.#report.kept.add(...[...added.values()].map(({ index, address }) => ({ index, address })));
    for (const [key, needed] of added) {
      this.#needed.set(key, needed);
      this.#ask(needed);
    }
  }

  #askAgain(needed: Needed): void {
    if (this.#asksLeft === 0) {
      this.#dropped++;
      return;
    }
    this.#asksLeft--;
    this.#ask(needed);
  }

  #usersOf(key: string): readonly string[] {
    this.#users ??= this.#findUsers();
    return this.#users.get(key) ?? [];
  }

  #findUsers(): Map<string, string[]> {
    const users = new Map<string, string[]>();
    for (const [address, { path }] of this.#followed) {
      if (path.kind !== 'neighbour') continue;
      const key = keyOf(path);
      const known = users.get(key);
      if (known === undefined) users.set(key, [address]);
      else known.push(address);
    }
    return users;
  }

  /** A refusal (the link is down or has just gone) is no end: askUnresolved comes back to it. */
  #ask(needed: Needed): void {
    try {
      needed.how = this.#netlink.ensureNeighbour(needed.index, needed.address);
    } catch (error) {
      needed.how = 'failed';
      if ((error as { readonly errno?: number }).errno === ENOBUFS) this.#noRoom = true;
    }
  }

  /** Those of an earlier process included. */
  #releaseUnneeded(): void {
    const paths = [...this.#followed.values()].map(({ path }) => path);
    const inUse = new Set(paths.flatMap((path) => (path.kind === 'neighbour' ? [keyOf(path)] : [])));
    const unneeded = this.#report.kept.all().filter((kept) => !inUse.has(keyOf(kept)));
    for (const { index, address } of unneeded) {
      this.#needed.delete(keyOf({ index, address }));
      try {
        this.#netlink.releaseNeighbour(index, address);
      } catch {
        // The link went, and the neighbour with it.
      }
    }
    this.#report.kept.delete(...unneeded);
  }

  #nexthop({ path, nexthop }: Followed): Nexthop {
    const neighbour = path.kind === 'neighbour' ? this.#table.get(keyOf(path)) : undefined;
    const link = path.kind === 'neighbour' ? this.#links.byIndex(path.index) : undefined;
    return nexthopOf(path, { link, neighbour }, nexthop);
  }

  #update(address: string, followed: Followed): void {
    const nexthop = this.#nexthop(followed);
    if (sameNexthop(nexthop, followed.nexthop)) return;
    followed.nexthop = nexthop;
    this.#report.changed(address, nexthop);
  }

  #readTable(): void {
    this.#table = new Map(this.#netlink.neighbours().map((neighbour) => [keyOf(neighbour), neighbour]));
  }
}
