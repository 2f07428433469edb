/**
 * use_vmac: the addresses of a virtual router are on an interface of their own with the virtual router's MAC address
 * (RFC 5798 §7.3), a macvlan. It is there as long as the instance is, backup or master.
 */
import type { Netlink } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { Sysctl } from '../host/sysctl.ts';
import { type BorrowedSettings, BorrowedSysctls, interfaceSetting } from './borrowed_sysctls.ts';

/** Whose it is, after a crash: `ip link` shows it. */
export function aliasOf(owner: string): string {
  return `xlb:${owner}`;
}

/** The instance with its addresses where they belong: on macvlans, where it has some. */
export function onMacvlan<Config extends VrrpInstanceConfig>(config: Config): Config {
  const { addresses, interface: own, vmac } = config;
  return {
    ...config,
    addresses: addresses.map((one) => {
      const name = one.macvlan?.name ?? (one.interface === own.name ? vmac?.name : undefined);
      return name === undefined ? one : { ...one, interface: name };
    }),
  };
}

interface Wanted {
  /** Of the instance. */
  readonly owner: string;
  readonly parent: string;
  readonly name: string;
  readonly mac: string;
  readonly group?: number;
}

/** Each once. */
function macvlansOf(configs: readonly VrrpInstanceConfig[]): Wanted[] {
  const all = configs.flatMap(({ addresses, interface: own, name: owner, vmac }) => [
    ...(vmac === undefined ? [] : [{ ...vmac, owner, parent: own.name }]),
    ...addresses.flatMap(({ macvlan }) => (macvlan === undefined ? [] : [{ ...macvlan, owner }])),
  ]);
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

/** Their names: they come when the virtual routers start. */
export function macvlanNames(configs: readonly VrrpInstanceConfig[]): string[] {
  return macvlansOf(configs).map(({ name }) => name);
}

type LinkNetlink = Pick<Netlink, 'links' | 'addMacvlan' | 'deleteLink' | 'setLinkUp'>;

export interface MacvlansShell {
  readonly netlink: LinkNetlink;
  readonly log: Logger;
  /** The director's instance. */
  readonly owner: string;
  readonly sysctl: Sysctl;
  readonly borrowed: BorrowedSettings;
}

export class Macvlans {
  readonly #shell: MacvlansShell;
  /** Of the interfaces below. */
  readonly #sysctls: BorrowedSysctls;

  constructor(shell: MacvlansShell) {
    this.#shell = shell;
    this.#sysctls = new BorrowedSysctls(shell.sysctl, { before: shell.borrowed, what: 'arp_ignore' });
  }

  /** Makes those that are missing, where their interface is there. True where the links are others now. */
  ensure(configs: readonly VrrpInstanceConfig[]): boolean {
    const wanted = macvlansOf(configs);
    if (wanted.length === 0) return false;
    const { log, netlink, owner } = this.#shell;
    const links = new Map(netlink.links().map((link) => [link.name, link]));
    let changed = false;
    for (const { group, mac, name, owner: instance, parent: below } of wanted) {
      const parent = links.get(below);
      if (parent === undefined) continue;
      try {
        const present = links.get(name);
        if (present !== undefined && (present.mac !== mac || present.parent !== parent.index)) {
          log.error(`(${instance}) Cannot use ${name} as its macvlan: an interface of that name is there`);
          continue;
        }
        const index =
          present?.index ??
          netlink.addMacvlan({
            name,
            parent: parent.index,
            mac,
            alias: aliasOf(owner),
            ...(group === undefined ? {} : { group }),
          });
        if (present?.up === true) continue;
        this.#answerApart(below, name);
        netlink.setLinkUp(index, true);
        changed = true;
      } catch (error) {
        log.error(`(${instance}) Cannot make macvlan ${name}: ${reasonOf(error)}`);
      }
    }
    return changed;
  }

  /** Each answers ARP for its own addresses only: else the interface below answers for the virtual ones, too. */
  #answerApart(below: string, macvlan: string): void {
    const { sysctl } = this.#shell;
    this.#sysctls.set(below, '1');
    sysctl.write(interfaceSetting(macvlan, 'arp_ignore'), '1');
    sysctl.write(interfaceSetting(macvlan, 'rp_filter'), '0');
    sysctl.write(interfaceSetting(macvlan, 'accept_local'), '1');
  }

  /** Removes those that are this director's and not wanted any more. */
  removeOthers(configs: readonly VrrpInstanceConfig[]): void {
    const macvlans = macvlansOf(configs);
    const wanted = new Set(macvlans.map(({ name }) => name));
    for (const problem of removeMacvlans(this.#shell.netlink, this.#shell.owner, (name) => !wanted.has(name)))
      this.#shell.log.warn(problem);
    this.#sysctls.restoreOthers(new Set(macvlans.map(({ parent }) => parent)));
  }
}

/** What could not be done, one sentence each. */
export function removeMacvlans(
  netlink: Pick<Netlink, 'links' | 'deleteLink'>,
  owner: string,
  chosen: (name: string) => boolean = () => true,
): string[] {
  return netlink.links().flatMap(({ alias, index, name }) => {
    if (alias !== aliasOf(owner) || !chosen(name)) return [];
    try {
      netlink.deleteLink(index);
      return [];
    } catch (error) {
      return [`Cannot remove ${name}: ${reasonOf(error)}`];
    }
  });
}
