/** The addresses of this network namespace, read once and kept right by what the kernel reports. */
import type { HostAddress, HostEvent, Netlink } from '../addon/addon.ts';

export class Addresses {
  readonly #netlink: Netlink;
  #all = new Map<string, HostAddress>();

  constructor(netlink: Netlink) {
    this.#netlink = netlink;
    this.refresh();
  }

  refresh(): void {
    this.#all = new Map(this.#netlink.addresses().map((address) => [key(address), address]));
  }

  take({ kind: _kind, removed, ...address }: HostEvent & { kind: 'address' }): void {
    if (removed) this.#all.delete(key(address));
    else this.#all.set(key(address), address);
  }

  all(): HostAddress[] {
    return [...this.#all.values()];
  }
}

function key({ index, address, prefix }: HostAddress): string {
  return `${index} ${address}/${prefix}`;
}
