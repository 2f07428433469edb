/**
 * What an instance leaves on a host when its process dies: pins (and with them the programs on the interfaces),
 * virtual addresses, files. Removed here in one go, without a worker or a running daemon.
 */
import { existsSync } from 'node:fs';
import type { Addon } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import { OwnedAddresses } from '../vrrp/owned_addresses.ts';
import type { InstancePaths } from './paths.ts';
import { removePinRoot, removeRunFiles } from './run_directory.ts';

export interface Cleared {
  /** One phrase each: '10.0.0.1/32 on eth0', or a path. */
  readonly removed: readonly string[];
  readonly problems: readonly string[];
}

/** True where nothing of the instance is on the host, so that nothing need be loaded to clear it. */
export function isClean({ addressesFile, lockFile, pinDirectory, socket }: InstancePaths): boolean {
  return ![pinDirectory, addressesFile, lockFile, socket].some((path) => existsSync(path));
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
  attempt(() => removeAddresses(addon, paths, removed));
  attempt(() => removed.push(...addon.removePins(paths.pinDirectory)));
  removePinRoot(paths);
  removed.push(...removeRunFiles(paths));
  return { removed, problems };
}

function removeAddresses(addon: Addon, { addressesFile }: InstancePaths, removed: string[]): void {
  const owned = new OwnedAddresses(addressesFile);
  const all = owned.all();
  if (all.length === 0) return;
  const netlink = new addon.Netlink();
  try {
    const links = netlink.links();
    for (const one of all) {
      const { interface: name, address, prefix } = one;
      const link = links.find((candidate) => candidate.name === name);
      if (link !== undefined && netlink.deleteAddress({ index: link.index, address, prefix }))
        removed.push(`${address}/${prefix} on ${name}`);
      owned.delete(one);
    }
  } finally {
    netlink.close();
  }
}
