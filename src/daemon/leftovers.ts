/**
 * What an instance leaves on a host when its process dies: pins (and with them the programs on the interfaces),
 * virtual addresses, neighbours kept resolved, files. Removed here in one go, without a worker or a running daemon.
 */
import { existsSync } from 'node:fs';
import type { Addon, Netlink } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import { forwardingLogger } from '../base/forward_log.ts';
import { keptNeighbours } from '../host/kept_neighbours.ts';
import { removeMacvlans } from '../vrrp/macvlans.ts';
import { describe, type OwnedAddress, ownedAddresses } from '../vrrp/owned_addresses.ts';
import { describeRouting, ownedRouting, RoutingKeeper } from '../vrrp/routing_keeper.ts';
import type { InstancePaths } from './paths.ts';
import { removePinRoot, removeRunFiles } from './run_directory.ts';

const silent = forwardingLogger(() => undefined);

export interface Cleared {
  /** One phrase each: '10.0.0.1/32 on eth0', or a path. */
  readonly removed: readonly string[];
  readonly problems: readonly string[];
}

/** True where nothing of the instance is on the host, so that nothing need be loaded to clear it. */
export function isClean({
  addressesFile,
  lockFile,
  neighboursFile,
  pinDirectory,
  routingFile,
  socket,
}: InstancePaths): boolean {
  return ![pinDirectory, addressesFile, routingFile, neighboursFile, lockFile, socket].some((path) =>
    existsSync(path),
  );
}

/** Addresses first: traffic should go elsewhere before nobody forwards it. */
export function removeLeftovers(addon: Addon, paths: InstancePaths): Cleared {
  const removed: string[] = [];
  const problems: string[] = [];
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      problems.push(reasonOf(error));
    }
  };
  attempt(() => undoOnHost(addon, paths, removed));
  attempt(() => removed.push(...addon.removePins(paths.pinDirectory)));
  removePinRoot(paths);
  removed.push(...removeRunFiles(paths));
  return { removed, problems };
}

/** Only the virtual addresses: what still comes to this host is forwarded on. */
export function removeAddresses(addon: Addon, { addressesFile }: InstancePaths): Cleared {
  const netlink = new addon.Netlink();
  try {
    return { removed: removeOwned(netlink, addressesFile), problems: [] };
  } catch (error) {
    return { removed: [], problems: [reasonOf(error)] };
  } finally {
    netlink.close();
  }
}

function removeRouting(netlink: Netlink, routingFile: string): string[] {
  const owned = ownedRouting(routingFile);
  const all = owned.all().map(describeRouting);
  new RoutingKeeper({ netlink, owned, log: silent }).remove(() => true);
  return all;
}

function removeOwned(netlink: Netlink, addressesFile: string): string[] {
  const owned = ownedAddresses(addressesFile);
  const removed = deleteFrom(netlink, owned.all()).map(describe);
  owned.delete(...owned.all());
  return removed;
}

function undoOnHost(
  addon: Addon,
  { addressesFile, instance, neighboursFile, routingFile }: InstancePaths,
  removed: string[],
): void {
  const kept = keptNeighbours(neighboursFile);
  const netlink = new addon.Netlink();
  try {
    removed.push(...removeRouting(netlink, routingFile));
    removed.push(...removeOwned(netlink, addressesFile));
    removeMacvlans(netlink, instance);
    for (const { index, address } of kept.all()) netlink.releaseNeighbour(index, address);
    kept.delete(...kept.all());
  } finally {
    netlink.close();
  }
}

/** Those that were there; with its interface, an address is gone as well. */
function deleteFrom(netlink: Netlink, owned: readonly OwnedAddress[]): OwnedAddress[] {
  const links = netlink.links();
  return owned.filter(({ interface: name, address, prefix }) => {
    const link = links.find((candidate) => candidate.name === name);
    return link !== undefined && netlink.deleteAddress({ index: link.index, address, prefix });
  });
}
