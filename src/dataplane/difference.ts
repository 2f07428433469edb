/** Pure: what turns the tables as they are into the tables as they shall be. */
import type {
  DestinationSpec,
  VirtualServerKey,
  VirtualServerSpec,
  VirtualServerState,
} from '../addon/addon.ts';
import { formatEndpoint } from '../base/endpoint.ts';

export interface Changes {
  /** Done first: what gives up addresses that another virtual server takes. */
  readonly release: {
    readonly set: readonly VirtualServerSpec[];
    readonly remove: readonly VirtualServerKey[];
  };
  /** New or altered, in the order wanted. */
  readonly set: readonly VirtualServerSpec[];
  /** No longer wanted; removed only after `set` is done, so that no flow is without a home in between. */
  readonly remove: readonly VirtualServerKey[];
  /** What is wanted, groups under the keys that they have. */
  readonly wanted: readonly VirtualServerSpec[];
}

export function difference(
  presentSpecs: readonly VirtualServerSpec[],
  wantedSpecs: readonly VirtualServerSpec[],
): Changes {
  const before = new Map(presentSpecs.map((spec) => [nameOf(spec), spec]));
  const wanted = wantedSpecs.map((spec) => underPresentKey(spec, before));
  const release = releasedBy(before, wanted);
  const present = new Map(before);
  for (const spec of release.set) present.set(nameOf(spec), spec);
  for (const key of release.remove) present.delete(nameOf(key));
  const wantedNames = new Set(wanted.map(nameOf));
  return {
    release,
    set: wanted.filter((spec) => {
      const old = present.get(nameOf(spec));
      return old === undefined || !sameSpec(old, spec);
    }),
    remove: [...present.values()].filter((spec) => !wantedNames.has(nameOf(spec))).map(keyOf),
    wanted,
  };
}

/** 'TCP 10.0.0.1:80', 'UDP [fd00::1]:53', 'FWM 7'. */
export function nameOf({ protocol, address, port, fwmark }: VirtualServerKey): string {
  if (fwmark !== undefined) return `FWM ${fwmark}${address === '::' ? ' IPv6' : ''}`;
  return `${protocol} ${formatEndpoint(address, port)}`;
}

/** Its key, then those of a group's further members. */
export function keysOf(spec: VirtualServerKey & Pick<VirtualServerSpec, 'members'>): VirtualServerKey[] {
  return [keyOf(spec), ...(spec.members ?? [])];
}

/** The real servers of all virtual servers, each once. */
export function realServersOf(specs: readonly VirtualServerSpec[]): Set<string> {
  return new Set(specs.flatMap(({ destinations }) => destinations.map(({ address }) => address)));
}

/** What a virtual server is besides its pool, and nothing else of what `from` has. */
export function withoutDestinations(
  from: Omit<VirtualServerSpec, 'destinations'>,
): Omit<VirtualServerSpec, 'destinations'> {
  const { protocol, address, port, fwmark, scheduler, schedulerFlags, persistence, onePacket, members } =
    from;
  return {
    protocol,
    address,
    port,
    ...(fwmark === undefined ? {} : { fwmark }),
    scheduler,
    ...(schedulerFlags === undefined ? {} : { schedulerFlags }),
    ...(persistence === undefined ? {} : { persistence }),
    ...(onePacket === undefined ? {} : { onePacket }),
    ...(members === undefined ? {} : { members }),
  };
}

/** What the tables hold, as it would be wanted: without the destinations that only linger for their flows. */
export function specOf(state: VirtualServerState): VirtualServerSpec {
  return {
    ...withoutDestinations(state),
    destinations: state.destinations
      .filter(({ gone }) => !gone)
      .map(({ address: server, weight, upperThreshold = 0, lowerThreshold = 0 }) => ({
        address: server,
        weight,
        upperThreshold,
        lowerThreshold,
      })),
  };
}

function keyOf({ protocol, address, port, fwmark }: VirtualServerKey): VirtualServerKey {
  return { protocol, address, port, ...(fwmark === undefined ? {} : { fwmark }) };
}

/** A group that is in the tables keeps its pool and its flows when its first member changes. */
function underPresentKey(
  spec: VirtualServerSpec,
  present: ReadonlyMap<string, VirtualServerSpec>,
): VirtualServerSpec {
  const { members = [] } = spec;
  if (members.length === 0 || present.has(nameOf(spec))) return spec;
  const key = members.find((member) => present.has(nameOf(member)));
  if (key === undefined) return spec;
  return { ...spec, ...key, members: keysOf(spec).filter((other) => nameOf(other) !== nameOf(key)) };
}

/** An address belongs to one virtual server at a time. */
function releasedBy(
  present: ReadonlyMap<string, VirtualServerSpec>,
  wanted: readonly VirtualServerSpec[],
): Changes['release'] {
  const owners = new Map<string, string>();
  for (const [name, spec] of present) for (const key of keysOf(spec)) owners.set(nameOf(key), name);
  const taken = new Map<string, Set<string>>();
  for (const spec of wanted) {
    for (const key of keysOf(spec)) {
      const owner = owners.get(nameOf(key));
      if (owner === undefined || owner === nameOf(spec)) continue;
      taken.set(owner, (taken.get(owner) ?? new Set()).add(nameOf(key)));
    }
  }
  const wantedNames = new Set(wanted.map(nameOf));
  const set: VirtualServerSpec[] = [];
  const remove: VirtualServerKey[] = [];
  for (const [name, lost] of taken) {
    const owner = present.get(name);
    if (owner === undefined) continue;
    if (lost.has(name) || !wantedNames.has(name)) remove.push(keyOf(owner));
    else set.push({ ...owner, members: (owner.members ?? []).filter((key) => !lost.has(nameOf(key))) });
  }
  return { set, remove };
}

function sameSpec(a: VirtualServerSpec, b: VirtualServerSpec): boolean {
  if (a === b) return true;
  return (
    a.scheduler === b.scheduler &&
    (a.schedulerFlags ?? 0) === (b.schedulerFlags ?? 0) &&
    a.persistence?.seconds === b.persistence?.seconds &&
    a.persistence?.netmask === b.persistence?.netmask &&
    (a.onePacket ?? false) === (b.onePacket ?? false) &&
    sameMembers(a.members ?? [], b.members ?? []) &&
    a.destinations.length === b.destinations.length &&
    a.destinations.every((destination, at) => sameDestination(destination, b.destinations[at]))
  );
}

function sameMembers(a: readonly VirtualServerKey[], b: readonly VirtualServerKey[]): boolean {
  if (a.length !== b.length) return false;
  const names = new Set(a.map(nameOf));
  return b.every((key) => names.has(nameOf(key)));
}

function sameDestination(a: DestinationSpec, b: DestinationSpec | undefined): boolean {
  return (
    a.address === b?.address &&
    a.weight === b.weight &&
    (a.upperThreshold ?? 0) === (b.upperThreshold ?? 0) &&
    (a.lowerThreshold ?? 0) === (b.lowerThreshold ?? 0)
  );
}
