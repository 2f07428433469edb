/** What a master holds: its addresses, routes and rules; put on the host, announced, put back, taken away. */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { AddressKeeper } from './address_keeper.ts';
import type { Announcer } from './announcer.ts';
import { describe, keyOf, type OwnedAddress } from './owned_addresses.ts';
import { includes, type OwnedRouting, type RoutingKeeper, routingOf } from './routing_keeper.ts';

/** Somebody who takes an address away again and again is not fought faster than this. */
const RESTORE_AGAIN_MS = 1_000;

export interface HeldShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keeper: Pick<AddressKeeper, 'accept' | 'add' | 'close' | 'missing' | 'ownsAny' | 'remove'>;
  readonly routing: Pick<RoutingKeeper, 'add' | 'remove'>;
  readonly announcer: Announcer;
}

export interface HeldOptions extends HeldShell {
  /** It is this instance's to hold them now. */
  readonly isHolder: () => boolean;
  /** Another instance holds it as well: it stays. */
  readonly heldByOthers: (item: OwnedAddress | OwnedRouting) => boolean;
  /** Another instance holds it and does not accept: that stays so. */
  readonly closedByOthers: (address: OwnedAddress) => boolean;
}

export class Held {
  readonly #options: HeldOptions;
  #config: VrrpInstanceConfig;
  #restoredMs = Number.NEGATIVE_INFINITY;
  #restoreLater: Timer | undefined;
  #announceLater: Timer | undefined;

  constructor(config: VrrpInstanceConfig, options: HeldOptions) {
    this.#config = config;
    this.#options = options;
  }

  get routing(): OwnedRouting[] {
    return routingOf(this.#config.routes, this.#config.rules);
  }

  /** New things come up where they are to be held; old ones are the sweep's. */
  reconfigure(config: VrrpInstanceConfig): void {
    const before = this.#config;
    this.#config = config;
    if (!this.#options.isHolder()) return;
    const old = routingOf(before.routes, before.rules);
    this.#options.routing.add(
      config.name,
      this.routing.filter((one) => !includes(old, one)),
    );
    this.#settle();
    const known = new Set(before.addresses.map(keyOf));
    this.restore(config.addresses.filter((address) => !known.has(keyOf(address))));
    this.#refreshSwitches();
  }

  add(): void {
    const { addresses, name } = this.#config;
    this.#options.keeper.add(name, addresses, this.#config);
    this.#settle();
    this.#options.routing.add(name, this.routing);
    this.#refreshSwitches();
  }

  remove(): void {
    const { closedByOthers, heldByOthers, keeper, routing } = this.#options;
    const items = this.routing;
    routing.remove((one) => includes(items, one) && !heldByOthers(one));
    const keys = new Set(this.#config.addresses.map(keyOf));
    keeper.remove((one) => keys.has(keyOf(one)) && !heldByOthers(one));
    // What could not be removed is still owned, and not for this host to take.
    const free = (one: OwnedAddress): boolean => heldByOthers(one) || !keeper.ownsAny([one]);
    keeper.accept(this.#config.addresses.filter((one) => !closedByOthers(one) && free(one)));
  }

  /** Of two who hold an address, the one that does not accept is right, as with keepalived. */
  #settle(): void {
    const { closedByOthers, keeper } = this.#options;
    const { accept, addresses } = this.#config;
    if (accept) keeper.accept(addresses.filter((one) => !closedByOthers(one)));
    else keeper.close(addresses);
  }

  /** An interface has its carrier again: those that look for its addresses hear of them. */
  interfaceUp(name: string, present: ReadonlySet<string>): void {
    const there = this.#config.addresses.filter((address) => address.interface === name);
    this.restore(there, present);
  }

  /** Puts back what is missing of its addresses; announces those and `others`. */
  restore(others: readonly OwnedAddress[] = [], present?: ReadonlySet<string>): void {
    const { isHolder, keeper, routing } = this.#options;
    if (!isHolder()) return;
    const { addresses, garp, name } = this.#config;
    const missing = keeper.missing(addresses, present);
    if (missing.length > 0) {
      keeper.add(name, missing, this.#config);
      // With its source address, a route is gone as well.
      routing.add(name, this.routing);
    }
    const announced = new Set([...missing, ...others].map(keyOf));
    if (announced.size > 0) this.announce(garp.masterRepeat, { chosen: announced });
  }

  /**
   * Addresses went from the host. What should be there is put back, and said where it was not by xlb. `present`: keys
   * of what is there, where that is known already.
   */
  addressesGone(present?: ReadonlySet<string>): void {
    const { clock, isHolder, keeper, log } = this.#options;
    if (!isHolder() || this.#restoreLater !== undefined) return;
    const missing = keeper.missing(this.#config.addresses, present);
    if (missing.length === 0) return;
    const sinceMs = clock.nowMs() - this.#restoredMs;
    if (sinceMs < RESTORE_AGAIN_MS) {
      this.#restoreLater = clock.setTimer(RESTORE_AGAIN_MS - sinceMs, () => {
        this.#restoreLater = undefined;
        this.addressesGone();
      });
      return;
    }
    this.#restoredMs = clock.nowMs();
    for (const address of missing)
      log.warn(`(${this.#config.name}) ${describe(address)} was removed, and not by xlb: it is put back`);
    this.restore([], present);
  }

  /** `chosen`: keys of addresses; all where absent. `limit`: what makes it come again and again. */
  announce(
    repeat: number,
    { chosen, limit }: { readonly chosen?: ReadonlySet<string>; readonly limit?: string } = {},
  ): void {
    const { addresses, garp, name } = this.#config;
    this.#options.announcer.announce({
      name,
      ...(limit === undefined ? {} : { limit }),
      addresses: addresses.filter((address) => chosen?.has(keyOf(address)) ?? true),
      repeat,
      garp,
      stillHeld: (address) =>
        this.#options.isHolder() && this.#config.addresses.some((one) => keyOf(one) === keyOf(address)),
    });
  }

  /** garp_extra_if: where no adverts leave, a switch would forget behind which port the addresses are. */
  #refreshSwitches(): void {
    this.#announceLater?.cancel();
    const { addresses, garp, interface: own, vmac } = this.#config;
    if (garp.extraInterfacesMs === 0) return;
    const speaking = vmac === undefined || vmac.transmitFromBase ? own.name : vmac.name;
    const silent = addresses.filter(
      ({ interface: name, macvlan }) =>
        name !== speaking && (garp.extraInterfacesAll || macvlan !== undefined || name === vmac?.name),
    );
    if (silent.length === 0) return;
    this.#announceLater = this.#options.clock.setTimer(garp.extraInterfacesMs, () => {
      if (!this.#options.isHolder()) return;
      this.announce(1, { chosen: new Set(silent.map(keyOf)) });
      this.#refreshSwitches();
    });
  }

  close(): void {
    this.#announceLater?.cancel();
    this.#announceLater = undefined;
    this.#restoreLater?.cancel();
    this.#restoreLater = undefined;
  }
}
