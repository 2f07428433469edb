/** Pure: which interfaces the packet path belongs on. */
import type { HostAddress, Link } from '../addon/addon.ts';
import type { WantedInterfaces } from './messages.ts';

export interface ChosenInterfaces {
  readonly links: readonly Link[];
  /** What was asked for and cannot be had at the moment, one sentence each. */
  readonly problems: readonly string[];
}

const TOLD_ONE_BY_ONE = 8;

/** The named interfaces, and those that hold one of the addresses. A loopback interface is never chosen. */
export function chooseInterfaces(
  wanted: WantedInterfaces,
  host: { readonly links: readonly Link[]; readonly addresses: readonly HostAddress[] },
): ChosenInterfaces {
  const chosen = new Map<number, Link>();
  const problems: string[] = [];
  for (const name of wanted.names) {
    const link = host.links.find((candidate) => candidate.name === name);
    if (link !== undefined) chosen.set(link.index, link);
    else if (!wanted.awaited?.includes(name))
      problems.push(`Interface ${name} does not exist: traffic that arrives on it is not balanced`);
  }
  const links = new Map(host.links.map((link) => [link.index, link]));
  const held = new Map<string, Link[]>();
  for (const { address, index } of host.addresses) {
    const link = links.get(index);
    if (link !== undefined && !link.loopback) held.set(address, [...(held.get(address) ?? []), link]);
  }
  const nowhere: string[] = [];
  for (const address of wanted.addresses) {
    const holders = held.get(address) ?? [];
    if (holders.length === 0) nowhere.push(address);
    for (const link of holders) chosen.set(link.index, link);
  }
  return { links: [...chosen.values()], problems: [...problems, ...heldNowhere(nowhere)] };
}

/** A group may have thousands of addresses: what is true of all of them is said once. */
function heldNowhere(addresses: readonly string[]): string[] {
  const [first, ...others] = addresses;
  if (others.length >= TOLD_ONE_BY_ONE)
    return [
      `No interface holds ${first} and ${others.length} other addresses of virtual servers: ` +
        'put them in a vrrp_instance, unless they are routed to this host',
    ];
  return addresses.map(
    (address) => `No interface holds ${address}: put it in a vrrp_instance, unless it is routed to this host`,
  );
}
