/** Damaged frames (test/helpers/damaged_frames.ts) in both engines. */
import { describe } from 'node:test';
import type { Engine } from '../../src/addon/addon.ts';
import { testDamagedFrames, withFlows } from '../helpers/damaged_frames.ts';
import { engineKinds, newEngine } from '../helpers/engines.ts';

const engines = new Map<string, Engine>();
/** Both where both are there. */
function every(): readonly Engine[] {
  for (const { kind, skip } of engineKinds)
    if (skip === false && !engines.has(kind)) engines.set(kind, withFlows(newEngine(kind)));
  return [...engines.values()];
}

/** BPF_PROG_TEST_RUN takes no frame without an Ethernet header. */
const takes = (frame: Buffer) => frame.length >= 14;

const anyEngine = engineKinds.some(({ skip }) => skip === false);

describe('a damaged frame', { skip: anyEngine ? false : engineKinds[0]?.skip }, () =>
  testDamagedFrames({ every, takes }),
);
