/** Rules of IPVS that no captured trace shows (test/replay/rules.ts). */
import { describe } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { engineKinds } from '../helpers/engines.ts';
import { testRules } from '../replay/rules.ts';

for (const { kind, skip } of engineKinds)
  describe(`in the ${kind} engine`, { skip }, () =>
    testRules(() => new (addon().Engine)({ kind, flowSlots: 1024 })),
  );
