/** Pure: which interfaces the packet path belongs on. */
import type { HostAddress, Link } from '../addon/addon.ts';
import type { WantedInterfaces } from './messages.ts';

export interface ChosenInterfaces {
  readonly links: readonly Link[];
  /** What was asked for and cannot be had at the moment, one sentence each. */
  readonly problems: readonly string[];
}

/** The named interfaces, and those that hold one of the addresses. A loopback interface is never chosen. */
export function chooseInterfaces(
  wanted: WantedInterfaces,
  host: { readonly links: readonly Link[]; readonly addresses: readonly HostAddress[] },
): ChosenInterfaces {
  const chosen = new Map<number, Link>();
  const problems: string[] = [];
  for (const name of wanted.names) {
    const link = host.links.find((candidate) => candidate.name === name);
    if (link === undefined)
      problems.push(`Interface ${name} does not exist: traffic that arrives on it is not balanced`);
    else chosen.set(link.index, link);
  }
  for (const address of wanted.addresses) {
    const indexes = new Set(
      host.addresses.filter((held) => held.address === address).map(({ index }) => index),
    );
    const holders = host.links.filter(({ index, loopback }) => indexes.has(index) && !loopback);
    if (holders.length === 0)
      problems.push(
        `No interface holds ${address}: put it in a vrrp_instance, unless it is routed to this host`,
      );
    for (const link of holders) chosen.set(link.index, link);
  }
  return { links: [...chosen.values()], problems };
}
