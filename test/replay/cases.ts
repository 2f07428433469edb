/** The captured traces of test/core/ipvs as tests, for any kind of Engine. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Engine } from '../../src/addon/addon.ts';
import { repository } from '../helpers/tree.ts';
import { readTraceFile } from './format.ts';
import { Replayer } from './replay.ts';

const folder = join(repository, 'test/core/ipvs');
export const TRACE_FLOW_SLOTS = 16_384;

/** Differences that are meant to be, by case: what is expected there instead, and why. */
const exceptions: Readonly<Record<string, { readonly why: string; readonly differences: RegExp }>> = {
  'local node: the director is a real server': {
    why: "the answers of the director's own stack are not seen, so its connections stay SYN_RECV",
    differences:
      /^after, ipvsadm -Lnc?: .*127\.0\.0\.1:80( .* 0 +2 .*, xlb .* 2 +0 |", xlb .* SYN_RECV .*127)/,
  },
  mtu: {
    why: 'of a packet that is too big and may be cut, IPVS makes two; XDP can send only one frame for one',
    differences: /^event 3, .*: IPVS rs2, xlb none$/,
  },
};

/** A test a case; each file begins with an engine as it is when it is made. */
const UNANSWERED = /: IPVS icmp:\S+( rst)?, xlb none( rst)?$/;

/** `answers` false: what the engine drops, it drops in silence. */
export function testTraces(newEngine: () => Engine, { answers = true } = {}): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const { topology, cases } = readTraceFile(readFileSync(join(folder, name), 'utf8'), name);
    let replayer: Replayer | undefined;
    for (const trace of cases)
      it(`${name}: ${trace.name}`, (test) => {
        replayer ??= new Replayer(newEngine(), topology);
        const differences = replayer.replay(trace);
        replayer.empty();
        const exception = exceptions[trace.name];
        if (exception) test.diagnostic(exception.why);
        assert.deepEqual(
          differences.filter(
            (text) => !exception?.differences.test(text) && (answers || !UNANSWERED.test(text)),
          ),
          [],
        );
      });
  }
}
