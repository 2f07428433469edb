/** Addresses with ports, as traces write them. Pure. */
import { canonicalAddress } from '../../src/base/address.ts';
import { Refusal } from './fields.ts';

export interface Endpoint {
  /** Canonical (RFC 5952). */
  readonly address: string;
  readonly port: number;
}

/** '10.0.0.1:80', '[fd00::1]:80'. */
export function endpointOf(text: string, name: string): Endpoint {
  const [, ipv6, ipv4, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = canonicalAddress(ipv6 ?? ipv4 ?? '');
  if (address === undefined || Number(port) > 65_535)
    throw new Refusal(`${name} is "${text}"; expected address:port, as in 10.0.0.1:80 or [fd00::1]:80`);
  return { address, port: Number(port) };
}
