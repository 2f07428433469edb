/** Virtual servers and their real servers. The labels of both are the same wherever they occur. */
import type { DestinationStatus, VirtualServerStatus } from '../control/status.ts';
import type { Facts } from './facts.ts';
import { once } from './labels.ts';
import { flag, type MetricRow, type Sample } from './metric.ts';

type OfVirtualServer = (server: VirtualServerStatus) => number | undefined;
type OfRealServer = (server: DestinationStatus) => number | undefined;

const virtualServers: readonly [
  name: string,
  type: MetricRow['type'],
  help: string,
  read: OfVirtualServer,
][] = [
  ['connections_total', 'counter', 'Flows that began', (one) => one.connections],
  ['packets_total', 'counter', 'Packets from clients', (one) => one.packets],
  ['bytes_total', 'counter', 'Bytes from clients, IP header included', (one) => one.bytes],
  ['quorum_up', 'gauge', 'Its real servers reach the quorum', (one) => one.quorum && flag(one.quorum.up)],
  [
    'suspended',
    'gauge',
    'ha_suspend: its checks rest, another director is master of the address',
    (one) => flag(one.suspended ?? false),
  ],
];

const realServers: readonly [name: string, type: MetricRow['type'], help: string, read: OfRealServer][] = [
  ['up', 'gauge', 'What the checks say; absent of one that is only waiting for its flows', upOf],
  ['weight', 'gauge', 'Weight for new flows; 0: none', (one) => one.weight],
  ['active_connections', 'gauge', 'ActiveConn, as IPVS counts it', (one) => one.active],
  ['inactive_connections', 'gauge', 'InActConn, as IPVS counts it', (one) => one.inactive],
  ['persistent_connections', 'gauge', 'Persistence templates', (one) => one.persistent],
  ['overloaded', 'gauge', 'Had its upper threshold, gets no new flows', (one) => flag(one.overloaded)],
  ['connections_total', 'counter', 'Flows that began', (one) => one.connections],
  ['packets_total', 'counter', 'Packets from clients', (one) => one.packets],
  ['bytes_total', 'counter', 'Bytes from clients, IP header included', (one) => one.bytes],
];

export const serverMetrics: readonly MetricRow[] = [
  ...virtualServers.map(([name, type, help, read]) => ({
    name: `xlb_virtual_server_${name}`,
    help: `Virtual server: ${help}`,
    type,
    samples: (facts: Facts) => ofVirtualServers(facts, type, read),
  })),
  ...realServers.map(([name, type, help, read]) => ({
    name: `xlb_real_server_${name}`,
    help: `Real server: ${help}`,
    type,
    samples: (facts: Facts) => ofRealServers(facts, type, read),
  })),
];

function ofVirtualServers({ status }: Facts, type: MetricRow['type'], read: OfVirtualServer): Sample[] {
  // Totals come from the tables: 0 while they cannot be read would look like a restart.
  if (type === 'counter' && !status.dataplane) return [];
  return status.virtual_servers.flatMap((server) => {
    const value = read(server);
    return value === undefined ? [] : [{ labels: virtualServerLabels(server), value }];
  });
}

function ofRealServers({ status }: Facts, type: MetricRow['type'], read: OfRealServer): Sample[] {
  if (type === 'counter' && !status.dataplane) return [];
  return status.virtual_servers.flatMap((server) =>
    server.destinations.flatMap((one) => {
      const value = read(one);
      return value === undefined ? [] : [{ labels: realServerLabels(one, server), value }];
    }),
  );
}

function upOf({ gone, up }: DestinationStatus): number | undefined {
  return gone && !up ? undefined : flag(up);
}

const virtualServerLabels = once(({ protocol, address, port, fwmark }: VirtualServerStatus) => ({
  protocol,
  virtual_server: fwmark === undefined ? endpoint(address, port) : `fwmark ${fwmark}`,
}));

const realServerLabels = once(({ address, port }: DestinationStatus, server: VirtualServerStatus) => ({
  ...virtualServerLabels(server),
  real_server: endpoint(address, port),
}));

/** '10.0.0.1:80', '[fd00::1]:80'. */
function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
