/**
 * IP addresses as text and as bytes. Canonical text is dotted decimal for IPv4 and RFC 5952 for IPv6. Zone
 * indices ("fe80::1%eth0") are refused: the interface is always named elsewhere.
 */
import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** The number of bits in an address of each family. */
export const addressBits: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

export interface Prefix {
  /** Canonical text. Host bits are kept: 10.0.0.5/24 stays 10.0.0.5. */
  readonly address: string;
  readonly family: Family;
  readonly length: number;
}

/** The family of `text`, or undefined where it is no address. */
export function familyOf(text: string): Family | undefined {
  if (isIPv4(text)) return 4;
  return isIPv6(text) && !text.includes('%') ? 6 : undefined;
}

/** Network-order bytes (4 or 16), or undefined where `text` is no address. */
export function addressBytes(text: string): Uint8Array | undefined {
  const family = familyOf(text);
  if (family === undefined) return undefined;
  return family === 4 ? Uint8Array.from(text.split('.'), Number) : ipv6Bytes(text);
}

function ipv6Bytes(text: string): Uint8Array {
  const lastColon = text.lastIndexOf(':');
  const tail = text.slice(lastColon + 1);
  if (tail.includes('.')) {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    return ipv6Bytes(`${text.slice(0, lastColon + 1)}${hex(a * 256 + b)}:${hex(c * 256 + d)}`);
  }
  const [front = '', back] = text.split('::');
  const head = front === '' ? [] : front.split(':');
  const rest = back === undefined || back === '' ? [] : back.split(':');
  const zeros = back === undefined ? 0 : 8 - head.length - rest.length;
  const bytes = new Uint8Array(16);
  [...head, ...Array<string>(zeros).fill('0'), ...rest].forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    bytes[2 * index] = value >> 8;
    bytes[2 * index + 1] = value & 0xff;
  });
  return bytes;
}

const hex = (value: number): string => value.toString(16);

/** Canonical text of 4 or 16 bytes in network order. Any other length is a caller's fault: RangeError. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new RangeError(`Cannot format an address of ${bytes.length} bytes`);
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0));
  const { start, length } = longestZeros(groups);
  const text = groups.map(hex);
  if (length < 2) return text.join(':');
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`;
}

/** The longest run of zero groups, the first of equals (RFC 5952 §4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  });
  return best;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** The canonical text of an address, or undefined where `text` is none. */
export function canonicalAddress(text: string): string | undefined {
  // There is one way to write an address of IPv4: Node's test takes no leading zeros.
  if (isIPv4(text)) return text;
  const bytes = addressBytes(text);
  return bytes && formatAddress(bytes);
}

/** True for ::ffff:a.b.c.d, which xlb's tables use for IPv4 and a user must therefore not write. */
export function isMappedAddress(text: string): boolean {
  if (!text.includes(':')) return false;
  const bytes = addressBytes(text);
  return bytes?.length === 16 && isMapped(bytes);
}

/** True for an address that one host can own: not unspecified, not multicast, not the limited broadcast. */
export function isUnicast(text: string): boolean {
  const bytes = addressBytes(text);
  if (!bytes || bytes.every((byte) => byte === 0)) return false;
  const first = bytes[0] ?? 0;
  return bytes.length === 4
    ? first !== 0 && (first < 224 || first >= 240) && text !== '255.255.255.255'
    : first !== 0xff;
}

/** "address" or "address/length"; left out, the length is the whole address. Undefined: neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const addressText = slash === -1 ? text : text.slice(0, slash);
  const family = familyOf(addressText);
  const address = canonicalAddress(addressText);
  if (family === undefined || address === undefined) return undefined;
  if (slash === -1) return { address, family, length: addressBits[family] };
  const lengthText = text.slice(slash + 1);
  const length = Number(lengthText);
  if (!/^\d{1,3}$/.test(lengthText) || length > addressBits[family]) return undefined;
  return { address, family, length };
}

/** Order for sorting: IPv4 before IPv6, then by value; text that is no address comes last, by code unit. */
export function compareAddresses(left: string, right: string): number {
  const [a, b] = [addressBytes(left), addressBytes(right)];
  if (!a || !b) return a ? -1 : b ? 1 : left < right ? -1 : Number(left > right);
  return a.length - b.length || Buffer.compare(a, b);
}

/** 127.0.0.0/8 and ::1; not localhost, which is a name. */
export function isLoopback(text: string): boolean {
  return isIPv4(text) ? text.startsWith('127.') : text === '::1';
}
