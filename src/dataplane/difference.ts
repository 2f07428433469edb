/** Pure: what turns the tables as they are into the tables as they shall be. */
import type { VirtualServerKey, VirtualServerSpec } from '../addon/addon.ts';
import { formatEndpoint } from '../base/address.ts';

export interface Changes {
  /** New or altered, in the order wanted. */
  readonly set: readonly VirtualServerSpec[];
  /** No longer wanted; removed only after `set` is done, so that no flow is without a home in between. */
  readonly remove: readonly VirtualServerKey[];
}

export function difference(
  present: readonly VirtualServerSpec[],
  wanted: readonly VirtualServerSpec[],
): Changes {
  const presentByName = new Map(present.map((spec) => [nameOf(spec), spec]));
  const wantedNames = new Set(wanted.map(nameOf));
  return {
    set: wanted.filter((spec) => {
      const old = presentByName.get(nameOf(spec));
      return old === undefined || !sameSpec(old, spec);
    }),
    remove: present
      .filter((spec) => !wantedNames.has(nameOf(spec)))
      .map(({ protocol, address, port }) => ({ protocol, address, port })),
  };
}

/** 'TCP 10.0.0.1:80', 'UDP [fd00::1]:53'. */
export function nameOf({ protocol, address, port }: VirtualServerKey): string {
  return `${protocol} ${formatEndpoint(address, port)}`;
}

/** The real servers of all virtual servers, each once. */
export function realServersOf(specs: readonly VirtualServerSpec[]): Set<string> {
  return new Set(specs.flatMap(({ destinations }) => destinations.map(({ address }) => address)));
}

function sameSpec(a: VirtualServerSpec, b: VirtualServerSpec): boolean {
  return (
    a.scheduler === b.scheduler &&
    a.destinations.length === b.destinations.length &&
    a.destinations.every(({ address, weight }, at) => {
      const other = b.destinations[at];
      return other !== undefined && address === other.address && weight === other.weight;
    })
  );
}
