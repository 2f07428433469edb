/**
 * pcapng (draft-ietf-opsawg-pcapng): what tcpdump and Wireshark read. Blocks as bytes, little-endian: a section header,
 * an interface each, then packets with a comment. Pure.
 */

const OPTION = {
  end: 0,
  comment: 1,
  ifName: 2,
  ifResolution: 9,
  hardware: 2,
  system: 3,
  application: 4,
} as const;
const ETHERNET = 1;
const NANOSECONDS = 9;

/** What a file begins with. */
export function sectionHeader({
  application,
  system,
}: {
  readonly application: string;
  readonly system: string;
}): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(0x1a2b3c4d, 0);
  fixed.writeUInt16LE(1, 4); // version 1.0
  fixed.writeBigInt64LE(-1n, 8); // its length is not said
  return block(0x0a0d0d0a, [
    fixed,
    options([
      [OPTION.system, system],
      [OPTION.application, application],
    ]),
  ]);
}

/** An Ethernet interface; packets name it by its place, the first is 0. Times are nanoseconds. */
export function interfaceBlock(name: string, snap: number): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(ETHERNET, 0);
  fixed.writeUInt32LE(snap, 4);
  return block(1, [
    fixed,
    options([
      [OPTION.ifName, name],
      [OPTION.ifResolution, Buffer.of(NANOSECONDS)],
    ]),
  ]);
}

export interface CapturedPacket {
  readonly interfaceId: number;
  /** Since 1970. */
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** Of the whole frame. */
  readonly frameLength: number;
  readonly comment: string;
}

export function packetBlock({ interfaceId, timeNs, bytes, frameLength, comment }: CapturedPacket): Buffer {
  const fixed = Buffer.alloc(20);
  fixed.writeUInt32LE(interfaceId, 0);
  fixed.writeUInt32LE(Number(timeNs >> 32n), 4);
  fixed.writeUInt32LE(Number(timeNs & 0xffff_ffffn), 8);
  fixed.writeUInt32LE(bytes.length, 12);
  fixed.writeUInt32LE(frameLength, 16);
  return block(6, [fixed, padded(bytes), options([[OPTION.comment, comment]])]);
}

function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 12);
  const ends = Buffer.alloc(8);
  ends.writeUInt32LE(type, 0);
  ends.writeUInt32LE(length, 4);
  return Buffer.concat([ends, ...parts, ends.subarray(4)]);
}

function options(list: readonly (readonly [code: number, value: string | Uint8Array])[]): Buffer {
  const parts = list.flatMap(([code, value]) => {
    const bytes = typeof value === 'string' ? Buffer.from(value).subarray(0, 0xffff) : value;
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(bytes.length, 2);
    return [head, padded(bytes)];
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** To a multiple of four bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  const rest = (4 - (bytes.length % 4)) % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(rest)]);
}
