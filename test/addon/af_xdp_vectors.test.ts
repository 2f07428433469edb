/**
 * The vectors of the packet core (test/core/vectors), the captured traces of IPVS (test/core/ipvs), its rules and
 * damaged frames as packets go: frames into one end of a veth, an AF_XDP thread at the other, and what comes back out
 * of it. All of them, under the clock that they set, on one program.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Engine } from '../../src/addon/addon.ts';
import { vectors } from '../core/vectors/all.ts';
import { networkOffset, testDamagedFrames, withFlows } from '../helpers/damaged_frames.ts';
import { decodeFrame } from '../helpers/decode_frame.ts';
import { equipped, newEngine, verdictList } from '../helpers/engines.ts';
import { inOwnNamespace } from '../helpers/netns.ts';
import { actualStory, expectedStory, type Step, type Vector } from '../helpers/vectors.ts';
import { type Decided, wireEngine } from '../helpers/wire.ts';
import { TRACE_FLOW_SLOTS, testTraces } from '../replay/cases.ts';
import { testRules } from '../replay/rules.ts';

/** By title, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'what is neither IPv4 nor IPv6 is passed on':
    'Linux drops a VLAN tag with nothing behind it before it is seen',
  'an Ethernet or VLAN header that runs past the frame is short': 'as is every other such tag',
};

/** XLB_SOCKET_FRAME_BYTES. */
const LONGEST_STEERED = 3328;
const FRAGMENT_HEADER = 44;

const actions = verdictList();

/** What was changed of a packet before it was dropped is seen by nobody: it ends as it came. */
function visible(step: Step): Step {
  if (!('frame' in step) || actions.get(step.is) !== 'drop') return step;
  const { to: _, out: __, ...rest } = step;
  return rest;
}

const asSeen = (vector: Vector): Vector => ({ ...vector, steps: vector.steps.map(visible) });

/** What the program hands to no socket (bpf/core/steer.h): fragments, and what is longer than a buffer. */
function staysInKernel(frame: Uint8Array): boolean {
  if (frame.length > LONGEST_STEERED) return true;
  const packet = Buffer.from(frame.subarray(networkOffset(Buffer.from(frame))));
  if ((packet[0] ?? 0) >> 4 === 6) return packet[6] === FRAGMENT_HEADER;
  return (packet.readUInt16BE(6) & 0x3fff) !== 0;
}

if (await inOwnNamespace(import.meta.url)) {
  let made: Engine | undefined;
  const byThreads = { forwarded: 0 };
  const notByThreads: string[] = [];

  function look({ verdict, steered, sent }: Decided): void {
    if (verdict !== 'FORWARDED') return;
    if (steered) byThreads.forwarded++;
    else if (!staysInKernel(sent)) notByThreads.push(decodeFrame(sent));
  }

  function engine(): Engine {
    made ??= wireEngine(TRACE_FLOW_SLOTS, look);
    made.empty();
    return made;
  }

  describe('behind an AF_XDP socket, as in the engines', () => {
    for (const [area, list] of Object.entries(vectors))
      for (const vector of list.map(asSeen))
        it(`${area}: ${vector.title}`, { skip: leftOut[vector.title] ?? false }, () => {
          assert.deepEqual(actualStory(vector, equipped(engine())), expectedStory(vector));
        });
  });

  describe('behind an AF_XDP socket, as in IPVS', () => testTraces(engine));

  describe('behind an AF_XDP socket, by the rules of IPVS', () => testRules(engine));

  describe('behind an AF_XDP socket, a damaged frame', () => {
    let both: readonly Engine[] | undefined;
    const every = () => {
      both ??= [newEngine('core', TRACE_FLOW_SLOTS), equipped(engine())].map(withFlows);
      return both;
    };
    // The system takes no frame without an Ethernet header, nor passes one on whose VLAN header runs past it.
    testDamagedFrames({
      every,
      takes: (frame) => frame.length >= 22 || (frame.length >= 14 && frame.readUInt16BE(12) !== 0x88a8),
    });
  });

  it('all that was forwarded was by the thread, but for fragments and jumbo frames', () => {
    assert.deepEqual(notByThreads, []);
    assert.ok(byThreads.forwarded > 30_000, `${byThreads.forwarded} frames`);
  });
}
