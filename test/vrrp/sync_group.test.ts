import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideGroup, describeGroup } from '../../src/vrrp/sync_group.ts';
import type { VrrpState } from '../../src/vrrp/virtual_router.ts';
import { backup, master } from './machine_samples.ts';

const wanting = { ...backup, wantsMaster: true };
const fault = { role: 'fault', priority: 128, faulty: true } as const;
const dragged = { ...fault, faulty: false };
const members = (inside: VrrpState, outside: VrrpState) => [
  { name: 'inside', state: inside, preempts: true },
  { name: 'outside', state: outside, preempts: true },
];

describe('a sync group', () => {
  it('is backup while only some members want to be master', () => {
    assert.deepEqual(decideGroup('backup', members(wanting, backup)), { role: 'backup', orders: [] });
  });
  it('makes all of them master when the last one wants it', () => {
    assert.deepEqual(decideGroup('backup', members(wanting, wanting)), {
      role: 'master',
      orders: [
        { member: 'inside', order: 'master' },
        { member: 'outside', order: 'master' },
      ],
    });
  });
  it('goes on ordering what it began', () => {
    assert.deepEqual(decideGroup('master', members(master, wanting)), {
      role: 'master',
      orders: [{ member: 'outside', order: 'master' }],
    });
  });
  it('yields as a whole when one member yields', () => {
    const yielding = { ...backup, master: { address: '10.0.0.3', priority: 200 } };
    assert.deepEqual(decideGroup('master', members(yielding, master)), {
      role: 'backup',
      orders: [{ member: 'outside', order: 'backup' }],
    });
  });
  it('yields to a lower master as well where one member does not preempt it', () => {
    const behind = { ...backup, master: { address: '10.0.0.3', priority: 50 } };
    const [inside, ...others] = members(behind, master);
    assert.ok(inside !== undefined);
    assert.deepEqual(
      [
        decideGroup('master', [inside, ...others]),
        decideGroup('master', [{ ...inside, preempts: false }, ...others]),
      ],
      [
        { role: 'master', orders: [] },
        { role: 'backup', orders: [{ member: 'outside', order: 'backup' }] },
      ],
    );
  });
  it('waits for a member that has just started and heard nobody yet', () => {
    assert.deepEqual(decideGroup('master', members(backup, master)), { role: 'master', orders: [] });
  });
  it('is in fault as a whole when one member is', () => {
    assert.deepEqual(decideGroup('master', members(fault, master)), {
      role: 'fault',
      orders: [{ member: 'outside', order: 'fault' }],
    });
  });
  it('is in fault already while that member waits for its successor', () => {
    const leaving = { role: 'leaving', priority: 128, to: 'fault', faulty: true } as const;
    assert.deepEqual(decideGroup('master', members(leaving, master)), {
      role: 'fault',
      orders: [{ member: 'outside', order: 'fault' }],
    });
  });
  it('leaves fault when nobody has one of its own any more', () => {
    assert.deepEqual(decideGroup('fault', members(fault, dragged)), { role: 'fault', orders: [] });
    assert.deepEqual(decideGroup('fault', members(dragged, dragged)), {
      role: 'backup',
      orders: [
        { member: 'inside', order: 'backup' },
        { member: 'outside', order: 'backup' },
      ],
    });
  });
  it('moves nobody while its members start or stop one after the other', () => {
    const initialize = { role: 'initialize', priority: 128, delayed: false, faulty: false } as const;
    const leaving = { role: 'leaving', priority: 128, to: 'initialize', faulty: false } as const;
    assert.deepEqual(decideGroup('initialize', members(backup, initialize)), {
      role: 'initialize',
      orders: [],
    });
    assert.deepEqual(decideGroup('master', members(leaving, master)), { role: 'master', orders: [] });
  });
  it('is logged by the phrase that keepalived has', () => {
    assert.equal(describeGroup('VG_1', 'master'), 'VRRP_Group(VG_1) Syncing instances to MASTER state');
  });
});
