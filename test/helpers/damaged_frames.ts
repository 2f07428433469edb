/**
 * Frames cut short at every length, and with every bit of their headers flipped. Whatever comes, all engines say the
 * same, only whole packets are forwarded, and of those nothing changes but MAC addresses, TTL and header checksum.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Engine } from '../../src/addon/addon.ts';
import { decodeFrame } from './decode_frame.ts';
import { setVirtualServers } from './engines.ts';
import { checksum, type Frame, frameBytes } from './frames.ts';
import { answer, director, icmpError, tcp, udp, virtualServer } from './packets.ts';
import { usualServers } from './vectors.ts';

const client4 = '10.1.0.1:1024';
const client6 = '[2001:db8::1]:1024';
const payload = Buffer.alloc(40, 0x66);
const fragment = { offset: 16, more: false, identification: 7 };
const extensions = [{ kind: 'hop_by_hop' }, { kind: 'routing', length: 1 }, { kind: 'destination' }] as const;

/** Frames that are forwarded when they come in this order. */
const frames: Readonly<Record<string, Frame>> = {
  'TCP over IPv4': tcp('S', client4),
  'TCP with options over IPv4 with options': tcp('A', client4, {
    ip: { optionWords: 3 },
    transport: { dataOffset: 8 },
  }),
  'UDP over IPv4 in two VLAN tags': udp(client4, {
    frame: { vlans: [{ id: 7, type: 0x88a8 }, { id: 9 }] },
    transport: { payload },
  }),
  'TCP over IPv6': tcp('S', client6),
  'TCP over IPv6 with extension headers': tcp('PA', client6, { ip: { extensions }, transport: { payload } }),
  'UDP over IPv6': udp(client6, { transport: { payload } }),
  'an ICMP error': icmpError('3/4', answer(tcp('A', client4))),
  'an ICMPv6 error': icmpError('2/0', answer(tcp('A', client6))),
  'a first IPv4 fragment': udp(client4, {
    ip: { fragment: { offset: 0, more: true, identification: 7 } },
    transport: { payload },
  }),
  'a later IPv4 fragment': udp(client4, { ip: { fragment }, transport: { payload } }),
  'a first IPv6 fragment': udp(client6, {
    ip: { extensions: [{ kind: 'fragment', offset: 0, more: true, identification: 7 }] },
    transport: { payload },
  }),
  'a later IPv6 fragment': udp(client6, {
    ip: { extensions: [{ kind: 'fragment', ...fragment }] },
    transport: { payload },
  }),
};

const ETHERNET = 14;

/** Engines in the same state: every frame goes through each of them, or through the core alone. */
export interface Engines {
  readonly every: () => readonly Engine[];
  /** Whether the others take such a frame; the core takes all. */
  readonly takes: (frame: Buffer) => boolean;
}

/** With virtual servers, and a flow of each kind. */
export function withFlows(engine: Engine): Engine {
  setVirtualServers(engine, usualServers.map(virtualServer));
  for (const frame of Object.values(frames)) {
    const { verdict } = engine.run(frameBytes(frame), director.ingress);
    assert.equal(verdict, 'FORWARDED');
  }
  return engine;
}

/** What became of the frame, the same in every engine. */
function outcomeOf(engines: Engines, frame: Buffer): { verdict: string; action: string; frame: Buffer } {
  const [first, ...others] = engines
    .every()
    .flatMap((engine, index) =>
      index > 0 && !engines.takes(frame) ? [] : [engine.run(frame, director.ingress)],
    );
  if (first === undefined) throw new Error('there is no engine');
  for (const other of others)
    if (
      other.verdict !== first.verdict ||
      other.action !== first.action ||
      !Buffer.from(other.frame).equals(first.frame)
    )
      assert.fail(
        `core ${first.verdict}, another ${other.verdict}:\n${decodeFrame(frame)}\n${decodeFrame(other.frame)}`,
      );
  return { verdict: first.verdict, action: first.action, frame: Buffer.from(first.frame) };
}

/** Where the IP header begins, behind the tags. */
export function networkOffset(frame: Buffer): number {
  let offset = ETHERNET;
  while ([0x8100, 0x88a8].includes(frame.readUInt16BE(offset - 2))) offset += 4;
  return offset;
}

/** Why this frame must not have left like that; undefined where it was right. */
function wrong(frame: Buffer, left: Buffer): string | undefined {
  const at = networkOffset(frame);
  const version = (frame[at] ?? 0) >> 4;
  const header = version === 4 ? ((frame[at] ?? 0) & 15) * 4 : 40;
  const length = version === 4 ? frame.readUInt16BE(at + 2) : 40 + frame.readUInt16BE(at + 4);
  if (at + length > frame.length) return 'the packet is not whole';
  if (version === 4 && checksum(left.subarray(at, at + header)) !== 0) return 'the checksum is wrong';
  const expected = Buffer.from(frame);
  left.copy(expected, 0, 0, 12);
  const ttl = at + (version === 4 ? 8 : 7);
  expected[ttl] = (expected[ttl] ?? 0) - 1;
  if (version === 4) left.copy(expected, at + 10, at + 10, at + 12);
  return expected.equals(left) ? undefined : 'something else changed';
}

function check(engines: Engines, frame: Buffer): string {
  const outcome = outcomeOf(engines, frame);
  const left = outcome.frame;
  // What is answered is looked at by the vectors of answers, and by the fuzzer.
  if (outcome.action === 'answer') return outcome.verdict;
  if (outcome.action !== 'forward')
    assert.deepEqual(left, frame, 'a frame that is not forwarded stays as it is');
  else assert.equal(wrong(frame, left), undefined, `${decodeFrame(frame)}\n${decodeFrame(left)}`);
  return outcome.verdict;
}

/** A test a kind of frame and damage. */
export function testDamagedFrames(engines: Engines): void {
  for (const [name, frame] of Object.entries(frames)) {
    const whole = frameBytes(frame);

    it(`${name}: cut short anywhere, is not forwarded`, () => {
      const verdicts = Array.from({ length: whole.length }, (_, length) =>
        check(engines, whole.subarray(0, length)),
      );
      assert.deepEqual(
        verdicts.flatMap((verdict, length) => (verdict === 'FORWARDED' ? [length] : [])),
        [],
      );
      assert.equal(check(engines, whole), 'FORWARDED');
    });

    it(`${name}: padded to any length, is forwarded`, () => {
      for (let padding = 1; padding < 64; padding++)
        assert.equal(check(engines, Buffer.concat([whole, Buffer.alloc(padding, 0xff)])), 'FORWARDED');
    });

    it(`${name}: with any one bit flipped, ends in one verdict, the same in every engine`, () => {
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        check(engines, flipped);
      }
    });

    if (networkOffset(whole) >= 0 && (whole[networkOffset(whole)] ?? 0) >> 4 === 4)
      it(`${name}: with any bit of the IPv4 header flipped and its checksum made right, too`, () => {
        const at = networkOffset(whole);
        const header = ((whole[at] ?? 0) & 15) * 4;
        for (let bit = 0; bit < header * 8; bit++) {
          const flipped = Buffer.from(whole);
          flipped[at + (bit >> 3)] = (flipped[at + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
          flipped.writeUInt16BE(0, at + 10);
          const now = Math.min(flipped.length, at + ((flipped[at] ?? 0) & 15) * 4);
          flipped.writeUInt16BE(checksum(flipped.subarray(at, now)), at + 10);
          check(engines, flipped);
        }
      });
  }

  it('leaves the same flows and counters in every engine', () => {
    const [first, ...others] = engines.every().map((engine) => ({
      flows: engine.connections().length,
      servers: engine.virtualServers(),
      verdicts: engine.verdicts().filter(({ name }) => name !== 'SHORT_ETHERNET'),
    }));
    for (const other of others) assert.deepEqual(other, first);
  });
}
