/**
 * Makes this machine a real server for direct routing, and undoes it. A real server owns the virtual address, so
 * that it takes packets for it, but must not tell the segment so: it stands on lo, and ARP keeps silent about it
 * (arp_ignore) and does not use it as a source (arp_announce). IPv6 needs no setting: Linux answers neighbour
 * solicitations only for addresses of the interface that they come in by (net/ipv6/ndisc.c, ndisc_recv_ns).
 */
import type { Netlink } from '../addon/addon.ts';
import { addressBits, canonicalAddress, familyOf, isUnicast, parsePrefix } from '../base/address.ts';
import { XlbError } from '../base/errors.ts';
import type { RealserverMemory, RealserverState } from './realserver_memory.ts';
import type { Sysctl } from './sysctl.ts';

/** What `up` sets. `enough`: values that serve as well and are left alone (Documentation/networking/ip-sysctl.rst). */
const settings = ['all', 'lo'].flatMap((scope) => [
  { name: `net.ipv4.conf.${scope}.arp_ignore`, value: '1', enough: ['1', '2', '8'] },
  { name: `net.ipv4.conf.${scope}.arp_announce`, value: '2', enough: ['2'] },
]);

interface SettingChange {
  readonly name: string;
  readonly value: string;
  readonly change: 'set' | 'already so' | 'restored' | 'kept';
}

export interface RealserverReport {
  readonly addresses: readonly {
    readonly address: string;
    readonly change: 'added' | 'already there' | 'removed' | 'not there';
  }[];
  readonly settings: readonly SettingChange[];
  /** What would keep it from working. */
  readonly warnings: readonly string[];
}

export interface RealserverShell {
  readonly netlink: Netlink;
  readonly sysctl: Sysctl;
  readonly memory: RealserverMemory;
}

/** Canonical text of each virtual address, once. Throws USAGE for what cannot be one. */
export function virtualAddresses(texts: readonly string[]): string[] {
  const addresses = texts.map((text) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined || prefix.length !== addressBits[prefix.family]) {
      throw unusable(text, 'an IPv4 or IPv6 address without a prefix length (or /32, /128) is needed');
    }
    if (!isUnicast(prefix.address) || prefix.address.startsWith('127.') || prefix.address === '::1') {
      throw unusable(text, 'it has to be an address that clients can reach');
    }
    return prefix.address;
  });
  return [...new Set(addresses)];
}

/** ARP is silenced before the first address comes up, so that it never answers for one. Idempotent. */
export function realserverUp(addresses: readonly string[], shell: RealserverShell): RealserverReport {
  const { netlink, sysctl, memory } = shell;
  const loopback = findLoopback(netlink);
  const needed = addresses.some((address) => familyOf(address) === 4) ? settings : [];
  const before = memory.load() ?? { addresses: [], sysctls: {} };
  const changes = needed.map(({ name, value, enough }) => {
    const was = sysctl.read(name);
    return { name, was, to: enough.includes(was) ? was : value };
  });
  // Remembered before anything changes: a later `down` finds it even if we are killed halfway.
  memory.save({
    addresses: [...new Set([...before.addresses, ...addresses])],
    sysctls: {
      ...Object.fromEntries(changes.filter(({ was, to }) => was !== to).map(({ name, was }) => [name, was])),
      ...before.sysctls,
    },
  });
  for (const { name, was, to } of changes) if (was !== to) sysctl.write(name, to);
  return {
    addresses: addresses.map((address) => ({
      address,
      change: netlink.addAddress(onLoopback(loopback, address)) ? 'added' : 'already there',
    })),
    settings: changes.map(({ name, was, to }) => ({
      name,
      value: to,
      change: was === to ? 'already so' : 'set',
    })),
    warnings: elsewhere(addresses, netlink, loopback),
  };
}

/** The settings go back to what they were when the last IPv4 address has gone. Idempotent. */
export function realserverDown(addresses: readonly string[], shell: RealserverShell): RealserverReport {
  const { netlink, memory } = shell;
  const loopback = findLoopback(netlink);
  const removed = addresses.map((address) => ({
    address,
    change: netlink.deleteAddress(onLoopback(loopback, address))
      ? ('removed' as const)
      : ('not there' as const),
  }));
  const before = memory.load();
  if (before === undefined) return { addresses: removed, settings: [], warnings: [] };
  const left = before.addresses.filter((address) => !addresses.includes(address));
  const restore = left.some((address) => familyOf(address) === 4) ? [] : restored(before, shell.sysctl);
  memory.save({ addresses: left, sysctls: restore.length > 0 ? {} : before.sysctls });
  return { addresses: removed, settings: restore, warnings: [] };
}

/** A value that someone else has set since is kept: it is theirs. */
function restored(before: RealserverState, sysctl: Sysctl): SettingChange[] {
  return settings.flatMap(({ name, value }): SettingChange[] => {
    const was = before.sysctls[name];
    if (was === undefined) return [];
    const now = sysctl.read(name);
    if (now !== value) return [{ name, value: now, change: 'kept' }];
    sysctl.write(name, was);
    return [{ name, value: was, change: 'restored' }];
  });
}

function onLoopback(index: number, address: string) {
  const family = familyOf(address) ?? 4;
  return { index, address, prefix: addressBits[family], ...(family === 6 ? { nodad: true } : {}) };
}

function findLoopback(netlink: Netlink): number {
  const loopback = netlink.links().find((link) => link.loopback);
  if (loopback === undefined)
    throw new XlbError('HOST', 'Cannot find the loopback interface: there is none here');
  return loopback.index;
}

function elsewhere(addresses: readonly string[], netlink: Netlink, loopback: number): string[] {
  const names = new Map(netlink.links().map(({ index, name }) => [index, name]));
  return netlink
    .addresses()
    .filter(({ index, address }) => index !== loopback && addresses.includes(canonicalAddress(address) ?? ''))
    .map(({ index, address }) => {
      const name = names.get(index) ?? `interface ${index}`;
      return `${address} is also on ${name}: this machine answers for it there and takes the clients from the director`;
    });
}

function unusable(text: string, wanted: string): XlbError {
  return new XlbError('USAGE', `Cannot use "${text}" as a virtual address: ${wanted}`);
}
