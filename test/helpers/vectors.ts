/**
 * A vector: what the tables hold, then frames and changes in order with what becomes of each, then what the tables
 * must hold. It runs in any Engine; the whole story is compared at once.
 */
import assert from 'node:assert/strict';
import type {
  DataplaneSettings,
  Engine,
  Nexthop,
  VirtualServerKey,
  VirtualServerSpec,
} from '../../src/addon/addon.ts';
import { told } from './answers.ts';
import { decodeFrame } from './decode_frame.ts';
import {
  connectionLines,
  flowLines,
  loadLines,
  serverLines,
  setVirtualServers,
  sinceZeroLines,
  verdictList,
} from './engines.ts';
import { type Frame, frameBytes } from './frames.ts';
import { director, forwarded, markRule, virtualServer, virtualServerKey } from './packets.ts';

export type Step =
  | {
      readonly frame: Frame | Uint8Array;
      readonly is: string;
      /** The real server that it leaves for, or the frame that comes out where it is not the rule's. */
      readonly to?: string;
      readonly out?: Uint8Array;
      /** What its sender gets, where that is not what the verdict alone says (answers.ts). */
      readonly answer?: Frame | 'none';
    }
  /** The clock, in seconds from the start. */
  | { readonly at: number }
  | { readonly set: string }
  | { readonly settings: DataplaneSettings }
  /** A change that is refused: what is said must have this in it. */
  | { readonly set: string; readonly refused: RegExp }
  | { readonly remove: VirtualServerKey | string }
  /** All mark rules (packets.ts), in order. */
  | { readonly marks: readonly string[] }
  /** ipvsadm -Z. */
  | { readonly zero: string | 'all' }
  | { readonly nexthop: readonly [address: string, nexthop: Nexthop] }
  /** The director's own interface takes no longer packets than this. */
  | { readonly ingressMtu: number }
  | { readonly sweep: { readonly used: number; readonly expired: number } }
  | { readonly flows: readonly string[] }
  | { readonly servers: readonly string[] }
  /** What ipvsadm -Lc shows, with seconds. */
  | { readonly connections: readonly string[] }
  /** What destinations have now (loadLines). */
  | { readonly load: readonly string[] }
  /** Counters since they were zeroed, as `servers` has them without weights. */
  | { readonly sinceZero: readonly string[] };

export interface Vector {
  readonly title: string;
  /** Virtual servers (test/helpers/packets.ts); one TCP and one UDP server per family unless given. */
  readonly given?: readonly string[];
  readonly flowSlots?: number;
  readonly steps: readonly Step[];
}

export const usualServers = [
  'TCP 10.0.0.100:80 rr rs1*1 rs2*1',
  'UDP 10.0.0.100:80 rr rs1*1 rs2*1',
  'TCP [fd00::100]:80 rr rs1*1 rs2*1',
  'UDP [fd00::100]:80 rr rs1*1 rs2*1',
];

export const sent = (frame: Frame, to: string): Step => ({ frame, is: 'FORWARDED', to });
export const ends = (is: string, ...frames: (Frame | Uint8Array)[]): Step[] =>
  frames.map((frame) => ({ frame, is }));

export function givenServers({ given = usualServers }: Vector): VirtualServerSpec[] {
  return given.map(virtualServer);
}

export function bytesOf(frame: Frame | Uint8Array): Uint8Array {
  return frame instanceof Uint8Array ? frame : frameBytes(frame);
}

const actions = verdictList();

/** What became of a frame. */
export function story(verdict: string, action: string, frame: Uint8Array): string {
  return `${verdict} ${action}: ${decodeFrame(frame)}`;
}

/** The story as it must be: an entry a step, then the verdicts counted. */
export function expectedStory({ steps }: Vector): unknown[] {
  const counts: Record<string, number> = {};
  const entries = steps.map((step) => {
    if ('flows' in step) return step.flows;
    if ('servers' in step) return step.servers;
    if ('connections' in step) return step.connections;
    if ('load' in step) return step.load;
    if ('sinceZero' in step) return step.sinceZero;
    if ('sweep' in step) return step.sweep;
    if (!('frame' in step)) return 'done';
    counts[step.is] = (counts[step.is] ?? 0) + 1;
    const answer = step.answer ?? told(step.is, step.frame);
    if (answer !== 'none') return story(step.is, 'answer', frameBytes(answer));
    const out =
      step.out ?? bytesOf(step.to === undefined ? step.frame : forwarded(step.frame as Frame, step.to));
    return story(step.is, actions.get(step.is) ?? 'an unknown verdict', out);
  });
  return [...entries, counts];
}

/** The story as the engine tells it. */
export function actualStory(vector: Vector, engine: Engine): unknown[] {
  setVirtualServers(engine, givenServers(vector));
  const entries = vector.steps.map((step) => take(step, engine));
  const counted = engine.verdicts().filter(({ packets }) => packets > 0);
  return [...entries, Object.fromEntries(counted.map(({ name, packets }) => [name, packets]))];
}

const keyOf = (key: VirtualServerKey | string) => (typeof key === 'string' ? virtualServerKey(key) : key);

/** An entry of the story. */
export function take(step: Step, engine: Engine): unknown {
  if ('flows' in step) return flowLines(engine);
  if ('servers' in step) return serverLines(engine);
  if ('connections' in step) return connectionLines(engine);
  if ('load' in step) return loadLines(engine);
  if ('sinceZero' in step) return sinceZeroLines(engine);
  if ('sweep' in step) return engine.sweep();
  if ('frame' in step) {
    const outcome = engine.run(bytesOf(step.frame), director.ingress);
    return story(outcome.verdict, outcome.action, outcome.frame);
  }
  if ('at' in step) engine.setClock(step.at * 1000);
  else if ('settings' in step) engine.setSettings(step.settings);
  else if ('refused' in step)
    assert.throws(() => engine.setVirtualServer(virtualServer(step.set)), step.refused);
  else if ('set' in step) engine.setVirtualServer(virtualServer(step.set));
  else if ('remove' in step) engine.removeVirtualServer(keyOf(step.remove));
  else if ('marks' in step) engine.setMarkRules(step.marks.map(markRule));
  else if ('zero' in step) engine.zero(step.zero === 'all' ? undefined : virtualServerKey(step.zero));
  else if ('ingressMtu' in step)
    engine.setInterface({ index: director.ingress, mac: director.mac, mtu: step.ingressMtu });
  else engine.setNexthop(...step.nexthop);
  return 'done';
}
