/** Pure: what the parts of a daemon know, put together as the control socket answers it. */
import type { VirtualServerState } from '../addon/addon.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../control/status.ts';
import { nameOf } from '../dataplane/difference.ts';
import type { DataplaneState } from '../dataplane/messages.ts';
import type { VirtualServerSnapshot } from '../director/snapshot.ts';

export interface StatusParts {
  readonly identity: Pick<Status, 'instance' | 'pid' | 'version' | 'config' | 'since'>;
  /** Undefined while the dataplane worker is being restarted. */
  readonly dataplane: DataplaneState | undefined;
  readonly virtualServers: readonly VirtualServerSnapshot[];
  readonly vrrpInstances: readonly VrrpInstanceConfig[];
}

export function buildStatus({ identity, dataplane, virtualServers, vrrpInstances }: StatusParts): Status {
  const tables = new Map(dataplane?.virtualServers.map((server) => [nameOf(server), server]));
  const counted = (dataplane?.verdicts ?? []).filter(({ packets }) => packets > 0);
  return {
    ...identity,
    dataplane: dataplane !== undefined,
    interfaces: dataplane?.interfaces ?? [],
    virtual_servers: virtualServers.map((server) => virtualServerStatus(server, tables.get(nameOf(server)))),
    vrrp_instances: vrrpInstances.map((instance) => ({
      name: instance.name,
      state: 'MASTER',
      interface: instance.interface.name,
      addresses: instance.addresses.map(({ address, prefix }) => `${address}/${prefix}`),
    })),
    flows: {
      slots: dataplane?.flows.slots ?? 0,
      used: dataplane?.flows.used ?? 0,
      expired: dataplane?.flows.expired ?? 0,
      evicted: dataplane?.flows.evicted ?? 0,
    },
    verdicts: Object.fromEntries(counted.map(({ name, packets }) => [name, packets])),
  };
}

/** Real servers in the configuration's order, with what the table counts for them; then those that only linger. */
function virtualServerStatus(
  { protocol, address, port, scheduler, realServers }: VirtualServerSnapshot,
  table: VirtualServerState | undefined,
): VirtualServerStatus {
  const destinations = table?.destinations ?? [];
  const configured = new Set(realServers.map((server) => server.address));
  return {
    protocol,
    address,
    port,
    scheduler,
    connections: table?.connections ?? 0,
    packets: table?.packets ?? 0,
    bytes: table?.bytes ?? 0,
    destinations: [
      ...realServers.map((server): DestinationStatus => {
        const counted = destinations.find((one) => one.address === server.address);
        return {
          ...nothingCounted,
          ...counted,
          address: server.address,
          port: server.port,
          weight: server.weight,
          gone: !server.inPool,
          up: server.alive,
        };
      }),
      ...destinations
        .filter((one) => !configured.has(one.address))
        .map((one): DestinationStatus => ({ ...one, port, gone: true, up: false })),
    ],
  };
}

const nothingCounted = {
  active: 0,
  inactive: 0,
  connections: 0,
  packets: 0,
  bytes: 0,
  nexthop: { kind: 'unresolved' },
} as const;
