/**
 * The checksum of a VRRP message: the Internet checksum (RFC 1071) over the message, with or without a pseudo
 * header of source, destination, length and protocol before it.
 *
 * - VRRPv2 covers the message alone (RFC 3768 §5.3.8).
 * - VRRPv3 on IPv6 has the pseudo header of RFC 8200 §8.1 (RFC 5798 §5.2.8).
 * - VRRPv3 on IPv4 is read in two ways: keepalived puts an IPv4 pseudo header before it; other makers and
 *   RFC 9568 §5.2.8 do not. `as_v2` is the second reading (keyword v3_checksum_as_v2).
 * - Old keepalived wrote the multicast group into the pseudo header of unicast adverts too: `old_unicast`.
 */
import { addressBytes, type Family } from '../base/address.ts';

export type ChecksumRule = 'pseudo_header' | 'as_v2' | 'old_unicast';

/** IP protocol number of VRRP (RFC 5798 §5.1.1.4). */
export const VRRP_PROTOCOL = 112;

export interface ChecksumScope {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly rule: ChecksumRule;
  /** Canonical text, of the packet. */
  readonly source: string;
  readonly destination: string;
  /** The group that `old_unicast` puts in place of the destination. */
  readonly multicastGroup: string;
}

/**
 * The checksum that `message` must carry, if its checksum field is zero; 0 for a received message whose field
 * is right. The checksum field of a sent message is filled with the result.
 */
export function vrrpChecksum(message: Uint8Array, scope: ChecksumScope): number {
  return ~fold(sumWords(message, pseudoHeaderSum(message.length, scope))) & 0xffff;
}

function pseudoHeaderSum(length: number, scope: ChecksumScope): number {
  const { version, family, rule, source, destination, multicastGroup } = scope;
  if (version === 2 || (family === 4 && rule === 'as_v2')) return 0;
  const target = family === 4 && rule === 'old_unicast' ? multicastGroup : destination;
  // Words add up in any order, so where the length and the protocol stand in the pseudo header does not matter.
  return sumAddress(source) + sumAddress(target) + length + VRRP_PROTOCOL;
}

function sumAddress(text: string): number {
  const bytes = addressBytes(text);
  return bytes === undefined ? 0 : sumWords(bytes, 0);
}

/** At most 2^15 words of 16 bits: no overflow of a double, so one fold at the end is enough. */
function sumWords(bytes: Uint8Array, from: number): number {
  let sum = from;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return sum;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
