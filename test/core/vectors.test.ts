/** Every vector (test/core/vectors/) in both engines: frames in; verdicts, frames and tables out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { emptiedEngine, engineKinds, verdictList } from '../helpers/engines.ts';
import { actualStory, expectedStory } from '../helpers/vectors.ts';
import { vectors } from './vectors/all.ts';

for (const { kind, skip } of engineKinds)
  describe(`the packet core, ${kind} engine`, { skip }, () => {
    for (const [area, list] of Object.entries(vectors))
      describe(area, () => {
        for (const vector of list)
          it(vector.title, () => {
            const engine = emptiedEngine(kind, vector.flowSlots);
            assert.deepEqual(actualStory(vector, engine), expectedStory(vector));
          });
      });
  });

/** No frame leads to these verdicts. */
const unreachable: Readonly<Record<string, string>> = {
  BROKEN_TABLES: 'only a defect of the control side, or memory gone bad',
  FLOW_TABLE_FULL: 'needs a table full of flows: flow_table.test.ts',
};

describe('the verdicts', () => {
  const seen = new Set(
    Object.values(vectors).flatMap((list) =>
      list.flatMap(({ steps }) => steps.flatMap((step) => ('frame' in step ? [step.is] : []))),
    ),
  );

  it('are all reached by some vector, but for those that no frame leads to', () => {
    const missing = [...verdictList().keys()].filter((name) => !seen.has(name));
    assert.deepEqual(missing.sort(), Object.keys(unreachable).sort());
  });

  it('are listed by the engine as bpf/shared/verdicts.h has them', { skip: engineKinds[0]?.skip }, () => {
    const listed = new (addon().Engine)({ kind: 'core', flowSlots: 1024 }).verdicts();
    assert.deepEqual(new Map(listed.map(({ name, action }) => [name, action])), verdictList());
  });
});
