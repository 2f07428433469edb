/**
 * Reading a received VRRP message, with the checks of RFC 5798 §7.1 and RFC 3768 §7.1 in keepalived's order, so
 * that each refusal is counted where keepalived counts it. Pure; nothing here throws on any bytes.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Family, formatAddress, isUnicast } from '../base/address.ts';
import {
  type Advert,
  type AdvertRules,
  AUTH_AH,
  AUTH_NONE,
  AUTH_PASS,
  HEADER_BYTES,
  messageBytes,
  PASSWORD_BYTES,
  type PacketInfo,
  passwordBytes,
  TYPE_ADVERTISEMENT,
} from './advert.ts';
import { type ChecksumRule, type ChecksumScope, vrrpChecksum } from './checksum.ts';

/** What only a receiver needs to know. */
export interface ReceiveRules extends AdvertRules {
  /** advert_int: a v2 advert with another interval is refused (RFC 3768 §7.1). */
  readonly advertIntMs: number;
  /** virtual_ipaddress, canonical. */
  readonly addresses: readonly string[];
  /** unicast_peer; empty: multicast. */
  readonly peers: readonly UnicastPeer[];
  /** check_unicast_src, or a peer with min_ttl or max_ttl. */
  readonly checkUnicastSource: boolean;
  /** Without old_unicast_checksum (keepalived's default): both forms are taken, and a peer's is used. */
  readonly learnOldUnicast: boolean;
  /** skip_check_adv_addr on a backup: the address of its master, whose address list is not compared again. */
  readonly trustAddressesOf?: string;
}

export interface UnicastPeer {
  readonly address: string;
  readonly minTtl?: number;
  readonly maxTtl?: number;
}

/** Names of keepalived's statistics; the last has only a log line there. */
export const refusals = [
  'packet_len_err',
  'ip_ttl_err',
  'vers_err',
  'vrid_err',
  'invalid_authtype',
  'authtype_mismatch',
  'auth_failure',
  'advert_interval_err',
  'invalid_type_rcvd',
  'chk_err',
  'addr_list_err',
  'unicast_src_err',
] as const;

export type Refusal = (typeof refusals)[number];

export type Decoded =
  | {
      readonly kind: 'advert';
      readonly advert: Advert;
      /** The rule by which the checksum was right. Where a peer has another than that of the rules: speak so, too. */
      readonly checksum: ChecksumRule;
      /**
       * The address list is not ours: to be counted as addr_list_err and logged. The advert counts all the same, as
       * in keepalived 2.4; 2.2 dropped it, and both directors were master.
       */
      readonly addressMismatch?: string;
    }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** For the log, without the instance's name. */
      readonly text: string;
    };

/** Reads and checks a received VRRP message. `bytes` may be anything. */
export function decodeAdvert(bytes: Uint8Array, rules: ReceiveRules, packet: PacketInfo): Decoded {
  if (bytes.length < HEADER_BYTES) return refuse('packet_len_err', tooShort(bytes.length, HEADER_BYTES));
  const advert = header(bytes, rules);
  if (advert.vrid !== rules.vrid)
    return refuse('vrid_err', `received VRID mismatch. Received ${advert.vrid}, Expected ${rules.vrid}`);
  const refused =
    checkLength(bytes, rules.family) ??
    checkTtl(rules, packet) ??
    checkVersion(bytes, rules) ??
    (rules.version === 2 ? checkVersion2(bytes, rules) : undefined) ??
    checkMessage(bytes, rules);
  if (refused !== undefined) return refused;
  const checksum = matchingChecksum(bytes, rules, packet);
  if (checksum === undefined) return refuse('chk_err', wrongChecksum(bytes, rules, packet));
  const misdirected = checkCast(rules, packet);
  if (misdirected !== undefined) return misdirected;
  const addressMismatch = packet.source === rules.trustAddressesOf ? undefined : compareLists(advert, rules);
  return { kind: 'advert', advert, checksum, ...(addressMismatch === undefined ? {} : { addressMismatch }) };
}

/** The fields, as far as the bytes reach; checked later. */
function header(bytes: Uint8Array, { family, version }: ReceiveRules): Advert {
  const [, vrid = 0, priority = 0, count = 0, high = 0, low = 0] = bytes;
  const width = family === 4 ? 4 : 16;
  const intervalMs = version === 2 ? low * 1000 : (((high & 0x0f) << 8) | low) * 10;
  const fitting = Math.min(count, Math.floor((bytes.length - HEADER_BYTES) / width));
  const addresses = Array.from({ length: fitting }, (_, index) =>
    formatAddress(bytes.subarray(HEADER_BYTES + index * width, HEADER_BYTES + (index + 1) * width)),
  );
  return { vrid, priority, intervalMs, addresses };
}

/** The length follows from the message itself: its version and its address count. */
function checkLength(bytes: Uint8Array, family: Family): Decoded | undefined {
  const [versionAndType = 0, , , count = 0] = bytes;
  const expected = messageBytes(versionAndType >> 4, family === 4 ? 4 : 16, count);
  if (bytes.length === expected) return undefined;
  return refuse('packet_len_err', tooShort(bytes.length, expected));
}

function tooShort(length: number, expected: number): string {
  return `vrrp packet too ${length > expected ? 'long' : 'short'}, length ${length} and expect ${expected}`;
}

/** 255 proves that no router forwarded the packet (RFC 5798 §5.1.1.3). Unicast may be routed. */
function checkTtl({ peers }: ReceiveRules, { ttl }: PacketInfo): Decoded | undefined {
  if (peers.length > 0 || ttl === undefined || ttl === 255) return undefined;
  return refuse('ip_ttl_err', `invalid TTL/HL. Received ${ttl} and expect 255`);
}

function checkVersion(bytes: Uint8Array, { version }: ReceiveRules): Decoded | undefined {
  const received = (bytes[0] ?? 0) >> 4;
  if (received === version) return undefined;
  return refuse('vers_err', `wrong version. Received ${received} and expect ${version}`);
}

/** Authentication and the interval (RFC 3768 §7.1). */
function checkVersion2(bytes: Uint8Array, { password, advertIntMs }: ReceiveRules): Decoded | undefined {
  const [, , , , type = 0, seconds = 0] = bytes;
  const expected = password === undefined ? AUTH_NONE : AUTH_PASS;
  if (type > AUTH_AH) return refuse('invalid_authtype', `Invalid auth type: ${type}`);
  if (type !== expected)
    return refuse('authtype_mismatch', `received a ${type} auth, expecting ${expected}!`);
  if (password !== undefined && !samePassword(bytes, password))
    return refuse('auth_failure', 'received an invalid passwd!');
  if (seconds * 1000 !== advertIntMs) {
    const text = `advertisement interval mismatch mine=${advertIntMs / 1000} sec rcv'd=${seconds} sec`;
    return refuse('advert_interval_err', text);
  }
  return undefined;
}

/** In constant time, so that the password cannot be found byte by byte from the time an answer takes. */
function samePassword(bytes: Uint8Array, password: string): boolean {
  return timingSafeEqual(bytes.subarray(bytes.length - PASSWORD_BYTES), passwordBytes(password));
}

function checkMessage(bytes: Uint8Array, { version }: ReceiveRules): Decoded | undefined {
  const [versionAndType = 0, , priority = 0, , high = 0, low = 0] = bytes;
  const type = versionAndType & 0x0f;
  if (type !== TYPE_ADVERTISEMENT)
    return refuse('invalid_type_rcvd', `Invalid packet type. ${type} and expect ${TYPE_ADVERTISEMENT}`);
  // A backup learns this interval; from 0 it would take over at once, and again and again. A resigning
  // master's interval is not used.
  if (version === 3 && priority > 0 && (high & 0x0f) === 0 && low === 0)
    return refuse('advert_interval_err', "advertisement interval mismatch rcv'd=0 milli-sec");
  return undefined;
}

function scopeOf(rules: ReceiveRules, rule: ChecksumRule, packet: PacketInfo): ChecksumScope {
  return { ...rules, rule, source: packet.source, destination: packet.destination };
}

function matchingChecksum(
  bytes: Uint8Array,
  rules: ReceiveRules,
  packet: PacketInfo,
): ChecksumRule | undefined {
  const both: readonly ChecksumRule[] = ['pseudo_header', 'old_unicast'];
  const learns = rules.peers.length > 0 && rules.learnOldUnicast && both.includes(rules.checksum);
  // Both forms at any time: one forged advert must not make the true master's wrong.
  const candidates = new Set(learns ? [rules.checksum, ...both] : [rules.checksum]);
  return [...candidates].find((rule) => vrrpChecksum(bytes, scopeOf(rules, rule, packet)) === 0);
}

/** A checksum that is right by the other reading of the RFC is no damage: the cure is a setting. */
function wrongChecksum(bytes: Uint8Array, rules: ReceiveRules, packet: PacketInfo): string {
  const text = `Invalid VRRPv${rules.version} checksum`;
  if (rules.version === 2 || rules.family === 6) return text;
  const other: ChecksumRule = rules.checksum === 'as_v2' ? 'pseudo_header' : 'as_v2';
  if (vrrpChecksum(bytes, scopeOf(rules, other, packet)) !== 0) return text;
  return other === 'as_v2'
    ? `${text}: it is right without a pseudo header; set v3_checksum_as_v2 for this peer`
    : `${text}: it is right with a pseudo header; remove v3_checksum_as_v2 for this peer`;
}

/** Multicast where peers are configured or the reverse; a unicast source that is no peer. */
function checkCast(rules: ReceiveRules, { source, destination, ttl }: PacketInfo): Decoded | undefined {
  const unicast = rules.peers.length > 0;
  if (isUnicast(destination) !== unicast) {
    const [expected, received] = unicast ? ['un', 'mult'] : ['mult', 'un'];
    return refuse('addr_list_err', `Expected ${expected}icast packet but received ${received}icast packet`);
  }
  if (!unicast || !rules.checkUnicastSource) return undefined;
  const peer = rules.peers.find(({ address }) => address === source);
  if (peer === undefined)
    return refuse('unicast_src_err', `unicast source address ${source} not a unicast peer`);
  const { minTtl = 0, maxTtl = 255 } = peer;
  if (ttl === undefined || (ttl >= minTtl && ttl <= maxTtl)) return undefined;
  return refuse('ip_ttl_err', `TTL/HL ${ttl} from ${source} outside its range ${minTtl} to ${maxTtl}`);
}

function compareLists({ addresses }: Advert, rules: ReceiveRules): string | undefined {
  if (addresses.length !== rules.addresses.length)
    return `received an unexpected ip number count ${addresses.length}, expected ${rules.addresses.length}!`;
  const missing = rules.addresses.find((address) => !addresses.includes(address));
  if (missing === undefined) return undefined;
  return `ip address associated with VRID ${rules.vrid} not present in MASTER advert: ${missing}`;
}

function refuse(refusal: Refusal, text: string): Decoded {
  return { kind: 'refused', refusal, text };
}
