/** What is told of one session. */
import type { BfdState } from './control_packet.ts';

export interface SessionState {
  readonly name: string;
  readonly neighbor: string;
  readonly state: BfdState;
  readonly remoteState: BfdState;
  /** Why it was last left, in the words of RFC 5880; absent: no diagnostic. */
  readonly diagnostic?: string;
  /** Absent before the first packet. */
  readonly detectionTimeUs?: number;
  readonly transmitIntervalUs: number;
  /** Wall clock milliseconds. */
  readonly sinceMs: number;
  /** Why packets of the neighbour are discarded, or none can be sent; absent: all is well. */
  readonly trouble?: string;
}
