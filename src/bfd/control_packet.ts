/** The BFD Control packet (RFC 5880 §4.1): bytes <-> values. Pure. */

/** RFC 5880 §4.1: what the field Sta says, by number. */
export const bfdStates = ['AdminDown', 'Down', 'Init', 'Up'] as const;
export type BfdState = (typeof bfdStates)[number];

/** What the field Diag says, by number. */
export const diagnostics = [
  'No Diagnostic',
  'Control Detection Time Expired',
  'Echo Function Failed',
  'Neighbor Signaled Session Down',
  'Forwarding Plane Reset',
  'Path Down',
  'Concatenated Path Down',
  'Administratively Down',
  'Reverse Concatenated Path Down',
] as const;
export type Diagnostic = (typeof diagnostics)[number];

/** Intervals are microseconds. */
export interface ControlPacket {
  /** As a number: newer systems may send ones that are not in the table. */
  readonly diagnostic: number;
  readonly state: BfdState;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly myDiscriminator: number;
  /** 0: not known yet. */
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  /** 0: it wants no packets. */
  readonly requiredMinRxUs: number;
}

export const CONTROL_PACKET_BYTES = 24;
const VERSION = 1;
/** With an authentication section, however short. */
const LEAST_AUTHENTICATED_BYTES = 26;

const POLL = 0x20;
const FINAL = 0x10;
const AUTHENTICATION = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

export function encodeControlPacket(packet: ControlPacket): Uint8Array {
  const bytes = new Uint8Array(CONTROL_PACKET_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = (VERSION << 5) | packet.diagnostic;
  bytes[1] =
    (bfdStates.indexOf(packet.state) << 6) |
    (packet.poll ? POLL : 0) |
    (packet.final ? FINAL : 0) |
    (packet.demand ? DEMAND : 0);
  bytes[2] = packet.multiplier;
  bytes[3] = CONTROL_PACKET_BYTES;
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTxUs);
  view.setUint32(16, packet.requiredMinRxUs);
  // Required Min Echo RX Interval stays 0: no echo packets are taken.
  return bytes;
}

export type Decoded =
  | { readonly packet: ControlPacket }
  /** Why it is discarded. */
  | { readonly refused: string };

/** What RFC 5880 §6.8.6 discards without looking at any session, and authentication, which nobody asked for. */
export function decodeControlPacket(bytes: Uint8Array): Decoded {
  if (bytes.length < CONTROL_PACKET_BYTES) return { refused: `it has ${bytes.length} bytes, 24 at least` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, flags, multiplier, length] = [0, 1, 2, 3].map((at) => view.getUint8(at)) as [
    number,
    number,
    number,
    number,
  ];
  const authenticated = (flags & AUTHENTICATION) !== 0;
  const least = authenticated ? LEAST_AUTHENTICATED_BYTES : CONTROL_PACKET_BYTES;
  if (first >> 5 !== VERSION) return { refused: `it is of version ${first >> 5}, not ${VERSION}` };
  if (length < least) return { refused: `its length says ${length} bytes, ${least} at least` };
  if (length > bytes.length)
    return { refused: `its length says ${length} bytes, but it has ${bytes.length}` };
  if (multiplier === 0) return { refused: 'its multiplier is 0' };
  if ((flags & MULTIPOINT) !== 0) return { refused: 'its multipoint bit is set' };
  const packet = readPacket(view, { first, flags, multiplier });
  const { myDiscriminator, yourDiscriminator, state } = packet;
  if (myDiscriminator === 0) return { refused: 'its own discriminator is 0' };
  if (yourDiscriminator === 0 && state !== 'Down' && state !== 'AdminDown')
    return { refused: `it is ${state}, but names no session` };
  // RFC 5880 §6.5: MUST NOT both be set.
  if (packet.poll && packet.final) return { refused: 'its poll and final bits are both set' };
  if (authenticated) return { refused: 'it is authenticated, which no session here is' };
  return { packet };
}

interface Head {
  readonly first: number;
  readonly flags: number;
  readonly multiplier: number;
}

function readPacket(view: DataView, { first, flags, multiplier }: Head): ControlPacket {
  return {
    diagnostic: first & 0x1f,
    state: bfdStates[flags >> 6] ?? 'AdminDown',
    poll: (flags & POLL) !== 0,
    final: (flags & FINAL) !== 0,
    demand: (flags & DEMAND) !== 0,
    multiplier,
    myDiscriminator: view.getUint32(4),
    yourDiscriminator: view.getUint32(8),
    desiredMinTxUs: view.getUint32(12),
    requiredMinRxUs: view.getUint32(16),
  };
}
