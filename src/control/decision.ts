/** What the packet path tells of a packet (struct xlb_traced of bpf/shared/trace.h), as bytes and as an object. */
import type { Verdict } from '../addon/addon.ts';
import { formatAddress } from '../base/address.ts';

/** Where what stands in a record; numbers are little-endian, ports and addresses as in a packet. */
export const at = {
  time: 0,
  ingress: 8,
  egress: 12,
  client: 16,
  virtualAddress: 32,
  realServer: 48,
  mac: 64,
  clientPort: 72,
  virtualPort: 74,
  serverPort: 76,
  virtualServer: 78,
  fwmark: 80,
  frameLength: 84,
  captured: 88,
  length: 92,
  protocol: 96,
  version: 97,
  kind: 98,
  tcpFlags: 99,
  verdict: 100,
  flags: 101,
  state: 102,
  stateBefore: 103,
  frame: 112,
} as const;

const flagBits = { isNew: 1, template: 2, persistent: 4, flow: 8 } as const;

export const ICMP_ERROR = 3;
const LATER_FRAGMENT = 2;
const protocolNames: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

/** What numbers of a record mean: the addon's lists, and the names of interfaces. */
export interface Names {
  readonly verdicts: readonly Verdict[];
  readonly flowStates: readonly string[];
  readonly interfaceName: (index: number) => string;
}

export interface Decision {
  /** CLOCK_MONOTONIC. */
  readonly timeNs: bigint;
  readonly interface: string;
  readonly verdict: string;
  readonly action: Verdict['action'];
  readonly meaning: string;
  /** Bytes of the IP packet; 0 where it is none. */
  readonly length: number;
  readonly frameLength: number;
  /** As far as the packet could be read. */
  readonly version?: 4 | 6;
  readonly protocol?: string;
  readonly icmpError?: boolean;
  readonly laterFragment?: boolean;
  /** 'S', 'SA', 'FA', ... */
  readonly tcpFlags?: string;
  readonly client?: string;
  readonly clientPort?: number;
  readonly vip?: string;
  readonly vipPort?: number;
  /** The virtual server's own port, 0: any; or its mark. */
  readonly virtualServer?: { readonly port: number } | { readonly fwmark: number };
  readonly realServer?: string;
  /** Of the real server, where it is known. */
  readonly mac?: string;
  /** Where it was sent. */
  readonly egress?: string;
  /** A flow was to be made for it. */
  readonly isNew: boolean;
  /** The client's template said where it goes. */
  readonly template: boolean;
  readonly persistent: boolean;
  readonly state?: string;
  /** Where this packet changed it. */
  readonly stateBefore?: string;
}

/** Each record of a batch, whole. A batch comes from the packet path by way of this process: it is in order. */
export function* recordsOf(batch: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  for (let from = 0; from + at.frame <= bytes.length; ) {
    const size = at.frame + ((bytes.readUInt32LE(from + at.captured) + 7) & ~7);
    if (from + size > bytes.length) return;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

/** The bytes of the frame that a record has. */
export function frameOf(record: Buffer): Buffer {
  return record.subarray(at.frame, at.frame + record.readUInt32LE(at.captured));
}

export function readDecision(record: Buffer, names: Names): Decision {
  const number = record.readUInt8(at.verdict);
  const verdict = names.verdicts[number] ?? { name: `verdict ${number}`, action: 'drop', meaning: 'unknown' };
  const flags = record.readUInt8(at.flags);
  const egress = record.readUInt32LE(at.egress);
  return {
    timeNs: record.readBigUInt64LE(at.time),
    interface: names.interfaceName(record.readUInt32LE(at.ingress)),
    verdict: verdict.name,
    action: verdict.action,
    meaning: verdict.meaning,
    length: record.readUInt32LE(at.length),
    frameLength: record.readUInt32LE(at.frameLength),
    ...readEnds(record),
    ...readServers(record),
    ...(egress === 0 ? {} : { egress: names.interfaceName(egress) }),
    isNew: (flags & flagBits.isNew) !== 0,
    template: (flags & flagBits.template) !== 0,
    persistent: (flags & (flagBits.persistent | flagBits.template)) !== 0,
    ...((flags & flagBits.flow) === 0 ? {} : readStates(record, names)),
  };
}

function readEnds(record: Buffer): Partial<Decision> {
  const version = record.readUInt8(at.version);
  if (version !== 4 && version !== 6) return {};
  const protocol = record.readUInt8(at.protocol);
  const kind = record.readUInt8(at.kind);
  const clientPort = record.readUInt16BE(at.clientPort);
  const vipPort = record.readUInt16BE(at.virtualPort);
  return {
    version,
    protocol: protocolNames[protocol] ?? `protocol ${protocol}`,
    client: addressAt(record, at.client),
    vip: addressAt(record, at.virtualAddress),
    ...(clientPort === 0 && vipPort === 0 ? {} : { clientPort, vipPort }),
    ...(kind === ICMP_ERROR ? { icmpError: true } : {}),
    ...(kind === LATER_FRAGMENT ? { laterFragment: true } : {}),
    ...(protocol === 6 && kind < LATER_FRAGMENT && clientPort !== 0
      ? { tcpFlags: flagsText(record.readUInt8(at.tcpFlags)) }
      : {}),
  };
}

function readServers(record: Buffer): Partial<Decision> {
  const fwmark = record.readUInt32LE(at.fwmark);
  const port = record.readUInt16BE(at.serverPort);
  const known = record.readUInt16LE(at.virtualServer) !== 0;
  const realServer = addressAt(record, at.realServer);
  const mac = record.subarray(at.mac, at.mac + 6);
  if (realServer === '::') return known ? { virtualServer: fwmark === 0 ? { port } : { fwmark } } : {};
  return {
    virtualServer: fwmark === 0 ? { port } : { fwmark },
    realServer,
    ...(mac.every((byte) => byte === 0) ? {} : { mac: macText(mac) }),
  };
}

function readStates(record: Buffer, { flowStates }: Names): Partial<Decision> {
  const state = flowStates[record.readUInt8(at.state)] ?? '?';
  const before = flowStates[record.readUInt8(at.stateBefore)] ?? '?';
  return { state, ...(before === state ? {} : { stateBefore: before }) };
}

/** The sixteen bytes; IPv4 as ::ffff:a.b.c.d. */
function addressAt(record: Buffer, offset: number): string {
  const v4 = record.readUIntBE(offset, 6) === 0 && record.readUIntBE(offset + 6, 6) === 0xffff;
  return formatAddress(record.subarray(v4 ? offset + 12 : offset, offset + 16));
}

function macText(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** As tcpdump has them, dots for ACK apart: 'S', 'SA', 'PA', 'none'. */
function flagsText(flags: number): string {
  const text = [...'FSRPAUEW'].filter((_, bit) => (flags & (1 << bit)) !== 0).join('');
  return text === '' ? 'none' : text;
}
