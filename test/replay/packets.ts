/** A trace's words as frames, and what became of a frame as a word. Pure. */
import type { Outcome } from '../../src/addon/addon.ts';
import { familyOf } from '../../src/base/address.ts';
import { frameBytes, type Network, type Transport } from '../helpers/frames.ts';
import type { Endpoint } from './endpoint.ts';
import type { Topology } from './format.ts';

/** 'udp', or TCP flags. A SYN has four bytes of options, as those that were captured. */
export function frameOf(
  word: string,
  { client, to, topology }: { client: Endpoint; to: Endpoint; topology: Topology },
): Buffer {
  const ports = { source: client.port, destination: to.port };
  const payload: Transport =
    word === 'udp'
      ? { kind: 'udp', ...ports }
      : { kind: 'tcp', flags: word, dataOffset: word.includes('S') ? 6 : 5, ...ports };
  const version = familyOf(client.address) ?? 4;
  const network: Network = { version, source: client.address, destination: to.address, payload };
  return frameBytes({ destinationMac: topology.director.mac, sourceMac: topology.client.mac, network });
}

/** 'rs2' of the real server whose MAC address the frame goes to; the address where it is nobody's. */
export function machineOf(frame: Uint8Array, { realServers, client }: Topology): string {
  const mac = Buffer.from(frame.subarray(0, 6))
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1:');
  for (const [name, machine] of realServers) if (machine.mac === mac) return name;
  return mac === client.mac ? 'client' : mac;
}

/** 'icmp:3/3', or 'rst'. */
export function answerWord(frame: Uint8Array): string {
  const bytes = Buffer.from(frame);
  const ipv6 = isIpv6(bytes);
  const at = 14 + (ipv6 ? 40 : 20);
  const protocol = bytes[ipv6 ? 20 : 23];
  return protocol === 6 ? 'rst' : `icmp:${bytes[at]}/${bytes[at + 1]}`;
}

/** Nothing came out. A broken table is never what a trace means. */
export function dropWord({ verdict }: Outcome): string {
  return verdict === 'BROKEN_TABLES' || verdict === 'FLOW_TABLE_FULL' ? verdict : 'none';
}

/** The frame in hex without what the kernel draws by lot: identification and checksum after it, IPv6's flow label. */
export function withoutLots(frame: Uint8Array): string {
  const bytes = Buffer.from(frame);
  if (isIpv6(bytes)) return bytes.fill(0, 15, 18).toString('hex');
  return bytes.length < 34 ? bytes.toString('hex') : bytes.fill(0, 18, 20).fill(0, 24, 26).toString('hex');
}

/** Names the datagram that the frame is a fragment of; undefined where it is whole, or IPv6. */
export function datagramOf(frame: Uint8Array): string | undefined {
  const bytes = Buffer.from(frame);
  if (bytes.length < 34 || bytes.readUInt16BE(12) !== 0x0800) return undefined;
  if ((bytes.readUInt16BE(20) & 0x3fff) === 0) return undefined;
  return `${bytes.toString('hex', 18, 20)} ${bytes.toString('hex', 26, 34)}`;
}

function isIpv6(bytes: Buffer): boolean {
  return bytes.length >= 14 && bytes.readUInt16BE(12) === 0x86dd;
}
