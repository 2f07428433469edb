/** A machine that shall be a real server for direct routing: it takes packets for an address, and tells nobody. */
import { addressBits, familyOf } from '../base/address.ts';
import { type Facts, sysctl } from './facts.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

export interface RealserverFacts extends Facts {
  /** Those that it shall serve; none: those that stand on lo. */
  readonly virtualAddresses: readonly string[];
}

const cureAll = (address: string): string => `xlb realserver up ${address}`;

export const realserverChecks: readonly Check<RealserverFacts>[] = [
  {
    name: 'virtual_address',
    look: (facts) => {
      const wanted = addressesOf(facts);
      if (wanted.length > 0) return wanted.flatMap((one) => onLoopback(one, facts));
      return [
        fail('no virtual address is on lo', {
          means: 'packets that a director hands over are dropped here',
          cure: 'xlb realserver up VIP',
        }),
      ];
    },
  },
  {
    name: 'arp_ignore',
    look: (facts) =>
      settings(facts, 'arp_ignore', {
        isEnough: (value) => value === 1 || value === 2 || value === 8,
        want: 1,
        means: 'the machine answers ARP for the virtual address: clients come to it past the director',
      }),
  },
  {
    name: 'arp_announce',
    look: (facts) =>
      settings(facts, 'arp_announce', {
        isEnough: (value) => value === 2,
        want: 2,
        means: 'its ARP requests name the virtual address as their sender: neighbours learn it from them',
      }),
  },
  {
    name: 'rp_filter',
    look: (facts) =>
      facts.links
        .filter(({ type, up }) => up && (type === 'ipip' || type === 'ip6tnl' || type === 'sit'))
        .filter(({ name }) => effective(facts, name, 'rp_filter') === 1)
        .map(({ name }) =>
          warn(`${name} drops packets that came through the tunnel (rp_filter is 1)`, {
            means: 'forwarding by tunnel (TUN) does not reach this machine',
            cure: `sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.${name}.rp_filter=0`,
          }),
        ),
  },
  {
    name: 'director',
    look: ({ processes }) =>
      processes
        .filter(({ name }) => name === 'keepalived')
        .map(({ name, pid }) =>
          warn(`${name} runs here (process ${pid})`, {
            means:
              'a machine that is a director as well takes the virtual address onto an interface at times',
            cure: 'use a sorry_server of 127.0.0.1 on the director instead, or another machine',
          }),
        ),
  },
];

function addressesOf({ addresses, links, virtualAddresses }: RealserverFacts): readonly string[] {
  if (virtualAddresses.length > 0) return virtualAddresses;
  const loopback = links.find(({ loopback: is }) => is)?.index;
  return addresses
    .filter(({ address, index }) => index === loopback && address !== '::1' && !address.startsWith('127.'))
    .map(({ address }) => address);
}

function onLoopback(address: string, { addresses, links }: RealserverFacts): Finding[] {
  const family = familyOf(address) ?? 4;
  const nameOf = (index: number) => links.find((link) => link.index === index);
  const places = addresses.filter((one) => one.address === address);
  const elsewhere = places.flatMap(({ index, prefix }) => {
    const link = nameOf(index);
    if (link === undefined || link.loopback || link.type === 'dummy') return [];
    return [
      fail(`${address} is on ${link.name}`, {
        means: 'the machine answers ARP for it there, as the director does',
        cure: `ip address delete ${address}/${prefix} dev ${link.name}, then: ${cureAll(address)}`,
      }),
    ];
  });
  if (elsewhere.length > 0) return elsewhere;
  const [place] = places;
  if (place === undefined)
    return [
      fail(`${address} is not on this machine`, {
        means: 'packets for it are dropped here',
        cure: cureAll(address),
      }),
    ];
  const on = nameOf(place.index)?.name ?? 'lo';
  if (place.prefix === addressBits[family]) return [ok(`${address} is on ${on}`)];
  return [
    fail(`${address} is on ${on} with prefix length ${place.prefix}`, {
      means: 'the machine takes the whole network for its own, and cannot reach anybody in it',
      cure: `ip address delete ${address}/${place.prefix} dev ${on}, then: ${cureAll(address)}`,
    }),
  ];
}

interface Wanted {
  readonly isEnough: (value: number) => boolean;
  readonly want: number;
  readonly means: string;
}

/** Of every interface that ARP is spoken on. IPv6 needs none: Linux answers for addresses of the interface only. */
function settings(facts: RealserverFacts, setting: string, { isEnough, means, want }: Wanted): Finding[] {
  const wanted = addressesOf(facts);
  if (wanted.length > 0 && wanted.every((address) => familyOf(address) === 6)) return [];
  const speaking = facts.links.filter(({ loopback, mac, up }) => up && !loopback && mac !== '');
  const wrong = speaking.filter(({ name }) => !isEnough(effective(facts, name, setting)));
  if (wrong.length === 0) return [ok(`${setting} is right on every interface`)];
  return wrong.map(({ name }) =>
    fail(`${setting} of ${name} is ${effective(facts, name, setting)}`, {
      means,
      cure: `sysctl -w net.ipv4.conf.all.${setting}=${want}`,
    }),
  );
}

/** The kernel takes the larger of the interface's and `all`. */
function effective(facts: Facts, name: string, setting: string): number {
  return Math.max(
    ...['all', name].map((scope) => Number(sysctl(facts, `net/ipv4/conf/${scope}/${setting}`) ?? 0)),
  );
}
