/** The core does what the kernel's IPVS did with the same packets (test/core/ipvs/README.md). */
import { describe } from 'node:test';
import { addon, type Engine } from '../../src/addon/addon.ts';
import { engineKinds } from '../helpers/engines.ts';
import { TRACE_FLOW_SLOTS, testTraces } from '../replay/cases.ts';

for (const { kind, skip } of engineKinds)
  describe(`in the ${kind} engine, as in IPVS`, { skip }, () => {
    // To load the program takes longer than all the cases of a file.
    let engine: Engine | undefined;
    testTraces(() => {
      engine ??= new (addon().Engine)({ kind, flowSlots: TRACE_FLOW_SLOTS });
      engine.empty();
      return engine;
    });
  });
