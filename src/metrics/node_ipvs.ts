/** The names of node_exporter's ipvs collector, which reads files of IPVS and so is blind to xlb. */
import type { DestinationStatus, VirtualServerStatus } from '../control/status.ts';
import type { Facts } from './facts.ts';
import { once } from './labels.ts';
import { type MetricRow, only, type Sample } from './metric.ts';

export const nodeIpvsMetrics: readonly MetricRow[] = [
  total('connections', 'Connections', (one) => one.connections),
  total('incoming_packets', 'Packets from clients', (one) => one.packets),
  total('outgoing_packets', 'Packets to clients: none pass a director in direct routing', () => 0),
  total('incoming_bytes', 'Bytes from clients', (one) => one.bytes),
  total('outgoing_bytes', 'Bytes to clients: none pass a director in direct routing', () => 0),
  backend('connections_active', 'Active connections', (one) => one.active),
  backend('connections_inactive', 'Inactive connections', (one) => one.inactive),
  backend('weight', 'Weight', (one) => one.weight),
];

function total(name: string, help: string, read: (one: VirtualServerStatus) => number): MetricRow {
  return {
    name: `node_ipvs_${name}_total`,
    help: `${help}, of all virtual servers there are`,
    type: 'counter',
    samples: ({ status }) =>
      status.dataplane ? only(status.virtual_servers.reduce((sum, one) => sum + read(one), 0)) : [],
  };
}

function backend(name: string, help: string, read: (one: DestinationStatus) => number): MetricRow {
  return {
    name: `node_ipvs_backend_${name}`,
    help: `${help} of a real server`,
    type: 'gauge',
    samples: (facts) => ofBackends(facts, read),
  };
}

/** Those in service, as IPVS has them. */
function ofBackends({ status }: Facts, read: (one: DestinationStatus) => number): Sample[] {
  return status.virtual_servers.flatMap((server) =>
    server.destinations.flatMap((one) =>
      one.gone ? [] : [{ labels: backendLabels(one, server), value: read(one) }],
    ),
  );
}

const backendLabels = once(({ address, port }: DestinationStatus, server: VirtualServerStatus) => {
  const { fwmark } = server;
  return {
    local_address: fwmark === undefined ? server.address : '',
    local_port: fwmark === undefined ? String(server.port) : '0',
    proto: server.protocol,
    // In hexadecimal, as the kernel's file has it.
    local_mark: fwmark === undefined ? '' : fwmark.toString(16).toUpperCase().padStart(8, '0'),
    remote_address: address,
    remote_port: String(port),
  };
});
