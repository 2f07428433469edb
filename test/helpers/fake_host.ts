/** A host that only exists in memory: links, addresses, routes, neighbours, tables; and everything done to it. */
import type {
  Addon,
  AddressFilter,
  AfXdpCounts,
  Announcement,
  Attachment,
  DataplaneSettings,
  FilteredAddress,
  Forwarder,
  HostAddress,
  HostEvent,
  Link,
  MacvlanSpec,
  MarkRule,
  Neighbour,
  Netlink,
  Nexthop,
  Route,
  RouteSpec,
  RuleSpec,
  TableLimits,
  VirtualServerKey,
  VirtualServerSpec,
  VirtualServerState,
  VrrpListener,
  VrrpSocketOptions,
} from '../../src/addon/addon.ts';
import { nameOf } from '../../src/dataplane/difference.ts';
import { FakeNetwork } from './fake_network.ts';

export function linkOf(index: number, name: string, changes: Partial<Link> = {}): Link {
  const mac = `02:00:00:00:00:0${index}`;
  return { index, name, mac, up: true, running: true, loopback: false, mtu: 1500, type: 'veth', ...changes };
}

export const noCounters = { connections: 0, packets: 0, bytes: 0 } as const;

const noTemplates = { slots: 1_024, used: 0, evicted: 0, refused: 0 } as const;

/** What the tables show for a spec before any packet came. */
export const noAfXdpCounts: AfXdpCounts = {
  receiveFull: 0,
  fillEmpty: 0,
  receiveOther: 0,
  transmitFull: 0,
  transmitFailed: 0,
  handedBack: 0,
  handbackLost: 0,
  sentSlowly: 0,
  held: 0,
};

export function tableOf(
  spec: VirtualServerSpec,
  nexthop: Nexthop = { kind: 'unresolved' },
): VirtualServerState {
  return {
    ...spec,
    ...noCounters,
    zeroed: noCounters,
    destinations: spec.destinations.map((one) => ({
      ...one,
      ...noCounters,
      active: 0,
      inactive: 0,
      persistent: 0,
      overloaded: false,
      zeroed: noCounters,
      gone: false,
      nexthop,
    })),
  };
}

const unusual = (mtu: number | undefined) => (mtu === undefined || mtu === 1500 ? '' : `, mtu ${mtu}`);

export class FakeHost {
  readonly done: string[] = [];
  /** What its VRRP sockets are on. */
  readonly network: FakeNetwork;
  links: Link[] = [linkOf(1, 'lo', { loopback: true, mac: '' }), linkOf(2, 'eth0'), linkOf(3, 'eth1')];
  addresses: HostAddress[] = [{ index: 2, address: '10.0.0.254', prefix: 24 }];
  neighbours: Neighbour[] = [];
  /** What the address filter drops. */
  filtered: FilteredAddress[] = [];
  /** Any other address is on eth0's link. */
  routes = new Map<string, Route>();
  neighbourUpkeep: 'managed' | 'probed' = 'managed';
  tables: VirtualServerState[] = [];
  /** Lines, stretch by stretch. */
  connections: readonly (readonly string[])[] = [];
  attached = new Map<number, Attachment>();
  adopted = false;
  /** As the forwarder was made. */
  limits: TableLimits | undefined;
  /** What they were set to, one after the other; not in `done`, since every first wish sets them. */
  readonly settings: DataplaneSettings[] = [];
  readonly markRules: (readonly MarkRule[])[] = [];
  lockedBy: number | undefined;
  tablesLockedBy: number | undefined;
  /** Throws when the forwarder is asked for this, by the text in `done`. */
  failing = new Set<string>();
  /** The dataplane worker does not answer this message. */
  hangsAt: string | undefined;
  #listeners = new Set<(events: HostEvent[]) => void>();

  constructor(network: FakeNetwork = new FakeNetwork()) {
    this.network = network;
  }

  /** The kernel reports these. */
  tell(...events: HostEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }

  /** Forgets what was done so far. */
  takeDone(): string[] {
    return this.done.splice(0);
  }

  did(what: string): void {
    this.done.push(what);
    this.#mayFail(what);
  }

  /** One frame after another counts up. */
  #announced(address: string, index: number): void {
    const what = `announce ${address} on ${index}`;
    const [, before] = new RegExp(`^${what} (\\d+) times$`).exec(this.done.at(-1) ?? '') ?? [];
    if (before !== undefined) this.done.pop();
    this.did(`${what} ${Number(before ?? 0) + 1} times`);
  }

  #mayFail(what: string): void {
    if (this.failing.has(what)) throw new Error(`Cannot ${what}: no`);
  }

  addon(): Addon {
    const host = this;
    const netlink = (): Netlink => this.#netlink();
    const forwarder = (): Forwarder => this.#forwarder();
    const used: Partial<Addon> = {
      // Plain functions that return an object stand for classes: `new` takes what they return.
      Netlink: function FakeNetlink() {
        return netlink();
      } as unknown as Addon['Netlink'],
      NetlinkMonitor: function FakeMonitor(listener: (events: HostEvent[]) => void) {
        host.#listeners.add(listener);
        return { close: () => host.#listeners.delete(listener) };
      } as unknown as Addon['NetlinkMonitor'],
      Forwarder: function FakeForwarder({ limits }: { limits: TableLimits }) {
        host.limits = limits;
        return forwarder();
      } as unknown as Addon['Forwarder'],
      removePins: (directory) => {
        host.did(`remove pins ${directory}`);
        host.tables = [];
        host.attached.clear();
        return [directory];
      },
      attachPass: (index) => host.did(`attach pass to ${index}`),
      announce: (index, address, count) => host.did(`announce ${address} on ${index} ${count} times`),
      Announcer: function FakeAnnouncer() {
        return {
          send: ({ address, index }: Announcement) => host.#announced(address, index),
          close: () => undefined,
        };
      } as unknown as Addon['Announcer'],
      AddressFilter: function FakeFilter() {
        return host.#filter();
      } as unknown as Addon['AddressFilter'],
      VrrpSocket: function FakeVrrpSocket(options: VrrpSocketOptions, listener: VrrpListener) {
        return host.network.open(options, listener);
      } as unknown as Addon['VrrpSocket'],
      setThreadScheduling: () => undefined,
      lockInstance: () =>
        host.lockedBy === undefined
          ? { lock: { release: () => host.did('release the lock') } }
          : { heldBy: host.lockedBy },
      lockDirectory: () =>
        host.tablesLockedBy === undefined
          ? { lock: { release: () => undefined } }
          : { heldBy: host.tablesLockedBy },
      isBpfFilesystem: () => true,
    };
    // What only tests and benchmarks of the packet path use is left out.
    return used as Addon;
  }

  #netlink(): Netlink {
    const sameAddress = (a: HostAddress) => (b: HostAddress) =>
      a.index === b.index && a.address === b.address && a.prefix === b.prefix;
    return {
      links: () => this.links,
      addresses: () => this.addresses,
      addAddress: (address) => {
        this.did(`add ${address.address}/${address.prefix} to ${address.index}`);
        if (this.addresses.some(sameAddress(address))) return false;
        this.addresses = [...this.addresses, address];
        return true;
      },
      deleteAddress: (address) => {
        this.did(`delete ${address.address}/${address.prefix} from ${address.index}`);
        const before = this.addresses.length;
        this.addresses = this.addresses.filter((other) => !sameAddress(address)(other));
        return this.addresses.length < before;
      },
      route: (address) => this.routes.get(address) ?? { kind: 'unicast', index: 2 },
      ...this.#routing(),
      neighbours: () => this.neighbours,
      ensureNeighbour: (index, address) => {
        this.did(`ensure ${address} on ${index}`);
        return this.neighbourUpkeep;
      },
      releaseNeighbour: (index, address) => this.did(`release ${address} on ${index}`),
      close: () => undefined,
    };
  }

  #filter(): AddressFilter {
    const isSame = (a: FilteredAddress) => (b: FilteredAddress) =>
      a.address === b.address && a.interface === b.interface;
    const named = (all: readonly FilteredAddress[]) =>
      all.map((one) => (one.interface === '' ? one.address : `${one.address}%${one.interface}`)).join(' ');
    return {
      check: () => this.#mayFail('check the filter'),
      addresses: () => this.filtered,
      replace: (all) => {
        this.did(all.length === 0 ? 'filter nothing' : `filter ${named(all)}`);
        this.filtered = [...all];
      },
      add: (some) => {
        this.did(`filter also ${named(some)}`);
        if (this.filtered.length === 0) throw new Error('Cannot change the table: No such file or directory');
        this.filtered = [...this.filtered, ...some];
      },
      remove: (some) => {
        this.did(`filter no more ${named(some)}`);
        this.filtered = this.filtered.filter((one) => !some.some(isSame(one)));
      },
      close: () => undefined,
    };
  }

  #routing() {
    const does = (what: string) => {
      this.did(what);
      return true;
    };
    return {
      addRoute: (route: RouteSpec) => does(`add route ${route.destination}`),
      deleteRoute: (route: RouteSpec) => does(`delete route ${route.destination}`),
      addRule: (rule: RuleSpec) => does(`add rule ${rule.priority}`),
      deleteRule: (rule: RuleSpec) => does(`delete rule ${rule.priority}`),
      addMacvlan: ({ alias, name, parent, mac }: MacvlanSpec) => {
        this.did(`add macvlan ${name} on ${parent} with ${mac}`);
        const index = Math.max(...this.links.map((link) => link.index)) + 1;
        const link = { index, name, mac, up: false, running: false, loopback: false };
        this.links = [
          ...this.links,
          { ...link, mtu: 1500, type: 'macvlan', parent, ...(alias === undefined ? {} : { alias }) },
        ];
        return index;
      },
      deleteLink: (index: number) => {
        this.did(`delete link ${index}`);
        const before = this.links.length;
        this.links = this.links.filter((link) => link.index !== index);
        return this.links.length < before;
      },
      setLinkUp: (index: number, up: boolean) => {
        this.did(`set link ${index} ${up ? 'up' : 'down'}`);
        this.links = this.links.map((link) => (link.index === index ? { ...link, up, running: up } : link));
      },
    } satisfies Partial<Netlink>;
  }

  #forwarder(): Forwarder {
    const isKey = (a: VirtualServerKey) => (b: VirtualServerKey) => nameOf(a) === nameOf(b);
    return {
      adopted: this.adopted,
      attach: (index, mode) => {
        this.did(`attach ${index} ${mode}`);
        const attachment = { index, mode: 'native', adopted: this.attached.has(index) } as const;
        this.attached.set(index, attachment);
        return attachment;
      },
      detach: (index) => {
        this.did(`detach ${index}`);
        return this.attached.delete(index);
      },
      useAfXdp: () => this.did('use AF_XDP'),
      leaveAfXdp: () => undefined,
      holdUnresolved: () => undefined,
      afXdp: () => ({ interfaces: [], holds: false, refused: [], counts: noAfXdpCounts, deaths: 0 }),
      setInterface: ({ index, mac, mtu }) => this.did(`mac ${mac} on ${index}${unusual(mtu)}`),
      attachments: () => [...this.attached.values()],
      setVirtualServer: (spec) => {
        const pool = spec.destinations.map(({ address, weight }) => `${address}=${weight}`).join(' ');
        const members = (spec.members ?? []).map((key) => ` and ${nameOf(key)}`).join('');
        this.did(`set ${nameOf(spec)}${members} ${spec.scheduler}: ${pool}`);
        this.tables = [...this.tables.filter((other) => !isKey(spec)(other)), tableOf(spec)];
      },
      removeVirtualServer: (key) => {
        this.did(`remove ${nameOf(key)}`);
        this.tables = this.tables.filter((other) => !isKey(key)(other));
        return true;
      },
      setNexthop: (address, nexthop) =>
        this.did(
          nexthop.kind === 'link'
            ? `nexthop ${address}: ${nexthop.mac} on ${nexthop.index}${unusual(nexthop.mtu)}`
            : `nexthop ${address}: ${nexthop.kind}`,
        ),
      virtualServers: () => this.tables,
      verdicts: () => [{ name: 'FORWARDED', action: 'forward', meaning: 'sent', packets: 0 }],
      flows: () => ({ slots: 2_000, used: 0, sweeps: 0, expired: 0, evicted: 0, templates: noTemplates }),
      setMarkRules: (rules) => {
        this.#mayFail('set mark rules');
        this.markRules.push(rules);
      },
      setSettings: (settings) => {
        this.#mayFail('set settings');
        this.settings.push(settings);
      },
      zero: (key) => {
        this.did(key === undefined ? 'zero everything' : `zero ${nameOf(key)}`);
        return key === undefined || this.tables.some(isKey(key));
      },
      connections: (stretch) => {
        const lines = this.connections[stretch];
        return lines && new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
      },
      startTrace: ({ terms }) => this.did(`trace ${JSON.stringify(terms)}`),
      renewTrace: () => ({ limited: 0, lost: 0 }),
      stopTrace: () => this.did('trace no more'),
      startSweeper: () => undefined,
      stopSweeper: () => undefined,
      close: () => this.did('close the tables'),
    };
  }
}
