/**
 * What an instance leaves on a host when its process dies: pins (and with them the programs on the interfaces),
 * virtual addresses, neighbours kept resolved, files. Removed here in one go, without a worker or a running daemon.
 */
import { existsSync } from 'node:fs';
import type { Addon, AddressFilter, Netlink } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import { forwardingLogger, type Logger } from '../base/forward_log.ts';
import { keptNeighbours } from '../host/kept_neighbours.ts';
import { kernelSysctl } from '../host/sysctl.ts';
import { borrowedSettings, giveBack } from '../vrrp/borrowed_sysctls.ts';
import { removeMacvlans } from '../vrrp/macvlans.ts';
import { filterTable } from '../vrrp/not_accepted.ts';
import { describe, type OwnedAddress, ownedAddresses } from '../vrrp/owned_addresses.ts';
import { describeRouting, ownedRouting, RoutingKeeper } from '../vrrp/routing_keeper.ts';
import type { InstancePaths } from './paths.ts';
import { removePinRoot, removeRunFiles } from './run_directory.ts';

export interface Cleared {
  /** One phrase each: '10.0.0.1/32 on eth0', or a path. */
  readonly removed: readonly string[];
  readonly problems: readonly string[];
}

/** True where nothing of the instance is on the host, so that nothing need be loaded to clear it. */
export function isClean(paths: InstancePaths): boolean {
  const {
    addressesFile,
    lockFile,
    neighboursFile,
    pinDirectory,
    routingFile,
    socket,
    sysctlsFile,
    vrrpFile,
  } = paths;
  const files = [addressesFile, routingFile, neighboursFile, sysctlsFile, vrrpFile, lockFile, socket];
  return ![pinDirectory, ...files].some((path) => existsSync(path));
}

/** What a stop leaves on the host, as a crash would: the next start takes it over. */
export interface Keep {
  /** -V: virtual addresses, with routes, rules and macvlans. */
  readonly addresses: boolean;
  /** -I: the packet path. */
  readonly forwarding: boolean;
}

export const keepNothing: Keep = { addresses: false, forwarding: false };

/** Addresses first: traffic should go elsewhere before nobody forwards it. */
export function removeLeftovers(addon: Addon, paths: InstancePaths, keep = keepNothing): Cleared {
  const removed: string[] = [];
  const problems: string[] = [];
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      problems.push(reasonOf(error));
    }
  };
  attempt(() => undoOnHost(addon, paths, { removed, problems, keep }));
  if (!keep.forwarding) {
    attempt(() => removed.push(...addon.removePins(paths.pinDirectory)));
    removePinRoot(paths);
  }
  removed.push(...removeRunFiles(paths, keep));
  return { removed, problems };
}

/** Only the virtual addresses: what still comes to this host is forwarded on. */
export function removeAddresses(addon: Addon, paths: InstancePaths): Cleared {
  const netlink = new addon.Netlink();
  const cleared: Clearing = { removed: [], problems: [] };
  try {
    removeOwned(netlink, paths, cleared);
    removeFilter(addon, paths, cleared);
  } catch (error) {
    cleared.problems.push(reasonOf(error));
  } finally {
    netlink.close();
  }
  return cleared;
}

interface Clearing {
  readonly removed: string[];
  readonly problems: string[];
}

function removeRouting(netlink: Netlink, routingFile: string, { removed, problems }: Clearing): void {
  const log = problemsOnly(problems);
  const owned = ownedRouting(routingFile, log);
  const before = owned.all();
  new RoutingKeeper({ netlink, owned, log }).remove(() => true);
  removed.push(...before.filter((item) => !owned.has(item)).map(describeRouting));
}

/** One that resists stays remembered, and keeps no other; with its interface, an address is gone as well. */
function removeOwned(
  netlink: Netlink,
  { addressesFile }: InstancePaths,
  { removed, problems }: Clearing,
): void {
  const owned = ownedAddresses(addressesFile, problemsOnly(problems));
  const links = netlink.links();
  const gone: OwnedAddress[] = [];
  for (const one of owned.all()) {
    const { interface: name, address, prefix } = one;
    const link = links.find((candidate) => candidate.name === name);
    try {
      const wasThere = link !== undefined && netlink.deleteAddress({ index: link.index, address, prefix });
      if (wasThere) removed.push(describe(one));
      gone.push(one);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  owned.delete(...gone);
}

/** After the addresses; while one resists, what comes for it is dropped on. */
function removeFilter(addon: Addon, { addressesFile, instance }: InstancePaths, clearing: Clearing): void {
  if (ownedAddresses(addressesFile, problemsOnly(clearing.problems)).all().length > 0) return;
  const table = filterTable(instance);
  const filter = new addon.AddressFilter({ table });
  try {
    if (!isThere(filter)) return;
    filter.replace([]);
    clearing.removed.push(`table inet ${table}`);
  } catch (error) {
    clearing.problems.push(reasonOf(error));
  } finally {
    filter.close();
  }
}

/** A kernel without nf_tables has none. */
function isThere(filter: AddressFilter): boolean {
  try {
    return filter.addresses().length > 0;
  } catch {
    return false;
  }
}

function undoOnHost(
  addon: Addon,
  paths: InstancePaths,
  { keep, ...clearing }: Clearing & { readonly keep: Keep },
): void {
  const { instance, neighboursFile, routingFile, sysctlsFile } = paths;
  const kept = keptNeighbours(neighboursFile, problemsOnly(clearing.problems));
  const netlink = new addon.Netlink();
  try {
    if (!keep.addresses) {
      removeRouting(netlink, routingFile, clearing);
      removeOwned(netlink, paths, clearing);
      removeFilter(addon, paths, clearing);
      clearing.problems.push(...removeMacvlans(netlink, instance));
      giveBack(kernelSysctl(), borrowedSettings(sysctlsFile, problemsOnly(clearing.problems)));
    }
    if (keep.forwarding) return;
    for (const { index, address } of kept.all()) netlink.releaseNeighbour(index, address);
    kept.delete(...kept.all());
  } finally {
    netlink.close();
  }
}

/** What the parts would log is told with the other problems. */
function problemsOnly(problems: string[]): Logger {
  return forwardingLogger(({ level, message }) => {
    if (level === 'warn' || level === 'error') problems.push(message);
  });
}
