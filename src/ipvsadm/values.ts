/** Numbers, addresses and ports as the C library and ipvsadm read them. Pure. */
import { canonicalAddress, familyOf } from '../base/address.ts';
import type { Lookups } from './command.ts';

export const INT_MAX = 2 ** 31 - 1;

/** A decimal number between `min` and `max`; strtol takes blanks and a sign before it. */
export function decimal(text: string, min: number, max: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}

/** The number that `text` begins with, 0 where it begins with none. */
export function leadingNumber(text: string): number {
  return Number(/^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}

/** inet_aton: one to four parts, each decimal, octal or hexadecimal, the last one filling what is left. */
export function ipv4Of(text: string): string | undefined {
  const parts = text.split('.');
  if (parts.length > 4) return undefined;
  let value = 0;
  for (const [index, part] of parts.entries()) {
    if (!/^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(part)) return undefined;
    const number = /^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part);
    const last = index === parts.length - 1;
    if (number >= (last ? 256 ** (5 - parts.length) : 256)) return undefined;
    value += last ? number : number * 256 ** (3 - index);
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export interface ReadEndpoint {
  readonly family: 4 | 6;
  readonly address: string;
  /** Undefined where none was given. */
  readonly port?: number;
}

type PortProtocol = 'TCP' | 'UDP' | 'SCTP' | undefined;

/**
 * host[:port] or [IPv6]:port; undefined where it cannot be read. As in ipvsadm brackets need a port after them, and
 * the port after a bracketed IPv4 address or host is not read.
 */
export function readEndpoint(
  text: string,
  protocol: PortProtocol,
  lookups: Lookups,
): ReadEndpoint | undefined {
  if (/^\d*$/.test(text)) return undefined;
  let host = text;
  let portText: string | undefined;
  const bracketed = text.startsWith('[');
  if (bracketed) {
    const match = /^\[([^\]]*)\]:(.*)$/s.exec(text);
    if (match === null) return undefined;
    [, host = '', portText] = match;
  }
  if (familyOf(host) !== 6) {
    portText = undefined;
    const colon = host.lastIndexOf(':');
    if (colon !== -1) {
      portText = host.slice(colon + 1);
      host = host.slice(0, colon);
    }
  }
  const address = addressOf(host, lookups);
  if (address === undefined) return undefined;
  const family = familyOf(address) ?? 4;
  if (portText === undefined) return { family, address };
  const port = decimal(portText, 0, 65_535) ?? lookups.port(portText, protocol);
  return port === undefined ? undefined : { family, address, port };
}

function addressOf(host: string, lookups: Lookups): string | undefined {
  if (familyOf(host) === 6) return canonicalAddress(host);
  return ipv4Of(host) ?? lookups.address(host);
}

/** The host name in an endpoint, for looking it up beforehand; undefined where it is an address. */
export function hostNameIn(text: string): string | undefined {
  let name: string | undefined;
  readEndpoint(text, undefined, {
    address(host) {
      name = host === '' ? undefined : host;
      return undefined;
    },
    port: () => undefined,
  });
  return name;
}
