/**
 * Several addresses as one word, as keepalived's virtual_server_group takes them: one address, a range
 * (`10.0.0.1-9`, `10.0.0.250-10.0.1.3`, `fd00::1-f`) or a prefix (`10.0.0.8/29`: all of its addresses).
 */
import {
  addressBits,
  addressBytes,
  canonicalAddress,
  type Family,
  familyOf,
  formatAddress,
} from '../base/address.ts';

export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly count: bigint;
}

/** The range, or what is wrong with `text` as the end of a sentence. */
export function parseAddressRange(text: string): AddressRange | string {
  if (text.includes('/')) return parsePrefixRange(text);
  const [from = '', to, ...more] = text.split('-');
  const family = familyOf(from);
  if (family === undefined || more.length > 0)
    return 'expected an IPv4 or IPv6 address, a range A-B or a prefix A/N';
  const first = numberOf(from);
  if (to === undefined) return { family, first, count: 1n };
  const end = familyOf(to) === undefined ? lastPart(from, to, family) : to;
  if (end === undefined || familyOf(end) !== family)
    return 'expected the last address of the range, or the last part of it, after "-"';
  const count = numberOf(end) - first + 1n;
  return count > 1n ? { family, first, count } : 'the end of the range is not after its start';
}

function parsePrefixRange(text: string): AddressRange | string {
  const [address = '', length = '', ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0 || !/^\d{1,3}$/.test(length))
    return 'expected a prefix, as in 10.0.0.8/29';
  if (Number(length) > addressBits[family])
    return `an IPv${family} prefix has up to ${addressBits[family]} bits`;
  const first = numberOf(address);
  const count = 1n << BigInt(addressBits[family] - Number(length));
  const start = (first / count) * count;
  if (start === first) return { family, first, count };
  const network = addressAt({ family, first: start, count }, 0);
  return `bits are set after the first ${length}: the prefix is ${network}/${length}`;
}

/** `10.0.0.1` and `9`: 10.0.0.9. The last part of an IPv6 address is hexadecimal. */
function lastPart(from: string, part: string, family: Family): string | undefined {
  if (!(family === 4 ? /^\d{1,3}$/ : /^[0-9a-f]{1,4}$/i).test(part)) return undefined;
  const separator = family === 4 ? '.' : ':';
  return canonicalAddress(from.slice(0, from.lastIndexOf(separator) + 1) + String(part));
}

/** The address `at` places after the first. */
export function addressAt({ family, first }: AddressRange, at: number): string {
  const bytes = new Uint8Array(addressBits[family] / 8);
  let rest = first + BigInt(at);
  for (let index = bytes.length - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return formatAddress(bytes);
}

function numberOf(address: string): bigint {
  return [...(addressBytes(address) ?? [])].reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
