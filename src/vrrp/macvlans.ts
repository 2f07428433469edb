/**
 * use_vmac: the addresses of a virtual router are on an interface of their own with the virtual router's MAC address
 * (RFC 5798 §7.3), a macvlan. It is there as long as the instance is, backup or master.
 */
import type { Netlink } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { Sysctl } from '../host/sysctl.ts';

/** Whose it is, after a crash: `ip link` shows it. */
export function aliasOf(owner: string): string {
  return `xlb:${owner}`;
}

/** The instance with its addresses where they belong: on its macvlan, where it has one. */
export function onMacvlan<Config extends VrrpInstanceConfig>(config: Config): Config {
  const { addresses, interface: own, vmac } = config;
  if (vmac === undefined) return config;
  return {
    ...config,
    addresses: addresses.map((one) => (one.interface === own.name ? { ...one, interface: vmac.name } : one)),
  };
}

type LinkNetlink = Pick<Netlink, 'links' | 'addMacvlan' | 'deleteLink' | 'setLinkUp'>;

export interface MacvlansShell {
  readonly netlink: LinkNetlink;
  readonly log: Logger;
  /** The director's instance. */
  readonly owner: string;
  readonly sysctl: Sysctl;
}

export class Macvlans {
  readonly #shell: MacvlansShell;
  /** arp_ignore of the interfaces below, as it was. */
  readonly #before = new Map<string, string>();

  constructor(shell: MacvlansShell) {
    this.#shell = shell;
  }

  /** Makes those that are missing, where their interface is there. True where the links are others now. */
  ensure(configs: readonly VrrpInstanceConfig[]): boolean {
    const wanted = configs.filter(({ vmac }) => vmac !== undefined);
    if (wanted.length === 0) return false;
    const { log, netlink, owner } = this.#shell;
    const links = new Map(netlink.links().map((link) => [link.name, link]));
    let changed = false;
    for (const { interface: own, name, vmac } of wanted) {
      const parent = links.get(own.name);
      if (vmac === undefined || parent === undefined) continue;
      try {
        const present = links.get(vmac.name);
        if (present !== undefined && (present.mac !== vmac.mac || present.parent !== parent.index)) {
          log.error(`(${name}) Cannot use ${vmac.name} as its macvlan: an interface of that name is there`);
          continue;
        }
        const { group } = vmac;
        const index =
          present?.index ??
          netlink.addMacvlan({
            name: vmac.name,
            parent: parent.index,
            mac: vmac.mac,
            alias: aliasOf(owner),
            ...(group === undefined ? {} : { group }),
          });
        if (present?.up === true) continue;
        this.#answerApart(own.name, vmac.name);
        netlink.setLinkUp(index, true);
        changed = true;
      } catch (error) {
        log.error(`(${name}) Cannot make macvlan ${vmac.name}: ${reasonOf(error)}`);
      }
    }
    return changed;
  }

  /** Each answers ARP for its own addresses only: else the interface below answers for the virtual ones, too. */
  #answerApart(below: string, macvlan: string): void {
    const { sysctl } = this.#shell;
    const setting = (name: string, what: string) => `net/ipv4/conf/${name}/${what}`;
    if (!this.#before.has(below)) this.#before.set(below, sysctl.read(setting(below, 'arp_ignore')));
    for (const name of [below, macvlan]) sysctl.write(setting(name, 'arp_ignore'), '1');
    sysctl.write(setting(macvlan, 'rp_filter'), '0');
    sysctl.write(setting(macvlan, 'accept_local'), '1');
  }

  /** Removes those that are this director's and not wanted any more. */
  removeOthers(configs: readonly VrrpInstanceConfig[]): void {
    const wanted = new Set(configs.map(({ vmac }) => vmac?.name));
    for (const problem of removeMacvlans(this.#shell.netlink, this.#shell.owner, (name) => !wanted.has(name)))
      this.#shell.log.warn(problem);
    const below = new Set(configs.filter(({ vmac }) => vmac !== undefined).map((one) => one.interface.name));
    for (const [name, value] of this.#before) {
      if (below.has(name)) continue;
      this.#before.delete(name);
      try {
        this.#shell.sysctl.write(`net/ipv4/conf/${name}/arp_ignore`, value);
      } catch {
        // With its interface, the setting went.
      }
    }
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
