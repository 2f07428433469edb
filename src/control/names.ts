/** What virtual and real servers are called on every screen, and in orders to the director. Pure, for browsers too. */
import { formatEndpoint } from '../base/endpoint.ts';
import type { DestinationStatus, VirtualServerStatus } from './status.ts';

type Named = Pick<VirtualServerStatus, 'protocol' | 'address' | 'port' | 'fwmark' | 'group' | 'members'>;

/** '10.0.0.1:80', '[fd00::1]:80'. */
export function endpoint({ address, port }: Pick<DestinationStatus, 'address' | 'port'>): string {
  return formatEndpoint(address, port);
}

/** As the history has it: 'TCP 10.0.0.1:80', 'FWM 7'. */
export function keyOf({ protocol, address, port, fwmark }: Named): string {
  if (fwmark !== undefined) return `FWM ${fwmark}${address === '::' ? ' IPv6' : ''}`;
  return `${protocol} ${endpoint({ address, port })}`;
}

/** What an operator reads: 'TCP 10.0.0.1:80', 'fwmark 7', 'web · TCP 10.0.0.1:80 and 12 more'. */
export function titleOf(server: Named): string {
  const { fwmark, address, group, members = 0 } = server;
  const key = fwmark === undefined ? keyOf(server) : `fwmark ${fwmark}${address === '::' ? ' IPv6' : ''}`;
  if (group === undefined) return key;
  return `${group} · ${key}${members > 0 ? ` and ${members} more` : ''}`;
}

/** As the API wants this one alone to be named: 'tcp:10.0.0.1:80', 'inet:fwmark:7', 'udp:group:web'. */
export function orderName({ protocol, fwmark, group, ...place }: Named): string {
  const family = place.address.includes(':') ? 'inet6' : 'inet';
  const kind = fwmark === undefined ? protocol.toLowerCase() : family;
  if (group !== undefined) return `${kind}:group:${group}`;
  return `${kind}:${fwmark === undefined ? endpoint(place) : `fwmark:${fwmark}`}`;
}
