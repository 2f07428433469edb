/**
 * The vectors of the packet core (test/core/vectors), the captured traces of IPVS (test/core/ipvs), its rules and
 * damaged frames as packets go, by each data path, and by what stands in for XDP at tc: frames into one end of a
 * veth, the program or an AF_XDP thread at the other, and what comes back out of it. All of them, under the clock that
 * they set, on one program a data path.
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
import { type Decided, type WireKind, wireEngine } from '../helpers/wire.ts';
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
const kinds: readonly WireKind[] = ['af_xdp', 'xdp', 'skb', 'tc'];
const FRAGMENT_HEADER = 44;

const actions = verdictList();

/** What was changed of a packet before it was dropped is seen by nobody: it ends as it came. At tc nobody is told. */
function visible(step: Step, kind: WireKind): Step {
  if (!('frame' in step) || actions.get(step.is) !== 'drop') return step;
  const { to: _, out: __, ...rest } = step;
  return kind === 'tc' ? { ...rest, answer: 'none' } : rest;
}

const asSeen = (vector: Vector, kind: WireKind): Vector => ({
  ...vector,
  steps: vector.steps.map((step) => visible(step, kind)),
});

/** What the program hands to no socket (bpf/core/steer.h): fragments, and what is longer than a buffer. */
function staysInKernel(frame: Uint8Array): boolean {
  if (frame.length > LONGEST_STEERED) return true;
  const packet = Buffer.from(frame.subarray(networkOffset(Buffer.from(frame))));
  if ((packet[0] ?? 0) >> 4 === 6) return packet[6] === FRAGMENT_HEADER;
  return (packet.readUInt16BE(6) & 0x3fff) !== 0;
}

/** What it would answer, it drops. */
function silent(engine: Engine): Engine {
  const run: Engine['run'] = (frame, ingress) => {
    const outcome = engine.run(frame, ingress);
    return outcome.action === 'answer' ? { ...outcome, action: 'drop', frame } : outcome;
  };
  return new Proxy(engine, {
    get: (target, name: keyof Engine) => (name === 'run' ? run : target[name].bind(target)),
  });
}

for (const kind of (await inOwnNamespace(import.meta.url)) ? kinds : []) {
  let made: Engine | undefined;
  const byThreads = { forwarded: 0 };
  const byKernel: string[] = [];

  function look({ verdict, steered, sent }: Decided): void {
    if (verdict !== 'FORWARDED') return;
    if (steered) byThreads.forwarded++;
    else if (kind === 'af_xdp' && !staysInKernel(sent)) byKernel.push(decodeFrame(sent));
  }

  function engine(): Engine {
    made ??= wireEngine(kind, TRACE_FLOW_SLOTS, look);
    made.empty();
    return made;
  }

  describe(`over a wire, ${kind}`, () => {
    describe('as in the engines', () => {
      for (const [area, list] of Object.entries(vectors))
        for (const vector of list.map((one) => asSeen(one, kind)))
          it(`${area}: ${vector.title}`, { skip: leftOut[vector.title] ?? false }, () => {
            assert.deepEqual(actualStory(vector, equipped(engine())), expectedStory(vector));
          });
    });

    describe('as in IPVS', () => testTraces(engine, { answers: kind !== 'tc' }));

    // Some of what they say is about answers.
    if (kind !== 'tc') describe('by the rules of IPVS', () => testRules(engine));

    describe('a damaged frame', () => {
      let both: readonly Engine[] | undefined;
      const core = () => {
        const whole = newEngine('core', TRACE_FLOW_SLOTS);
        return kind === 'tc' ? silent(whole) : whole;
      };
      const every = () => {
        both ??= [core(), equipped(engine())].map(withFlows);
        return both;
      };
      // The system takes no frame without an Ethernet header, nor passes one on whose VLAN header runs past it.
      testDamagedFrames({
        every,
        takes: (frame) => frame.length >= 22 || (frame.length >= 14 && frame.readUInt16BE(12) !== 0x88a8),
      });
    });

    it('what is forwarded is so by the thread, if there is one, but for fragments and jumbo frames', () => {
      assert.deepEqual(byKernel, []);
      assert.equal(byThreads.forwarded > 30_000, kind === 'af_xdp', `${byThreads.forwarded} by threads`);
    });
  });
}
