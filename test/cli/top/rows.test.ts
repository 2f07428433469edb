import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowsOf } from '../../../src/cli/top/rows.ts';
import type { DestinationStatus, VirtualServerStatus } from '../../../src/control/status.ts';
import { destination, down, drained, pageStatus, virtualServer } from '../../helpers/page_status.ts';

const up = destination('10.0.0.11');
const dead = destination('10.0.0.12', down('TCP_CHECK: no answer in time'));
const quorum = { up: false, weight: 1, quorum: 2, hysteresis: 0 };
const serves = destination('10.0.0.9', { sorry: true });

function rowOf(pool: readonly DestinationStatus[], change: Partial<VirtualServerStatus> = {}) {
  const status = pageStatus([virtualServer('10.0.0.1', pool, change)]);
  return rowsOf({ status, atMs: 0, wallMs: 0 }, undefined)[0];
}

describe('the state of a virtual server in xlb top', () => {
  const cases: [string, string, readonly DestinationStatus[], Partial<VirtualServerStatus>?][] = [
    ['good', '2/2 up', [up, up]],
    ['warn', '1/2 up', [up, dead]],
    ['bad', '0/2 up', [dead, dead]],
    ['bad', 'sorry', [dead, serves]],
    ['good', '1/1 up', [up, destination('10.0.0.9', { sorry: true, up: false })]],
    ['bad', 'down', [up, dead], { quorum }],
    ['bad', 'down', [destination('10.0.0.11', drained)]],
    ['bad', 'down', []],
    ['good', 'rests', [up, dead], { suspended: true }],
    ['warn', '2/2 up', [up, destination('10.0.0.13', { nexthop: { kind: 'unresolved' } })]],
    ['good', '100/100', Array.from({ length: 100 }, (_, at) => destination(`10.1.0.${at}`))],
  ];
  for (const [tone, state, pool, change] of cases)
    it(`is "${state}", ${tone}, of ${pool.length} ${change === undefined ? '' : JSON.stringify(change)}`, () => {
      const row = rowOf(pool, change);
      assert.deepEqual([row?.tone, row?.state], [tone, state]);
    });
});

it('a real server is in xlb top as on the page, and one that only leaves cannot be drained', () => {
  const { since: _, ...unknown } = destination('10.0.0.14', { up: false, gone: true });
  const unresolved = destination('10.0.0.13', { nexthop: { kind: 'unresolved' } });
  const members = rowOf([up, dead, destination('10.0.0.15', drained), unresolved, unknown])?.members ?? [];
  assert.deepEqual(
    members.map(({ canDrain, state, tone }) => [state, tone, canDrain]),
    [
      ['up', 'good', true],
      ['down', 'bad', true],
      ['drained', 'good', true],
      ['no MAC', 'warn', true],
      ['leaving', 'good', false],
    ],
  );
});
