/** The core does what the kernel's IPVS did with the same packets (test/core/ipvs/README.md). */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { engineKinds, newEngine } from '../helpers/engines.ts';
import { replay, type TraceCase, whyNot } from '../helpers/ipvs_trace.ts';
import { repository } from '../helpers/tree.ts';

const folder = join(repository, 'test/core/ipvs');

function cases(file: string): readonly TraceCase[] {
  return (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { cases: TraceCase[] }).cases;
}

/** Differences that are meant to be, by case: what is expected there instead, and why. */
const exceptions: Readonly<Record<string, { readonly why: string; readonly differences: RegExp }>> = {
  'local node: the director is a real server': {
    why: "the answers of the director's own stack are not seen, so its connections stay SYN_RECV",
    differences: /^after, ipvsadm -Ln: .*"-> 127\.0\.0\.1:80 1 0 2".*, we .*"-> 127\.0\.0\.1:80 1 2 0"/,
  },
};

for (const { kind, skip } of engineKinds)
  describe(`in the ${kind} engine, as in IPVS`, { skip }, () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')))
      for (const trace of cases(file)) {
        const missing = whyNot(trace);
        const title = `${file}: ${trace.name}`;
        it(title, missing === undefined ? {} : { skip: `needs ${missing}` }, (test) => {
          const result = replay(trace, newEngine(kind));
          for (const what of result.left_out) test.diagnostic(`not compared: ${what}`);
          const exception = exceptions[trace.name];
          if (exception) test.diagnostic(exception.why);
          const unexpected = result.differences.filter((text) => !exception?.differences.test(text));
          assert.deepEqual(unexpected, []);
        });
      }
  });
