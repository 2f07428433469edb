/**
 * A tiny model of the director's own stack, where nothing listens: what answers a packet that the core passed on, in a
 * trace's word. Fragments are reassembled first, as Linux does.
 */
import { checksum } from '../helpers/frames.ts';

const ETHERNET = 14;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;

/** What stands behind the IP header, where the packet is one. */
interface Carried {
  readonly version: 4 | 6;
  readonly protocol: number;
  readonly bytes: Buffer;
}

interface Datagram {
  readonly pieces: Map<number, Buffer>;
  length: number | undefined;
}

export class Stack {
  readonly #mac: string;
  readonly #datagrams = new Map<string, Datagram>();

  constructor(mac: string) {
    this.#mac = mac.replaceAll(':', '');
  }

  /** 'rst', 'icmp:3/3', ... or 'none'; 'echo' where the host may answer a ping or not. */
  receive(frame: Uint8Array): string {
    const bytes = Buffer.from(frame);
    if (bytes.subarray(0, 6).toString('hex') !== this.#mac) return 'none';
    const packet = this.#carried(bytes);
    return packet === undefined ? 'none' : answerTo(packet);
  }

  #carried(bytes: Buffer): Carried | undefined {
    const type = bytes.length < ETHERNET + 20 ? 0 : bytes.readUInt16BE(12);
    if (type === 0x0800) return this.#ipv4(bytes.subarray(ETHERNET));
    return type === 0x86dd && bytes.length >= ETHERNET + 40 ? ipv6(bytes.subarray(ETHERNET)) : undefined;
  }

  #ipv4(packet: Buffer): Carried | undefined {
    const header = (packet.readUInt8(0) % 16) * 4;
    const length = packet.readUInt16BE(2);
    if (header < 20 || length < header || packet.length < length) return undefined;
    if (checksum(packet.subarray(0, header)) !== 0) return undefined;
    const fragment = packet.readUInt16BE(6) & 0x3fff;
    const payload = packet.subarray(header, length);
    const bytes = fragment === 0 ? payload : this.#reassembled(packet, payload);
    return bytes && { version: 4, protocol: packet.readUInt8(9), bytes };
  }

  #reassembled(packet: Buffer, payload: Buffer): Buffer | undefined {
    const name = `${packet.toString('hex', 4, 6)}${packet.toString('hex', 9, 10)}${packet.toString('hex', 12, 20)}`;
    const word = packet.readUInt16BE(6);
    const datagram = this.#datagrams.get(name) ?? { pieces: new Map(), length: undefined };
    this.#datagrams.set(name, datagram);
    const offset = (word & 0x1fff) * 8;
    datagram.pieces.set(offset, payload);
    if ((word & 0x2000) === 0) datagram.length = offset + payload.length;
    const whole: Buffer[] = [];
    let end = 0;
    for (let piece = datagram.pieces.get(0); piece !== undefined; piece = datagram.pieces.get(end)) {
      whole.push(piece);
      end += piece.length;
      if (piece.length === 0 || end === datagram.length) break;
    }
    if (end !== datagram.length) return undefined;
    this.#datagrams.delete(name);
    return Buffer.concat(whole);
  }
}

/** Without extension headers: traces have none. */
function ipv6(packet: Buffer): Carried | undefined {
  const length = packet.readUInt16BE(4);
  if (packet.length < 40 + length) return undefined;
  return { version: 6, protocol: packet.readUInt8(6), bytes: packet.subarray(40, 40 + length) };
}

function answerTo({ version, protocol, bytes }: Carried): string {
  const first = bytes[0] ?? -1;
  if (protocol === TCP) return bytes.length < 20 || ((bytes[13] ?? 0) & 4) !== 0 ? 'none' : 'rst';
  if (protocol === UDP) return version === 4 ? 'icmp:3/3' : 'icmp:1/4';
  if ((protocol === ICMP && first === 8) || (protocol === ICMPV6 && first === 128)) return 'echo';
  return 'none';
}
