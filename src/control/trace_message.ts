/**
 * What GET /api/v1/trace sends: messages of a kind, a length (32 bits each, little-endian) and that many bytes; one
 * each second at least, so that either side sees that the other is there.
 */

/** Numbers of what went untold since this viewer came. */
export interface TraceState {
  /** More than were asked for in a second. */
  readonly limited: number;
  /** The packet path's ring was full. */
  readonly lost: number;
  /** This viewer did not read fast enough. */
  readonly dropped: number;
  /** Names by index. */
  readonly interfaces: Readonly<Record<string, string>>;
}

export type TraceMessage =
  /** As recordsOf() reads them. */
  | { readonly kind: 'records'; readonly records: Buffer }
  | { readonly kind: 'state'; readonly state: TraceState }
  /** The last one. */
  | { readonly kind: 'end'; readonly reason: string };

const kinds = ['records', 'state', 'end'] as const;
const HEADER = 8;
const LONGEST = 16 * 1024 * 1024;

export function encodeMessage(kind: TraceMessage['kind'], payload: Uint8Array | string): Uint8Array {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const message = Buffer.allocUnsafe(HEADER + bytes.length);
  message.writeUInt32LE(kinds.indexOf(kind), 0);
  message.writeUInt32LE(bytes.length, 4);
  message.set(bytes, HEADER);
  return message;
}

/** Throws where the bytes are no messages. */
export async function* readMessages(parts: AsyncIterable<Buffer>): AsyncGenerator<TraceMessage> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    for (;;) {
      if (rest.length < HEADER) break;
      const length = rest.readUInt32LE(4);
      const kind = kinds[rest.readUInt32LE(0)];
      if (kind === undefined || length > LONGEST)
        throw new Error('The daemon sends something else than decisions: is it of another version?');
      if (rest.length < HEADER + length) break;
      yield decode(kind, rest.subarray(HEADER, HEADER + length));
      rest = rest.subarray(HEADER + length);
    }
  }
}

function decode(kind: TraceMessage['kind'], payload: Buffer): TraceMessage {
  switch (kind) {
    case 'records':
      return { kind, records: payload };
    case 'state':
      return { kind, state: JSON.parse(payload.toString('utf8')) as TraceState };
    case 'end':
      return { kind, reason: payload.toString('utf8') };
  }
}
