import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { realServerCondition, virtualServerCondition } from '../../src/control/condition.ts';
import type { DestinationStatus } from '../../src/control/status.ts';
import { destination, down, drained, virtualServer } from '../helpers/page_status.ts';

describe('the condition of a real server', () => {
  const cases: readonly [change: Partial<DestinationStatus>, level: string, word: string][] = [
    [{}, 'good', 'up'],
    [down('x'), 'bad', 'down'],
    [drained, 'idle', 'drained'],
    [{ weight: 0 }, 'idle', 'weight 0'],
    [{ overloaded: true, upper_threshold: 9 }, 'warning', 'full'],
    [{ nexthop: { kind: 'unresolved' } }, 'warning', 'no MAC'],
    [{ unchecked: ['MISC_CHECK: check disabled'] }, 'warning', 'unchecked'],
    [{ warnings: ['it answers ARP'] }, 'warning', 'warning'],
    [{ slow_start_percent: 30 }, 'good', 'starting'],
    [{ sorry: true, up: false }, 'idle', 'stands by'],
    [{ sorry: true }, 'warning', 'serves'],
  ];
  for (const [change, level, word] of cases)
    it(`is "${word}" where its status has ${JSON.stringify(change)}`, () => {
      const condition = realServerCondition(destination('10.0.0.11', change));
      assert.deepEqual([condition.level, condition.word], [level, word]);
    });

  it('has what its checks say as the reason', () => {
    assert.deepEqual(
      realServerCondition(destination('10.0.0.12', down('TCP_CHECK: no answer in time'))).why,
      ['TCP_CHECK: no answer in time'],
    );
  });
});

it('a virtual server whose real servers are all drained takes no new flows: it is down', () => {
  const server = virtualServer('10.0.0.1', [destination('10.0.0.11', drained)]);
  assert.deepEqual(virtualServerCondition(server), {
    level: 'bad',
    word: 'down',
    why: ['No real server takes new flows'],
  });
});
