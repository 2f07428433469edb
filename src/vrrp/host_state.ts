/** What virtual routers look at of the host: links and addresses, kept right by what the kernel reports. */
import type { HostEvent, Link, Netlink } from '../addon/addon.ts';
import { Addresses } from '../host/addresses.ts';
import { Links } from '../host/links.ts';
import type { HostView } from './faults.ts';
import type { OwnedAddress } from './owned_addresses.ts';

/** What one batch of reports comes to. */
export interface HostChange {
  /** Interfaces that can send and receive again. */
  readonly cameUp: readonly string[];
  /** True for an address that may have gone from the host. */
  readonly mayHaveLost: (address: Pick<OwnedAddress, 'address' | 'prefix'>) => boolean;
}

interface HostShell {
  /** Addresses that are nobody's to speak from, whatever interface they are on. */
  readonly hidden: () => ReadonlySet<string>;
  /** As they count at present. */
  readonly links: () => readonly Link[];
}

export class HostState {
  readonly links: Links;
  readonly #addresses: Addresses;
  readonly #hidden: () => ReadonlySet<string>;
  /** Dozens of virtual routers look at it after each report. */
  #view: HostView | undefined;

  constructor(netlink: Netlink, { hidden, links }: HostShell) {
    this.links = new Links(links);
    this.#addresses = new Addresses(netlink);
    this.#hidden = hidden;
  }

  view(): HostView {
    this.#view ??= this.#look();
    return this.#view;
  }

  /** To be called when `hidden` has another answer. */
  forgetView(): void {
    this.#view = undefined;
  }

  has({ interface: name, address, prefix }: OwnedAddress): boolean {
    const index = this.links.byName(name)?.index;
    return this.#addresses
      .all()
      .some((one) => one.index === index && one.address === address && one.prefix === prefix);
  }

  /** Undefined where the reports are about other things. */
  take(events: readonly HostEvent[]): HostChange | undefined {
    const cameUp: string[] = [];
    const gone = new Set<string>();
    let looked = false;
    let unsure = false;
    for (const event of events)
      switch (event.kind) {
        case 'link': {
          const before = this.links.byIndex(event.index);
          this.links.take(event);
          looked = true;
          if (!event.removed && isUp(event) && (before === undefined || !isUp(before)))
            cameUp.push(event.name);
          break;
        }
        case 'address':
          this.#addresses.take(event);
          looked = true;
          if (event.removed) gone.add(`${event.address}/${event.prefix}`);
          break;
        case 'overrun':
          this.links.refresh();
          this.#addresses.refresh();
          looked = true;
          unsure = true;
          break;
        case 'neighbour':
        case 'route':
          break;
      }
    if (!looked) return undefined;
    this.forgetView();
    return { cameUp, mayHaveLost: ({ address, prefix }) => unsure || gone.has(`${address}/${prefix}`) };
  }

  #look(): HostView {
    const hidden = this.#hidden();
    return {
      link: (name) => this.links.byName(name),
      addresses: this.#addresses.all().filter(({ address }) => !hidden.has(address)),
    };
  }

  /** Of every interface, by name. */
  interfaces(): ReadonlyMap<string, 'up' | 'down'> {
    return new Map(this.links.all().map((link) => [link.name, isUp(link) ? 'up' : 'down']));
  }
}

function isUp({ up, running }: Pick<Link, 'up' | 'running'>): boolean {
  return up && running;
}
