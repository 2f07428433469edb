/**
 * All vrrp_instances of a director, and the addresses they brought to the host. Exactly what xlb added is removed
 * again, also when it was added by a process that died since.
 */
import { reasonOf } from '../base/errors.ts';
import type { Config, VrrpInstanceConfig } from '../config/model.ts';
import { Instance, type InstanceShell } from './instance.ts';
import { describe, keyOf, type OwnedAddress } from './owned_addresses.ts';

export class Instances {
  readonly #shell: InstanceShell;
  readonly #running = new Map<string, Instance>();

  constructor(shell: InstanceShell) {
    this.#shell = shell;
  }

  configs(): VrrpInstanceConfig[] {
    return [...this.#running.values()].map(({ config }) => config);
  }

  /** Starts what is new and brings up added addresses; nothing goes yet, so that a reload leaves no gap. */
  add({ vrrpInstances }: Config): void {
    for (const config of vrrpInstances) {
      const running = this.#running.get(config.name);
      if (running !== undefined) {
        running.change(config, config.garp);
        continue;
      }
      const instance = new Instance(config, config.garp, this.#shell);
      this.#running.set(config.name, instance);
      instance.becomeMaster();
    }
  }

  /** Ends instances that are no longer configured, and removes owned addresses that no instance has now. */
  removeOthers({ vrrpInstances }: Config): void {
    const wanted = new Set(vrrpInstances.map(({ name }) => name));
    for (const [name, instance] of this.#running) {
      if (wanted.has(name)) continue;
      instance.stop();
      this.#running.delete(name);
    }
    const removed = this.#removeOwned(
      new Set(vrrpInstances.flatMap(({ addresses }) => addresses.map(keyOf))),
    );
    // With the first address of a subnet Linux removes the others of it, unless promote_secondaries is set.
    if (removed > 0) for (const instance of this.#running.values()) instance.restore();
  }

  /** An interface came up: its addresses are there again, and the network hears of it. */
  interfaceUp(name: string): void {
    for (const instance of this.#running.values())
      if (instance.config.addresses.some((address) => address.interface === name)) instance.restore(name);
  }

  /** An address went. */
  addressGone(gone: OwnedAddress): void {
    for (const instance of this.#running.values()) instance.addressGone(gone);
  }

  /** Removes every address that xlb added. */
  stop(): void {
    for (const instance of this.#running.values()) instance.stop();
    this.#running.clear();
    this.#removeOwned(new Set());
  }

  /** How many. */
  #removeOwned(keep: ReadonlySet<string>): number {
    const { log, netlink, owned } = this.#shell;
    const links = netlink.links();
    const removed: OwnedAddress[] = [];
    for (const one of owned.all()) {
      if (keep.has(keyOf(one))) continue;
      const { interface: name, address, prefix } = one;
      const link = links.find((candidate) => candidate.name === name);
      try {
        // With its interface, an address is gone as well.
        if (link !== undefined) netlink.deleteAddress({ index: link.index, address, prefix });
        removed.push(one);
        log.info(`Removed ${describe(one)}`);
      } catch (error) {
        log.warn(`Cannot remove ${describe(one)}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...removed);
    return removed.length;
  }
}
