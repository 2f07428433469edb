/**
 * Pure: virtual servers as a director has them while another one is master. Their tables stay as they are, ready for
 * the moment the address comes; and frames that still arrive are forwarded, as clients learn of a new master one by
 * one. But a director that is a real server as well gets its share of the traffic from the master, as frames to the
 * virtual address: spread again, they would go round between the two. So there it takes new flows itself.
 */
import type { VirtualServerSpec } from '../addon/addon.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import { keysOf } from '../dataplane/difference.ts';

/**
 * Of virtual routers that this director is not master of, whatever else it is: one in FAULT gets the master's frames
 * as a backup does. `masters`: names.
 */
export function addressesElsewhere(
  instances: readonly Pick<VrrpInstanceConfig, 'name' | 'addresses'>[],
  masters: ReadonlySet<string>,
): ReadonlySet<string> {
  const addressesOf = (isMaster: boolean) =>
    instances
      .filter(({ name }) => masters.has(name) === isMaster)
      .flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const here = new Set(addressesOf(true));
  return new Set(addressesOf(false).filter((address) => !here.has(address)));
}

export interface StandbyFacts {
  /** Addresses of virtual routers whose master is another. */
  readonly elsewhere: ReadonlySet<string>;
  /** Of this host. Asked only where it matters. */
  readonly local: () => ReadonlySet<string>;
}

export function onStandby(
  virtualServers: readonly VirtualServerSpec[],
  { elsewhere, local }: StandbyFacts,
): readonly VirtualServerSpec[] {
  const waits = (server: VirtualServerSpec) => keysOf(server).every(({ address }) => elsewhere.has(address));
  if (elsewhere.size === 0 || !virtualServers.some(waits)) return virtualServers;
  const own = local();
  return virtualServers.map((server) => {
    if (!waits(server) || !server.destinations.some(({ address }) => own.has(address))) return server;
    const destinations = server.destinations.map((one) =>
      own.has(one.address) ? one : { ...one, weight: 0 },
    );
    return { ...server, destinations };
  });
}
