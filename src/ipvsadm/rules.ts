/** ipvsadm -S: the tables as the command lines that make them again; as in 1.31 without thresholds. Pure. */
import { familyOf } from '../base/address.ts';
import { endpointText } from './endpoint.ts';
import type { Destination, Names, Service } from './model.ts';
import { schedulerFlagNames } from './scheduler_flags.ts';
import { isWhole } from './screen.ts';
import { sortDestinations, sortServices } from './sort.ts';

/** One piece a service. */
export function* ruleLines(services: readonly Service[], names: Names): Generator<string> {
  for (const service of sortServices(services)) {
    const name = serviceName(service, names);
    const servers = sortDestinations(service.destinations).map(
      (destination) => `-a ${name} -r ${serverText(destination, service.protocol, names)}\n`,
    );
    yield `-A ${name} ${serviceOptions(service)}\n${servers.join('')}`;
  }
}

const switches = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' } as const;

function serviceName(service: Service, names: Names): string {
  const { protocol, fwmark = 0, address } = service;
  if (protocol === 'FWM') return `-f ${fwmark}${familyOf(address) === 6 ? ' -6' : ''}`;
  return `${switches[protocol]} ${endpointText(service, protocol, names)}`;
}

function serviceOptions(service: Service): string {
  const { scheduler, schedulerFlags, persistence, persistenceEngine, onePacket } = service;
  const words = [`-s ${scheduler}`];
  if (persistence !== undefined) {
    words.push(`-p ${persistence.seconds}`);
    if (!isWhole(persistence.netmask)) words.push(`-M ${persistence.netmask}`);
  }
  if (persistenceEngine !== undefined) words.push(`--pe ${persistenceEngine}`);
  if (onePacket) words.push('-o');
  if (schedulerFlags !== 0) words.push(`-b ${schedulerFlagNames(schedulerFlags, scheduler)}`);
  return words.join(' ');
}

const forwards = { Route: '-g', Local: '-g', Masq: '-m', Tunnel: '-i' } as const;

function serverText(destination: Destination, protocol: string, names: Names): string {
  const { forward, weight, tunnel } = destination;
  const text = `${endpointText(destination, protocol, names)} ${forwards[forward]} -w ${weight}`;
  if (tunnel === undefined) return text;
  switch (tunnel.type) {
    case 'ipip':
      return `${text} --tun-type ipip`;
    case 'gre':
      return `${text} --tun-type gre --tun-${tunnel.checksum}`;
    case 'gue':
      return `${text} --tun-type gue --tun-port ${tunnel.port} --tun-${tunnel.checksum}`;
  }
}
