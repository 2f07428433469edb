/**
 * Ethernet frames from data: what a test means to send, with every length and checksum filled in correctly unless
 * the test says otherwise. Whatever a field is called here, a wrong value of it can be asked for, too.
 */
import { addressBytes as bytesOfAddress } from '../../src/base/address.ts';

export interface Vlan {
  readonly id: number;
  /** 0x8100 (802.1Q) unless given; 0x88a8 is the outer one of QinQ. */
  readonly type?: number;
}

export interface Tcp {
  readonly kind: 'tcp';
  readonly source: number;
  readonly destination: number;
  /** Letters of F S R P A U; '' for none. */
  readonly flags: string;
  /** 1000 unless given. */
  readonly sequence?: number;
  /** 0 unless given. */
  readonly acknowledged?: number;
  /** 64240 unless given. */
  readonly window?: number;
  /** Header length in 4 bytes: 5 unless given. */
  readonly dataOffset?: number;
  readonly payload?: Uint8Array;
}

export interface Udp {
  readonly kind: 'udp';
  readonly source: number;
  readonly destination: number;
  readonly length?: number;
  readonly payload?: Uint8Array;
}

/** ICMP or ICMPv6, by the family of the packet that carries it. */
export interface Icmp {
  readonly kind: 'icmp';
  readonly type: number;
  readonly code: number;
  /** The four bytes behind the checksum: next hop's MTU, identifier, ... */
  readonly rest?: number;
  /** What follows: the packet that an error quotes. */
  readonly payload?: Network | Uint8Array;
  /** Bytes kept of the payload, as a router cuts it. */
  readonly quote?: number;
}

export type Transport = Tcp | Udp | Icmp | Uint8Array;

export interface Fragment {
  /** In bytes; a multiple of 8. */
  readonly offset: number;
  readonly more: boolean;
  readonly identification: number;
}

export interface Ipv4 {
  readonly version: 4;
  readonly source: string;
  readonly destination: string;
  /** 64 unless given. */
  readonly ttl?: number;
  readonly tos?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly fragment?: Fragment;
  /** In 4 bytes. */
  readonly optionWords?: number;
  readonly headerWords?: number;
  readonly totalLength?: number;
  readonly checksum?: number;
  readonly protocol?: number;
  readonly payload: Transport;
}

export type Extension =
  | { readonly kind: 'hop_by_hop' | 'routing' | 'destination'; readonly length?: number }
  | ({ readonly kind: 'fragment' } & Fragment);

export interface Ipv6 {
  readonly version: 6;
  readonly source: string;
  readonly destination: string;
  /** 64 unless given. */
  readonly ttl?: number;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  readonly extensions?: readonly Extension[];
  readonly payloadLength?: number;
  readonly protocol?: number;
  readonly payload: Transport;
}

export type Network = Ipv4 | Ipv6;

export interface Frame {
  readonly destinationMac: string;
  readonly sourceMac: string;
  readonly vlans?: readonly Vlan[];
  readonly etherType?: number;
  readonly network: Network | Uint8Array;
  /** Zero bytes behind the packet, as a short frame on Ethernet has them. */
  readonly padding?: number;
}

const protocols = { tcp: 6, udp: 17 } as const;
const extensionTypes = { hop_by_hop: 0, routing: 43, destination: 60, fragment: 44 } as const;

/** The bytes of the frame, without the frame check sequence. */
export function frameBytes(frame: Frame): Buffer {
  const tags = (frame.vlans ?? []).map(({ id, type = 0x8100 }) => Buffer.concat([word(type), word(id)]));
  const network = frame.network;
  const own = network instanceof Uint8Array ? 0 : network.version === 4 ? 0x0800 : 0x86dd;
  return Buffer.concat([
    macBytes(frame.destinationMac),
    macBytes(frame.sourceMac),
    ...tags,
    word(frame.etherType ?? own),
    network instanceof Uint8Array ? network : networkBytes(network),
    Buffer.alloc(frame.padding ?? 0),
  ]);
}

export function networkBytes(packet: Network): Buffer {
  return packet.version === 4 ? ipv4Bytes(packet) : ipv6Bytes(packet);
}

function ipv4Bytes(packet: Ipv4): Buffer {
  const options = Buffer.alloc((packet.optionWords ?? 0) * 4, 1); // no operation
  const payload = cut(transportBytes(packet), packet.fragment);
  const header = Buffer.alloc(20);
  header[0] = 0x40 | (packet.headerWords ?? 5 + (packet.optionWords ?? 0));
  header[1] = packet.tos ?? 0;
  header.writeUInt16BE(packet.totalLength ?? 20 + options.length + payload.length, 2);
  header.writeUInt16BE(packet.fragment?.identification ?? packet.identification ?? 0, 4);
  header.writeUInt16BE(fragmentWord(packet), 6);
  header[8] = packet.ttl ?? 64;
  header[9] = packet.protocol ?? protocolOf(packet);
  addressBytes(packet.source).copy(header, 12);
  addressBytes(packet.destination).copy(header, 16);
  const whole = Buffer.concat([header, options]);
  whole.writeUInt16BE(packet.checksum ?? checksum(whole), 10);
  return Buffer.concat([whole, payload]);
}

function fragmentWord({ dontFragment, fragment }: Ipv4): number {
  const flags = (dontFragment ? 0x4000 : 0) | (fragment?.more ? 0x2000 : 0);
  return flags | ((fragment?.offset ?? 0) >> 3);
}

function ipv6Bytes(packet: Ipv6): Buffer {
  const extensions = packet.extensions ?? [];
  const fragment = extensions.find((extension) => extension.kind === 'fragment');
  const types = [...extensions.map(({ kind }) => extensionTypes[kind]), protocolOf(packet)];
  const chain = extensions.map((extension, index) => extensionBytes(extension, types[index + 1] ?? 59));
  const payload = cut(transportBytes(packet), fragment);
  const rest = Buffer.concat([...chain, payload]);
  const header = Buffer.alloc(40);
  header.writeUInt32BE(0x60000000 + (packet.trafficClass ?? 0) * 2 ** 20 + (packet.flowLabel ?? 0));
  header.writeUInt16BE(packet.payloadLength ?? rest.length, 4);
  header[6] = packet.protocol ?? types[0] ?? 59;
  header[7] = packet.ttl ?? 64;
  addressBytes(packet.source).copy(header, 8);
  addressBytes(packet.destination).copy(header, 24);
  return Buffer.concat([header, rest]);
}

function extensionBytes(extension: Extension, next: number): Buffer {
  if (extension.kind !== 'fragment') {
    const length = extension.length ?? 0;
    return Buffer.concat([Buffer.from([next, length]), Buffer.alloc(length * 8 + 6)]);
  }
  const bytes = Buffer.alloc(8);
  bytes[0] = next;
  bytes.writeUInt16BE(extension.offset | (extension.more ? 1 : 0), 2);
  bytes.writeUInt32BE(extension.identification, 4);
  return bytes;
}

/** A later fragment carries what stands at its offset; the first one, all: its payload is given as short as it is. */
function cut(payload: Buffer, fragment: Fragment | undefined): Buffer {
  return payload.subarray(fragment?.offset ?? 0);
}

function protocolOf({ version, payload }: Network): number {
  if (payload instanceof Uint8Array) return 59;
  if (payload.kind === 'icmp') return version === 4 ? 1 : 58;
  return protocols[payload.kind];
}

function transportBytes(packet: Network): Buffer {
  const { payload } = packet;
  if (payload instanceof Uint8Array) return Buffer.from(payload);
  switch (payload.kind) {
    case 'tcp':
      return summed(packet, tcpBytes(payload), 16);
    case 'udp':
      return summed(packet, udpBytes(payload), 6);
    case 'icmp':
      return summed(packet, icmpBytes(payload), 2);
  }
}

function tcpBytes(segment: Tcp): Buffer {
  const { source, destination, flags, dataOffset = 5, payload = Buffer.alloc(0) } = segment;
  const header = Buffer.alloc(20);
  header.writeUInt16BE(source, 0);
  header.writeUInt16BE(destination, 2);
  header.writeUInt32BE(segment.sequence ?? 1000, 4);
  header.writeUInt32BE(segment.acknowledged ?? 0, 8);
  header[12] = dataOffset << 4;
  header[13] = [...flags].reduce((bits, letter) => bits | (1 << 'FSRPAU'.indexOf(letter)), 0);
  header.writeUInt16BE(segment.window ?? 64240, 14);
  return Buffer.concat([header, Buffer.alloc(Math.max(0, dataOffset - 5) * 4, 1), payload]);
}

function udpBytes({ source, destination, length, payload = Buffer.alloc(0) }: Udp): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(source, 0);
  header.writeUInt16BE(destination, 2);
  header.writeUInt16BE(length ?? 8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

function icmpBytes({ type, code, rest = 0, payload = Buffer.alloc(0), quote }: Icmp): Buffer {
  const quoted = payload instanceof Uint8Array ? Buffer.from(payload) : networkBytes(payload);
  const header = Buffer.from([type, code, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(rest, 4);
  return Buffer.concat([header, quoted.subarray(0, quote ?? quoted.length)]);
}

/** The transport's checksum put in its place; with the pseudo header where there is one. */
function summed(packet: Network, bytes: Buffer, place: number): Buffer {
  const ends = [addressBytes(packet.source), addressBytes(packet.destination)];
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const protocol = protocolOf(packet);
  const pseudo = protocol === 1 ? [] : [...ends, length, word(protocol)];
  bytes.writeUInt16BE(checksum(Buffer.concat([...pseudo, bytes])), place);
  return bytes;
}

/** RFC 1071. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function word(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/** 4 or 16 bytes. */
function addressBytes(text: string): Buffer {
  const bytes = bytesOfAddress(text);
  if (bytes === undefined) throw new TypeError(`not an address: ${text}`);
  return Buffer.from(bytes);
}
