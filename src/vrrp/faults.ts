/** Pure: what keeps a virtual router from taking part, and whether adverts could still be sent meanwhile. */
import type { HostAddress, Link } from '../addon/addon.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { OwnedAddress } from './owned_addresses.ts';
import { OWNER_PRIORITY } from './virtual_router.ts';

export interface Fault {
  readonly why: string;
  /** False: adverts neither leave nor arrive. */
  readonly reachable: boolean;
}

/** What is looked at on the host. */
export interface HostView {
  readonly link: (name: string) => Link | undefined;
  /** Without the virtual ones, whose instance ever has them: from those nobody speaks. */
  readonly addresses: readonly HostAddress[];
}

/** Where a virtual router speaks from. */
export interface Place {
  readonly index: number;
  readonly source: string;
}

/**
 * Virtual addresses come and go, so nobody speaks from them; but those that are the host's own, an owner has them,
 * stay. `ours`: what xlb added, for instances.
 */
export function notToSpeakFrom(
  instances: readonly VrrpInstanceConfig[],
  ours: readonly Pick<OwnedAddress, 'address'>[],
): Set<string> {
  const virtual = instances
    .filter(({ priority }) => priority !== OWNER_PRIORITY)
    .flatMap(({ addresses }) => addresses);
  return new Set([...virtual, ...ours].map(({ address }) => address));
}

/** Undefined where its interface, or an address to speak from, is not there. */
export function placeOf(config: VrrpInstanceConfig, host: HostView): Place | undefined {
  const link = host.link(config.interface.name);
  if (link === undefined) return undefined;
  const { sourceAddress } = config.transport;
  const source = sourceAddress ?? primaryAddress(config, link, host.addresses);
  const { vmac } = config;
  const through = vmac === undefined || vmac.transmitFromBase ? link : host.link(vmac.name);
  return source === undefined || through === undefined ? undefined : { index: through.index, source };
}

/** The first address of the interface; IPv6: the link-local one (RFC 5798 §5.1.2.1). */
function primaryAddress(
  { family, transport }: VrrpInstanceConfig,
  { index }: Link,
  addresses: readonly HostAddress[],
): string | undefined {
  const own = addresses.filter((one) => one.index === index && one.address.includes(':') === (family === 6));
  const linkLocal = own.filter(({ address }) => /^fe[89ab]/.test(address));
  if (family === 4) return own[0]?.address;
  return transport.peers.length > 0 && !transport.peers.some(({ address }) => /^fe[89ab]/.test(address))
    ? own.find((one) => !linkLocal.includes(one))?.address
    : linkLocal[0]?.address;
}

/** Of the interfaces and addresses themselves; scripts and the like come besides. */
export function hostFaults(config: VrrpInstanceConfig, host: HostView): Fault[] {
  const { addresses, family, interface: own, trackPrimary, transport } = config;
  const faults: Fault[] = [];
  const check = (name: string, reachable: boolean): void => {
    const link = host.link(name);
    if (link === undefined) faults.push({ why: `interface ${name} does not exist`, reachable });
    else if (!link.up || !link.running) faults.push({ why: `interface ${name} is down`, reachable });
  };
  if (trackPrimary || host.link(own.name) === undefined) check(own.name, false);
  const others = new Set(
    (trackPrimary ? addresses.filter(({ noTrack }) => noTrack !== true) : []).map((one) => one.interface),
  );
  others.delete(own.name);
  for (const name of others) check(name, true);
  const place = placeOf(config, host);
  if (place === undefined && faults.length === 0)
    faults.push({ why: `interface ${own.name} has no IPv${family} address`, reachable: false });
  if (transport.trackSource && place !== undefined && !has(host, place))
    faults.push({ why: `${place.source} is not on ${own.name}`, reachable: false });
  if (transport.faultWithoutPeers && transport.peers.length === 0)
    faults.push({ why: 'it has no unicast peer', reachable: false });
  return faults;
}

function has({ addresses }: HostView, { source }: Place): boolean {
  return addresses.some((one) => one.address === source);
}
