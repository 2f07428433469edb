/**
 * The shell of one vrrp_instance: puts its addresses on the host, announces them, takes them away again. There is
 * no election yet: an instance is master from the moment it is started.
 */
import type { Addon, Netlink, NewAddress } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { GarpConfig, VirtualAddressConfig, VrrpInstanceConfig } from '../config/model.ts';
import { describe, keyOf, type OwnedAddress, type OwnedAddresses } from './owned_addresses.ts';

/** Gratuitous ARPs at once after becoming master, and again after garp_master_delay (RFC 5798 §6.4.1, keepalived). */
export type AnnounceConfig = Pick<GarpConfig, 'masterDelayMs' | 'masterRepeat'>;

export interface InstanceShell {
  readonly netlink: Pick<Netlink, 'links' | 'addresses' | 'addAddress' | 'deleteAddress'>;
  readonly announce: Addon['announce'];
  readonly owned: OwnedAddresses;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Instance {
  readonly #shell: InstanceShell;
  readonly #announcements = new Set<Timer>();
  #config: VrrpInstanceConfig;
  #announce: AnnounceConfig;
  #master = false;

  constructor(config: VrrpInstanceConfig, announce: AnnounceConfig, shell: InstanceShell) {
    this.#config = config;
    this.#announce = announce;
    this.#shell = shell;
  }

  get config(): VrrpInstanceConfig {
    return this.#config;
  }

  /** Brings the addresses up, and says so on the network. */
  becomeMaster(): void {
    this.#shell.log.info(`(${this.#config.name}) Entering MASTER STATE`);
    this.#master = true;
    this.#install(this.#config.addresses);
    this.#announceTwice(this.#config.addresses);
  }

  /** Takes over a changed configuration: new addresses come up; the old ones stay until dropUnwanted. */
  change(config: VrrpInstanceConfig, announce: AnnounceConfig): void {
    this.#config = config;
    this.#announce = announce;
    this.restore();
  }

  /** Puts back what is missing of its addresses; announces those, and all that are on `returned`. */
  restore(returned?: string): void {
    if (!this.#master) return;
    const missing = new Set(this.#missing());
    this.#install([...missing]);
    this.#announceTwice(
      this.#config.addresses.filter((one) => missing.has(one) || one.interface === returned),
    );
  }

  /** Says that an address went which should be there. Someone else took it away: it is theirs to bring back. */
  addressGone(gone: OwnedAddress): void {
    const missing = this.#master && this.#missing().some((one) => keyOf(one) === keyOf(gone));
    if (missing)
      this.#shell.log.warn(
        `(${this.#config.name}) ${describe(gone)} is gone, and not by xlb: a reload brings it back`,
      );
  }

  stop(): void {
    for (const timer of this.#announcements) timer.cancel();
    this.#announcements.clear();
    this.#master = false;
  }

  #missing(): VirtualAddressConfig[] {
    const { netlink } = this.#shell;
    const names = new Map(netlink.links().map(({ index, name }) => [index, name]));
    const present = new Set(
      netlink.addresses().map((one) => keyOf({ ...one, interface: names.get(one.index) ?? '' })),
    );
    return this.#config.addresses.filter((address) => !present.has(keyOf(address)));
  }

  #install(addresses: readonly VirtualAddressConfig[]): void {
    const { log, netlink, owned } = this.#shell;
    this.#makeRoom(addresses);
    const ours = new Set(owned.all().map(keyOf));
    owned.add(...addresses.map(toOwn));
    const notOurs: OwnedAddress[] = [];
    for (const address of addresses) {
      try {
        const isNew = netlink.addAddress(toInstall(indexOf(netlink, address.interface), address));
        if (isNew || ours.has(keyOf(address))) continue;
        // It was there before us, so it stays when we go.
        notOurs.push(address);
        log.info(`(${this.#config.name}) ${describe(address)} is there already and is left as it is`);
      } catch (error) {
        log.error(`(${this.#config.name}) Cannot add ${describe(address)}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...notOurs);
  }

  /** Linux has an IPv6 address once on an interface (ipv6_add_addr): with another prefix, ours goes first. */
  #makeRoom(addresses: readonly VirtualAddressConfig[]): void {
    const { log, netlink, owned } = this.#shell;
    const wanted = addresses.filter(({ address }) => address.includes(':'));
    const inTheWay = owned
      .all()
      .filter((old) =>
        wanted.some(
          (one) =>
            one.interface === old.interface && one.address === old.address && one.prefix !== old.prefix,
        ),
      );
    for (const { interface: name, address, prefix } of inTheWay) {
      try {
        netlink.deleteAddress({ index: indexOf(netlink, name), address, prefix });
      } catch (error) {
        log.error(`(${this.#config.name}) Cannot change the prefix of ${address}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...inTheWay);
  }

  #announceTwice(addresses: readonly VirtualAddressConfig[]): void {
    this.#announceNow(addresses);
    const { masterDelayMs, masterRepeat } = this.#announce;
    if (masterDelayMs === 0 || masterRepeat === 0 || addresses.length === 0) return;
    const timer = this.#shell.clock.setTimer(masterDelayMs, () => {
      this.#announcements.delete(timer);
      // A reload may have taken some of them away meanwhile.
      const current = new Set(this.#config.addresses.map(keyOf));
      this.#announceNow(addresses.filter((address) => current.has(keyOf(address))));
    });
    this.#announcements.add(timer);
  }

  #announceNow(addresses: readonly VirtualAddressConfig[]): void {
    const { announce, log, netlink } = this.#shell;
    const { masterRepeat } = this.#announce;
    if (masterRepeat === 0) return;
    for (const address of addresses) {
      const what = address.address.includes(':') ? 'Unsolicited Neighbour Adverts' : 'gratuitous ARPs';
      log.info(
        `(${this.#config.name}) Sending/queueing ${what} on ${address.interface} for ${address.address}`,
      );
      try {
        announce(indexOf(netlink, address.interface), address.address, masterRepeat);
      } catch (error) {
        log.error(`(${this.#config.name}) Cannot announce ${describe(address)}: ${reasonOf(error)}`);
      }
    }
  }
}

function toOwn({ interface: name, address, prefix }: VirtualAddressConfig): OwnedAddress {
  return { interface: name, address, prefix };
}

/** IPv6: usable at once; a /128 is not preferred as a source, as keepalived does it. */
function toInstall(index: number, config: VirtualAddressConfig): NewAddress {
  const { address, prefix, label, broadcast, scope } = config;
  return {
    index,
    address,
    prefix,
    ...(label === undefined ? {} : { label }),
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(scope === undefined ? {} : { scope }),
    ...(address.includes(':') ? { nodad: true, deprecated: prefix === 128 } : {}),
  };
}

function indexOf(netlink: Pick<Netlink, 'links'>, name: string): number {
  const link = netlink.links().find((candidate) => candidate.name === name);
  if (link === undefined) throw new Error(`interface ${name} does not exist`);
  return link.index;
}
