/** From what the daemon answers to what the screens show: every member of a group is a service of its own. Pure. */
import type { Counters, VirtualServerKey } from '../addon/addon.ts';
import type { TableDestination, TableService } from '../control/tables.ts';
import { type Destination, noTraffic, type Service, type Traffic } from './model.ts';

export function servicesOf(tables: readonly TableService[]): Service[] {
  return tables.flatMap((table) => [table, ...table.members].map((key) => serviceOf(table, key)));
}

/** The service with exactly this address or mark. */
export function findService(services: readonly Service[], key: VirtualServerKey): Service | undefined {
  return services.find(
    ({ protocol, address, port, fwmark }) =>
      protocol === key.protocol && address === key.address && port === key.port && fwmark === key.fwmark,
  );
}

function serviceOf(table: TableService, { protocol, address, port, fwmark }: VirtualServerKey): Service {
  const { scheduler, schedulerFlags, persistence, onePacket, counters, rates } = table;
  return {
    protocol,
    address,
    port,
    ...(fwmark === undefined ? {} : { fwmark }),
    scheduler,
    schedulerFlags,
    ...(persistence === undefined ? {} : { persistence }),
    onePacket,
    traffic: traffic(counters),
    rates: traffic(rates),
    destinations: table.destinations.map((destination) => destinationOf(destination, port)),
  };
}

/** In direct routing a real server's port is the virtual service's. */
function destinationOf(
  { counters, rates, local, ...destination }: TableDestination,
  port: number,
): Destination {
  const forward = local ? 'Local' : 'Route';
  return { ...destination, port, forward, traffic: traffic(counters), rates: traffic(rates) };
}

/** Direct routing sees one direction only. */
function traffic({ connections, packets, bytes }: Counters): Traffic {
  return { ...noTraffic, connections, inPackets: packets, inBytes: bytes };
}
