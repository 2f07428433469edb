/** A frame in words, for a test that got another one than it expected. Reads what it can and shows the rest as hex. */
import { formatAddress } from '../../src/base/address.ts';

interface Part {
  readonly text: string;
  /** What comes next, and where. */
  readonly next?: {
    readonly kind: number;
    readonly offset: number;
    readonly family?: 'ether' | 'ip4' | 'ip6';
  };
}

const extensionNames: Readonly<Record<number, string>> = {
  0: 'hop_by_hop',
  43: 'routing',
  60: 'destination',
};

/** One line a header, then the bytes. */
export function decodeFrame(frame: Uint8Array): string {
  const bytes = Buffer.from(frame);
  const lines = [`${bytes.length} bytes`];
  try {
    let part: Part | undefined = ethernet(bytes);
    while (part) {
      lines.push(part.text);
      part = part.next && header(bytes, part.next);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    lines.push('cut short');
  }
  return [...lines.map((line) => `  ${line}`), bytes.toString('hex')].join('\n');
}

function header(bytes: Buffer, { kind, offset, family }: NonNullable<Part['next']>): Part | undefined {
  if (family === 'ether') {
    if (kind === 0x8100 || kind === 0x88a8) return vlan(bytes, offset);
    if (kind === 0x0800) return ipv4(bytes, offset);
    return kind === 0x86dd ? ipv6(bytes, offset) : undefined;
  }
  if (kind === 6) return { text: tcp(bytes, offset) };
  if (kind === 17) return { text: udp(bytes, offset) };
  if (kind === 1 && family === 'ip4') return icmp(bytes, offset, 0x0800);
  if (kind === 58 && family === 'ip6') return icmp(bytes, offset, 0x86dd);
  return family === 'ip6' ? extension(bytes, kind, offset) : undefined;
}

function mac(bytes: Buffer, offset: number): string {
  return (
    bytes
      .subarray(offset, offset + 6)
      .toString('hex')
      .match(/../g)
      ?.join(':') ?? ''
  );
}

function ethernet(bytes: Buffer): Part {
  const kind = bytes.readUInt16BE(12);
  const text = `ethernet ${mac(bytes, 6)} > ${mac(bytes, 0)} type 0x${kind.toString(16)}`;
  return { text, next: { kind, offset: 14, family: 'ether' } };
}

function vlan(bytes: Buffer, offset: number): Part {
  const kind = bytes.readUInt16BE(offset + 2);
  return { text: `vlan ${bytes.readUInt16BE(offset)}`, next: { kind, offset: offset + 4, family: 'ether' } };
}

function ipv4(bytes: Buffer, at: number): Part {
  const words = bytes.readUInt8(at) & 15;
  const fragment = bytes.readUInt16BE(at + 6);
  const ends = [12, 16].map((offset) => [...bytes.subarray(at + offset, at + offset + 4)].join('.'));
  const text = [
    `ipv4 ${ends.join(' > ')} header ${words * 4} length ${bytes.readUInt16BE(at + 2)}`,
    `id ${bytes.readUInt16BE(at + 4)} fragment 0x${fragment.toString(16)} ttl ${bytes.readUInt8(at + 8)}`,
    `protocol ${bytes.readUInt8(at + 9)} checksum 0x${bytes.readUInt16BE(at + 10).toString(16)}`,
  ].join(' ');
  if ((fragment & 0x1fff) !== 0) return { text };
  return { text, next: { kind: bytes.readUInt8(at + 9), offset: at + words * 4, family: 'ip4' } };
}

function ipv6(bytes: Buffer, at: number): Part {
  const ends = [8, 24].map((offset) => {
    return formatAddress(bytes.subarray(at + offset, at + offset + 16));
  });
  const kind = bytes.readUInt8(at + 6);
  const size = `payload ${bytes.readUInt16BE(at + 4)}`;
  const text = `ipv6 ${ends.join(' > ')} ${size} next ${kind} hop limit ${bytes.readUInt8(at + 7)}`;
  return { text, next: { kind, offset: at + 40, family: 'ip6' } };
}

function extension(bytes: Buffer, kind: number, at: number): Part | undefined {
  const next = bytes.readUInt8(at);
  if (kind === 44) {
    const word = bytes.readUInt16BE(at + 2);
    const text = `fragment offset ${word & 0xfff8} more ${word & 1} id ${bytes.readUInt32BE(at + 4)} next ${next}`;
    return (word & 0xfff8) === 0 ? { text, next: { kind: next, offset: at + 8, family: 'ip6' } } : { text };
  }
  const name = extensionNames[kind];
  if (name === undefined) return undefined;
  const size = (bytes.readUInt8(at + 1) + 1) * 8;
  return { text: `${name} ${size} next ${next}`, next: { kind: next, offset: at + size, family: 'ip6' } };
}

function tcp(bytes: Buffer, at: number): string {
  const bits = bytes.readUInt8(at + 13);
  const flags = [...'FSRPAU'].filter((_, bit) => bits & (1 << bit)).join('');
  const header = (bytes.readUInt8(at + 12) >> 4) * 4;
  return `tcp ${bytes.readUInt16BE(at)} > ${bytes.readUInt16BE(at + 2)} flags ${flags || '-'} header ${header}`;
}

function udp(bytes: Buffer, at: number): string {
  return `udp ${bytes.readUInt16BE(at)} > ${bytes.readUInt16BE(at + 2)} length ${bytes.readUInt16BE(at + 4)}`;
}

function icmp(bytes: Buffer, at: number, quoted: number): Part {
  const rest = bytes.readUInt32BE(at + 4).toString(16);
  const text = `icmp ${bytes.readUInt8(at)}/${bytes.readUInt8(at + 1)} rest 0x${rest}`;
  return { text, next: { kind: quoted, offset: at + 8, family: 'ether' } };
}
