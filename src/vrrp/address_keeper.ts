/**
 * The virtual addresses on the host. Exactly what xlb added is removed again, also when it was added by a process
 * that died since; what was there before stays.
 */
import type { Netlink, NewAddress } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { VirtualAddressConfig } from '../config/model.ts';
import type { NotAccepted } from './not_accepted.ts';
import { describe, keyOf, type OwnedAddress, type OwnedAddresses } from './owned_addresses.ts';

export interface AddressKeeperShell {
  readonly netlink: Pick<Netlink, 'links' | 'addresses' | 'addAddress' | 'deleteAddress'>;
  readonly owned: OwnedAddresses;
  readonly log: Logger;
  readonly notAccepted: Pick<NotAccepted, 'close' | 'open'>;
}

export class AddressKeeper {
  readonly #shell: AddressKeeperShell;

  constructor(shell: AddressKeeperShell) {
    this.#shell = shell;
  }

  /** True where an earlier process left one of them, or this one added it. */
  ownsAny(addresses: readonly OwnedAddress[]): boolean {
    return addresses.some((address) => this.#shell.owned.has(address));
  }

  /** Keys of all that are on the host: two dumps, to be shared by those who ask at the same time. */
  present(): Set<string> {
    const { netlink } = this.#shell;
    const names = new Map(netlink.links().map(({ index, name }) => [index, name]));
    return new Set(
      netlink.addresses().map((one) => keyOf({ ...one, interface: names.get(one.index) ?? '' })),
    );
  }

  /** Those that are not on the host. */
  missing(
    addresses: readonly VirtualAddressConfig[],
    present: ReadonlySet<string> = this.present(),
  ): VirtualAddressConfig[] {
    return addresses.filter((address) => !present.has(keyOf(address)));
  }

  /** What comes for those that are or will be on the host is dropped. */
  close(addresses: readonly OwnedAddress[]): void {
    this.#shell.notAccepted.close(addresses);
  }

  /** They are on the host for somebody who takes what comes for them, or not for us. */
  accept(addresses: readonly OwnedAddress[]): void {
    this.#shell.notAccepted.open(addresses);
  }

  /** Adds them for the instance of that name; what cannot be added is said, and the others come all the same. */
  add(
    name: string,
    addresses: readonly VirtualAddressConfig[],
    { accept }: { readonly accept: boolean },
  ): void {
    const { log, netlink, notAccepted, owned } = this.#shell;
    if (!accept) notAccepted.close(addresses);
    const replaced = this.#makeRoom(name, addresses);
    const ours = new Set(owned.all().map(keyOf));
    const indexOf = linkIndexes(netlink);
    owned.add(...addresses.map(toOwn));
    const notOurs: OwnedAddress[] = [];
    for (const address of addresses) {
      try {
        const isNew = netlink.addAddress(toInstall(indexOf(address.interface), address));
        if (isNew || ours.has(keyOf(address))) continue;
        // It was there before us, so it stays when we go.
        notOurs.push(address);
        log.info(`(${name}) ${describe(address)} is there already and is left as it is`);
      } catch (error) {
        log.error(`(${name}) Cannot add ${describe(address)}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...notOurs);
    notAccepted.open(replaced);
  }

  /** Removes from the host what nobody here holds; what xlb owns is kept, as somebody may go on with it. */
  removeStale(name: string, addresses: readonly OwnedAddress[]): void {
    const { log, owned } = this.#shell;
    const stale = addresses.filter((one) => !owned.has(one)).map(toOwn);
    if (stale.length === 0) return;
    for (const one of stale)
      log.info(`(${name}) ${describe(one)} is there already and not xlb's: it is stale`);
    owned.add(...stale);
    const keys = new Set(stale.map(keyOf));
    this.remove((one) => keys.has(keyOf(one)));
  }

  /** Removes those that xlb added and `chosen` says; how many. */
  remove(chosen: (address: OwnedAddress) => boolean): number {
    const { log, netlink, notAccepted, owned } = this.#shell;
    const going = owned.all().filter(chosen);
    if (going.length === 0) return 0;
    const links = new Map(netlink.links().map(({ index, name }) => [name, index]));
    const removed: OwnedAddress[] = [];
    for (const one of going) {
      const { interface: name, address, prefix } = one;
      const index = links.get(name);
      try {
        // With its interface, an address is gone as well.
        if (index !== undefined) netlink.deleteAddress({ index, address, prefix });
        removed.push(one);
        log.info(`Removed ${describe(one)}`);
      } catch (error) {
        log.warn(`Cannot remove ${describe(one)}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...removed);
    notAccepted.open(removed);
    return removed.length;
  }

  /**
   * Linux has an IPv6 address once on an interface (ipv6_add_addr): with another prefix, ours goes first. Those that
   * went.
   */
  #makeRoom(name: string, addresses: readonly VirtualAddressConfig[]): OwnedAddress[] {
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
    if (inTheWay.length === 0) return [];
    const indexOf = linkIndexes(netlink);
    for (const { interface: on, address, prefix } of inTheWay) {
      try {
        netlink.deleteAddress({ index: indexOf(on), address, prefix });
      } catch (error) {
        log.error(`(${name}) Cannot change the prefix of ${address}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...inTheWay);
    return inTheWay;
  }
}

function toOwn({ interface: name, address, prefix }: OwnedAddress): OwnedAddress {
  return { interface: name, address, prefix };
}

/** IPv6: usable at once; a /128 is not preferred as a source, as keepalived does it. */
function toInstall(index: number, config: VirtualAddressConfig): NewAddress {
  const { address, prefix, label, broadcast, scope, peer, preferredLifetime } = config;
  const isV6 = address.includes(':');
  return {
    index,
    address,
    prefix,
    ...(label === undefined ? {} : { label }),
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(scope === undefined ? {} : { scope }),
    ...(peer === undefined ? {} : { peer }),
    ...(config.home === true ? { home: true } : {}),
    ...(config.mngTmpAddr === true ? { mngTmpAddr: true } : {}),
    ...(config.noPrefixRoute === true ? { noPrefixRoute: true } : {}),
    ...(config.autoJoin === true ? { autoJoin: true } : {}),
    ...(typeof preferredLifetime === 'number' ? { preferredLifetime } : {}),
    ...(isV6 ? { nodad: config.detectDuplicates !== true } : {}),
    ...(isV6 && preferredLifetime === undefined ? { deprecated: prefix === 128 } : {}),
  };
}

function linkIndexes(netlink: Pick<Netlink, 'links'>): (name: string) => number {
  const indexes = new Map(netlink.links().map(({ index, name }) => [name, index]));
  return (name) => {
    const index = indexes.get(name);
    if (index === undefined) throw new Error(`interface ${name} does not exist`);
    return index;
  };
}
