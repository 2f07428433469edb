/**
 * The VRRP advert on the wire, and how one is written. Reading: received_advert.ts.
 *
 *    0                   1                   2                   3
 *   |version|  type |     VRID      |   priority    | address count |
 *   |  v2: auth type|  v2: adver s  |           checksum            |   v3: 4 bits reserved, 12 bits centiseconds
 *   |  addresses, 4 or 16 bytes each ...                            |
 *   |  v2: 8 bytes of authentication data                           |
 */
import { addressBytes, type Family } from '../base/address.ts';
import { type ChecksumRule, vrrpChecksum } from './checksum.ts';

export interface Advert {
  readonly vrid: number;
  /** 0: the master resigns; 255: the owner of the addresses. */
  readonly priority: number;
  /** v2: whole seconds, v3: whole centiseconds up to 40,950 ms. */
  readonly intervalMs: number;
  /** Canonical text, in the order of the wire. */
  readonly addresses: readonly string[];
}

/** How this virtual router writes adverts and what it expects of received ones. */
export interface AdvertRules {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly vrid: number;
  /** v2 only: auth_pass; absent: no authentication. */
  readonly password?: string;
  readonly checksum: ChecksumRule;
  /** vrrp_mcast_group4, vrrp_mcast_group6 or mcast_dst_ip. */
  readonly multicastGroup: string;
}

/** What the socket knows of a received packet besides its VRRP message. */
export interface PacketInfo {
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit; absent: the kernel did not say. */
  readonly ttl?: number;
}

export const HEADER_BYTES = 8;
export const PASSWORD_BYTES = 8;
const CHECKSUM_AT = 6;
export const TYPE_ADVERTISEMENT = 1;
export const MOST_ADDRESSES = 255;
/** RFC 3768 §5.3.6; 2 is the IP authentication header, which xlb does not speak. */
export const AUTH_NONE = 0;
export const AUTH_PASS = 1;
export const AUTH_AH = 2;

/** auth_pass as v2 sends it: the first 8 bytes, filled up with zeros (RFC 2338 §5.3.10). */
export function passwordBytes(password: string): Uint8Array {
  const wire = new Uint8Array(PASSWORD_BYTES);
  wire.set(Buffer.from(password, 'utf8').subarray(0, PASSWORD_BYTES));
  return wire;
}

/**
 * The VRRP message, ready to be sent from `source` to `destination`. A value that does not fit its field is a
 * caller's fault: RangeError.
 */
export function encodeAdvert(
  advert: Advert,
  rules: AdvertRules,
  { source, destination }: Pick<PacketInfo, 'source' | 'destination'>,
): Uint8Array {
  const { version, family, password } = rules;
  const { vrid, priority, intervalMs, addresses } = advert;
  const width = family === 4 ? 4 : 16;
  fit('VRID', vrid, 255);
  fit('priority', priority, 255);
  fit('number of addresses', addresses.length, MOST_ADDRESSES);
  const bytes = new Uint8Array(messageBytes(version, width, addresses.length));
  bytes.set([(version << 4) | TYPE_ADVERTISEMENT, vrid, priority, addresses.length]);
  if (version === 2) {
    fit('advert interval in seconds', intervalMs / 1000, 255);
    bytes.set([password === undefined ? AUTH_NONE : AUTH_PASS, intervalMs / 1000], 4);
    if (password !== undefined) bytes.set(passwordBytes(password), bytes.length - PASSWORD_BYTES);
  } else {
    const centiseconds = Math.round(intervalMs / 10);
    fit('advert interval in centiseconds', centiseconds, 0xfff);
    bytes.set([centiseconds >> 8, centiseconds & 0xff], 4);
  }
  addresses.forEach((address, index) => {
    const value = addressBytes(address);
    if (value?.length !== width)
      throw new RangeError(`Cannot advertise "${address}": no IPv${family} address`);
    bytes.set(value, HEADER_BYTES + index * width);
  });
  const sum = vrrpChecksum(bytes, { ...rules, rule: rules.checksum, source, destination });
  bytes.set([sum >> 8, sum & 0xff], CHECKSUM_AT);
  return bytes;
}

function fit(what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(
      `Cannot write an advert: ${what} must be an integer from 0 to ${most}, not ${value}`,
    );
}

/** Every v2 message ends with the authentication data, also where there is none (RFC 3768 §5.3.10). */
export function messageBytes(version: number, width: number, count: number): number {
  return HEADER_BYTES + count * width + (version === 2 ? PASSWORD_BYTES : 0);
}
