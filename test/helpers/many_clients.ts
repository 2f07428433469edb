/** Frames of very many clients, cheap: one frame patched in place. TCP's checksum, which nobody here reads, is left. */
import { checksum, frameBytes } from './frames.ts';
import { tcp } from './packets.ts';

/** The frames that client n sends; good until the next call. */
export class Clients {
  readonly #frames = new Map<string, Buffer>();

  frame(flags: string, n: number): Buffer {
    const frame = this.#frames.get(flags) ?? frameBytes(tcp(flags, '10.0.0.0:1024'));
    this.#frames.set(flags, frame);
    frame.writeUInt32BE(0x0a40_0000 + Math.floor(n / 4), 26);
    frame.writeUInt16BE(1024 + (n % 4) * 10_007, 34);
    frame.writeUInt16BE(0, 24);
    frame.writeUInt16BE(checksum(frame.subarray(14, 34)), 24);
    return frame;
  }
}
