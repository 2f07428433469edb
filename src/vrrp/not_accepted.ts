/**
 * Virtual addresses that are held and not accepted (no_accept; RFC 5798 §6.1, Accept_Mode): what comes for them is
 * dropped by a table of nf_tables. The invariant: no such address is on the host without being in the table. So it
 * comes in before the address is added and goes out after that is gone, and the table outlives a daemon that dies.
 */
import type { AddressFilter, FilteredAddress } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { keyOf, type OwnedAddress } from './owned_addresses.ts';

const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;

export interface NotAcceptedShell {
  readonly filter: AddressFilter;
  readonly log: Logger;
}

/** The table of a director's instance. */
export function filterTable(instance: string): string {
  return `xlb_${instance}`;
}

export class NotAccepted {
  readonly #shell: NotAcceptedShell;
  /** What the table is to hold, and for which addresses of the host: one may be on two interfaces. */
  readonly #closed = new Map<string, { readonly element: FilteredAddress; readonly for: Set<string> }>();
  #isThere = false;
  /** This process made it: it has not only been found. */
  #isOurs = false;

  constructor(shell: NotAcceptedShell) {
    this.#shell = shell;
  }

  /** Goes on with the table that an earlier process left, as far as `owned` are still on the host. */
  adopt(owned: readonly OwnedAddress[]): void {
    const found = this.#left();
    this.#isThere = found.length > 0;
    const left = new Set(found.map(nameOf));
    this.#note(owned.filter((one) => left.has(nameOf(elementOf(one)))));
  }

  /** The table is as it should be, also where somebody flushed it; `names` do not accept, now or when they hold. */
  restore(names: readonly string[]): void {
    if ((this.#isThere || this.#closed.size > 0) && !(this.#isOurs && this.#isWhole())) this.#replace();
    if (names.length === 0) return;
    const { filter, log } = this.#shell;
    try {
      filter.check();
    } catch (error) {
      log.error(
        `Cannot drop packets to the addresses of ${names.join(', ')}, as no_accept says: ${reasonOf(error)}. ` +
          'They are taken while this director is master. Load nf_tables (modprobe nf_tables; CONFIG_NF_TABLES and ' +
          'CONFIG_NF_TABLES_INET in the kernel), or write `accept` into the instance',
      );
    }
  }

  /** To be called before they are on the host. */
  close(addresses: readonly OwnedAddress[]): void {
    const news = this.#note(addresses);
    if (news.length === 0) return;
    const { filter } = this.#shell;
    if (!this.#isThere) this.#replace();
    else this.#change(() => filter.add(news));
  }

  /** To be called after they are gone, or for those that may be accepted from now on. */
  open(addresses: readonly OwnedAddress[]): void {
    const going: FilteredAddress[] = [];
    for (const one of addresses) {
      const name = nameOf(elementOf(one));
      const closed = this.#closed.get(name);
      if (closed?.for.delete(keyOf(one)) !== true || closed.for.size > 0) continue;
      this.#closed.delete(name);
      going.push(closed.element);
    }
    if (going.length === 0) return;
    const { filter } = this.#shell;
    if (this.#closed.size === 0) this.#replace();
    else this.#change(() => filter.remove(going));
  }

  /** Those that the table did not have to hold before. */
  #note(addresses: readonly OwnedAddress[]): FilteredAddress[] {
    const news: FilteredAddress[] = [];
    for (const one of addresses) {
      const element = elementOf(one);
      const closed = this.#closed.get(nameOf(element));
      closed?.for.add(keyOf(one));
      if (closed !== undefined) continue;
      this.#closed.set(nameOf(element), { element, for: new Set([keyOf(one)]) });
      news.push(element);
    }
    return news;
  }

  #isWhole(): boolean {
    const there = new Set(this.#left().map(nameOf));
    return there.size === this.#closed.size && [...this.#closed.keys()].every((name) => there.has(name));
  }

  #left(): FilteredAddress[] {
    try {
      return this.#shell.filter.addresses();
    } catch {
      // A kernel without nf_tables: whoever needs it is told by restore().
      return [];
    }
  }

  /** A table that is not as we left it (flushed, deleted) is made anew. */
  #change(change: () => void): void {
    try {
      change();
    } catch {
      this.#replace();
    }
  }

  #replace(): void {
    const { filter, log } = this.#shell;
    const elements = [...this.#closed.values()].map(({ element }) => element);
    try {
      filter.replace(elements);
      this.#isThere = elements.length > 0;
      this.#isOurs = true;
    } catch (error) {
      // What it holds now nobody knows: the next change makes it anew.
      this.#isThere = false;
      this.#isOurs = false;
      const what = elements.map(({ address }) => address).join(', ');
      log.error(
        elements.length === 0
          ? `Cannot accept packets again that no_accept dropped: ${reasonOf(error)}`
          : `Cannot drop packets to ${what}, as no_accept says: they are taken: ${reasonOf(error)}`,
      );
    }
  }
}

/** A link-local address is one per link; any other is the host's, whatever interface it is on. */
function elementOf({ address, interface: name }: OwnedAddress): FilteredAddress {
  return { address, interface: LINK_LOCAL.test(address) ? name : '' };
}

function nameOf({ address, interface: name }: FilteredAddress): string {
  return `${address}%${name}`;
}
