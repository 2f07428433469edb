import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialState, step } from '../../src/vrrp/machine.ts';
import { completeRouter, type VirtualRouter } from '../../src/vrrp/virtual_router.ts';
import {
  backup,
  becomesBackup,
  becomesMaster,
  cancelTimers,
  entering,
  log,
  notify,
  owner,
  router,
  set,
  timer,
} from './machine_samples.ts';

const start = { kind: 'start', faulty: false } as const;
const fault = { role: 'fault', priority: 128, faulty: true } as const;

describe('a virtual router that starts (RFC 5798 §6.4.1)', () => {
  it('is master at once when it owns the addresses', () => {
    assert.deepEqual(step(owner, initialState(owner), start), {
      state: { role: 'master', priority: 255, fresh: true },
      actions: becomesMaster(255),
    });
  });
  it('is backup otherwise, and listens for a whole master-down time', () => {
    assert.deepEqual(step(router, initialState(router), start), {
      state: backup,
      actions: becomesBackup(3500, { note: ' (init)' }),
    });
  });
  it("is backup also with 'state MASTER', as keepalived", () => {
    const wishing = completeRouter({ ...router, state: 'MASTER' });
    assert.deepEqual(step(wishing, initialState(wishing), start).state, backup);
  });
  it('is in fault when something tracked is down', () => {
    assert.deepEqual(step(router, initialState(router), { kind: 'start', faulty: true }), {
      state: fault,
      actions: [cancelTimers, entering('FAULT', ' (init)'), notify('FAULT')],
    });
  });
  it('waits for vrrp_startup_delay', () => {
    const slow: VirtualRouter = { ...router, startupDelayMs: 5000 };
    const waiting = step(slow, initialState(slow), start);
    assert.deepEqual(waiting, {
      state: { role: 'initialize', priority: 128, delayed: true, faulty: false },
      actions: [log('Delaying startup for 5 seconds'), set('startup', 5000)],
    });
    assert.deepEqual(step(slow, waiting.state, timer('startup')).state, backup);
  });
});

describe('a virtual router in fault', () => {
  it('leaves it through backup', () => {
    assert.deepEqual(step(router, fault, { kind: 'recovered' }), {
      state: backup,
      actions: becomesBackup(3500),
    });
  });
  it('leaves it as master when it owns the addresses', () => {
    assert.equal(step(owner, { ...fault, priority: 255 }, { kind: 'recovered' }).state.role, 'master');
  });
  it('waits for its sync group', () => {
    const synced: VirtualRouter = { ...router, synced: true };
    const { state } = step(synced, fault, { kind: 'recovered' });
    assert.deepEqual(state, { ...fault, faulty: false });
    assert.deepEqual(step(synced, state, { kind: 'order', order: 'backup' }).state, backup);
  });
  it('stays in it against the order of a sync group while it has the fault itself', () => {
    assert.deepEqual(step(router, fault, { kind: 'order', order: 'backup' }), { state: fault, actions: [] });
  });
});

describe('settings that exclude others', () => {
  const told = (changes: Partial<VirtualRouter>) => {
    const { preempt, preemptDelayMs, lowerPrioNoAdvert, higherPrioSendAdvert, garp } = completeRouter({
      ...router,
      preemptDelayMs: 60_000,
      higherPrioSendAdvert: true,
      ...changes,
    });
    return [preempt, preemptDelayMs, lowerPrioNoAdvert, higherPrioSendAdvert, garp.lowerPrioRepeat];
  };
  it('are kept where they agree', () => {
    assert.deepEqual(told({}), [true, 60_000, false, true, 5]);
  });
  it('lose nopreempt and preempt_delay to state MASTER', () => {
    assert.deepEqual(told({ preempt: false, state: 'MASTER' }), [true, 0, false, true, 5]);
  });
  it('lose nopreempt to priority 255', () => {
    assert.deepEqual(told({ preempt: false, priority: 255 }), [true, 60_000, false, true, 5]);
  });
  it('lose preempt_delay to nopreempt', () => {
    assert.deepEqual(told({ preempt: false }), [false, 0, false, true, 5]);
  });
  it('give in to vrrp_strict', () => {
    assert.deepEqual(told({ strict: true }), [true, 0, true, false, 0]);
  });
});
