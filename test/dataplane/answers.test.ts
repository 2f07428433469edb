import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Answering, answerQuestion } from '../../src/dataplane/answers.ts';
import type { InterfaceState } from '../../src/dataplane/messages.ts';

it('what takes traffic is answered without a look at the tables', () => {
  const interfaces: InterfaceState[] = [{ name: 'eth0', mode: 'native' }];
  const answering = { interfaces: () => interfaces, wanted: [] } as unknown as Answering;
  assert.deepEqual(answerQuestion({ ask: 'interfaces' }, answering), { ask: 'interfaces', interfaces });
});
