/** The lists of ipvsadm 1.31, byte for byte. Pure. */
import { familyOf } from '../base/address.ts';
import type { Columns, ListFormat } from './command.ts';
import { endpointText } from './endpoint.ts';
import type { Destination, Names, Service, Traffic } from './model.ts';
import { schedulerFlagNames } from './scheduler_flags.ts';
import { sortDestinations, sortServices } from './sort.ts';

/** IPVS's default size of its connection table; xlb's flow table has another one, which `xlb status` shows. */
const HEADLINE = 'IP Virtual Server version 1.2.1 (size=4096)\n';
const LONGEST_SERVICE = 33;
const LONGEST_DESTINATION = 28;

const wideTitle = 'Prot LocalAddress:Port'.padEnd(LONGEST_SERVICE);

const schedulerTitle = 'Prot LocalAddress:Port Scheduler Flags';

const titles: { readonly [Name in Columns]: string } = {
  connections: title(schedulerTitle, '           Forward Weight ActiveConn InActConn'),
  tun_info: title(schedulerTitle, '           Forward TunnelInfo    Weight ActiveConn InActConn'),
  stats: title(wideTitle + right(['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'])),
  rate: title(wideTitle + right(['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'])),
  thresholds: title(`${wideTitle} Uthreshold Lthreshold ActiveConn InActConn `),
  persistent_conn: title(`${wideTitle} Weight    PersistConn ActiveConn InActConn `),
};

function title(services: string, servers = ''): string {
  return `${services}\n  -> RemoteAddress:Port${servers}\n`;
}

function right(words: readonly string[]): string {
  return words.map((word) => ` ${word.padStart(8)}`).join('');
}

/** All services, in pieces that are written one after another. */
export function* listScreen(
  services: readonly Service[],
  format: ListFormat,
  names: Names,
): Generator<string> {
  yield HEADLINE + titles[format.columns];
  for (const service of format.sorted ? sortServices(services) : services)
    yield serviceScreen(service, format, names);
}

/** -L with a service: no headline. */
export function serviceList(service: Service, format: ListFormat, names: Names): string {
  return titles[format.columns] + serviceScreen(service, format, names);
}

function serviceScreen(service: Service, format: ListFormat, names: Names): string {
  const lines = [serviceLine(service, format, names)];
  const destinations = format.sorted ? sortDestinations(service.destinations) : service.destinations;
  for (const destination of destinations) {
    const name = endpointText(destination, service.protocol, names);
    const shown = familyOf(destination.address) === 6 ? name : name.slice(0, LONGEST_DESTINATION);
    lines.push(`  -> ${shown.padEnd(LONGEST_DESTINATION)}${destinationColumns(destination, format)}`);
  }
  return `${lines.join('\n')}\n`;
}

function serviceLine(service: Service, { columns, exact }: ListFormat, names: Names): string {
  const name = serviceName(service, names);
  switch (columns) {
    case 'stats':
      return name.padEnd(LONGEST_SERVICE) + trafficColumns(service.traffic, exact);
    case 'rate':
      return name.padEnd(LONGEST_SERVICE) + trafficColumns(service.rates, exact);
    case 'connections':
    case 'thresholds':
    case 'persistent_conn':
    case 'tun_info':
      return `${name} ${service.scheduler}${serviceFlags(service)}`;
  }
}

function serviceName(service: Service, names: Names): string {
  const { protocol, address, fwmark } = service;
  const ipv6 = familyOf(address) === 6;
  if (protocol === 'FWM') return `FWM  ${fwmark ?? 0}${ipv6 ? ' IPv6' : ''}`;
  const name = `${protocol.padEnd(4)} ${endpointText(service, protocol, names)}`;
  return ipv6 ? name : name.slice(0, LONGEST_SERVICE);
}

function serviceFlags(service: Service): string {
  const { scheduler, schedulerFlags, persistence, persistenceEngine, onePacket } = service;
  let text = schedulerFlags === 0 ? '' : ` (${schedulerFlagNames(schedulerFlags, scheduler)})`;
  if (persistence !== undefined) {
    const { seconds, netmask } = persistence;
    text += ` persistent ${seconds}${isWhole(netmask) ? '' : ` mask ${netmask}`}`;
    if (persistenceEngine !== undefined) text += ` pe ${persistenceEngine}`;
  }
  return onePacket ? `${text} ops` : text;
}

/** A mask that tells every client apart. */
export function isWhole(netmask: string): boolean {
  return netmask === '255.255.255.255' || netmask === '128';
}

function destinationColumns(destination: Destination, { columns, exact }: ListFormat): string {
  const { active, inactive, weight } = destination;
  const connections = ` ${left(active, 10)} ${left(inactive, 10)}`;
  switch (columns) {
    case 'stats':
      return trafficColumns(destination.traffic, exact);
    case 'rate':
      return destinationRates(destination.rates, exact);
    case 'thresholds':
      return ` ${left(destination.upperThreshold, 10)} ${left(destination.lowerThreshold, 10)}${connections}`;
    case 'persistent_conn':
      return ` ${left(weight, 9)} ${left(destination.persistent, 11)}${connections}`;
    case 'tun_info':
      return ` ${destination.forward.padEnd(7)} ${tunnelInfo(destination).padEnd(13)} ${left(weight, 6)}${connections}`;
    case 'connections':
      return ` ${destination.forward.padEnd(7)} ${left(weight, 6)}${connections}`;
  }
}

function tunnelInfo({ tunnel }: Destination): string {
  if (tunnel === undefined) return 'n/a';
  const checksum = { nocsum: '-c', csum: '+c', remcsum: 'r+c' }[tunnel.checksum];
  switch (tunnel.type) {
    case 'ipip':
      return 'ipip';
    case 'gue':
      return `gue:${tunnel.port}:${checksum}`.slice(0, 15);
    case 'gre':
      return `gre:${checksum}`;
  }
}

function trafficColumns(traffic: Traffic, exact: boolean): string {
  const { connections, inPackets, outPackets, inBytes, outBytes } = traffic;
  return [connections, inPackets, outPackets, inBytes, outBytes]
    .map((one) => largeNumber(one, exact))
    .join('');
}

/** Connections and packets a second are never shortened here, as in ipvsadm. */
function destinationRates(
  { connections, inPackets, outPackets, inBytes, outBytes }: Traffic,
  exact: boolean,
): string {
  const plain = [connections, inPackets, outPackets].map((one) => ` ${String(one).padStart(8)}`);
  return [...plain, largeNumber(inBytes, exact), largeNumber(outBytes, exact)].join('');
}

/** From 100 million on in thousands, and so on; one blank and eight places, more where exact. */
export function largeNumber(value: number, exact: boolean): string {
  if (exact) {
    const digits = String(value);
    return digits.padStart(digits.length <= 8 ? 9 : digits.length + 1);
  }
  if (value < 100_000_000) return String(value).padStart(9);
  const unit = units.find(({ below }) => value < below) ?? { divisor: 1e12, letter: 'T' };
  return `${Math.floor(value / unit.divisor)}`.padStart(8) + unit.letter;
}

const units = [
  { below: 1e9, divisor: 1e3, letter: 'K' },
  { below: 1e11, divisor: 1e6, letter: 'M' },
  { below: 1e14, divisor: 1e9, letter: 'G' },
] as const;

function left(value: number, width: number): string {
  return String(value).padEnd(width);
}

export function timeoutsScreen({
  tcp,
  tcpFin,
  udp,
}: Readonly<Record<'tcp' | 'tcpFin' | 'udp', number>>): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}
