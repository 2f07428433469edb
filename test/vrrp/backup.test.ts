import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { step } from '../../src/vrrp/machine.ts';
import type { VirtualRouter } from '../../src/vrrp/virtual_router.ts';
import {
  advert,
  backup,
  becomesMaster,
  cancelTimers,
  entering,
  fast,
  log,
  notify,
  owner,
  received,
  receivedZero,
  router,
  set,
  timer,
  warning,
} from './machine_samples.ts';

const equal = (priority: number) => ({ address: '10.0.0.3', priority });
const nopreempt: VirtualRouter = { ...router, preempt: false };
const delaying: VirtualRouter = { ...router, preemptDelayMs: 60_000 };
const fastBackup = { ...backup, masterAdvertMs: 100 };

describe('a backup (RFC 5798 §6.4.2)', () => {
  it('becomes master when the master falls silent', () => {
    assert.deepEqual(step(router, backup, timer('master_down')), {
      state: { role: 'master', priority: 128, fresh: true },
      actions: [log('Receive advertisement timeout'), ...becomesMaster()],
    });
  });
  it('waits only the skew time when the master resigns with priority 0', () => {
    assert.deepEqual(step(router, backup, advert(0)), {
      state: backup,
      actions: [
        ...receivedZero,
        log('Backup received priority 0 advertisement', 'priority_zero'),
        set('master_down', 500),
      ],
    });
  });
  it('starts its timer again at an advert of higher priority', () => {
    assert.deepEqual(step(router, backup, advert(150)), {
      state: { ...backup, master: equal(150) },
      actions: [received, set('master_down', 3500)],
    });
  });
  it('does so at an advert of the same priority, from whatever address', () => {
    assert.deepEqual(step(router, backup, advert(128, '10.0.0.1')), {
      state: { ...backup, master: { address: '10.0.0.1', priority: 128 } },
      actions: [received, set('master_down', 3500)],
    });
  });
  it('discards an advert of lower priority: its timer goes on', () => {
    assert.deepEqual(step(router, backup, advert(100)), {
      state: { ...backup, master: equal(100) },
      actions: [
        received,
        log('received lower priority (100) advert from 10.0.0.3 - discarding', 'lower_priority'),
      ],
    });
  });
  it('accepts it with nopreempt (Preempt_Mode false)', () => {
    assert.deepEqual(step(nopreempt, backup, advert(100)), {
      state: { ...backup, master: equal(100) },
      actions: [received, set('master_down', 3500)],
    });
  });
  it('cancels everything and says so when it is stopped (§6.4.2 shutdown)', () => {
    assert.deepEqual(step(router, backup, { kind: 'stop' }), {
      state: { role: 'initialize', priority: 128, delayed: false, faulty: false },
      actions: [cancelTimers, notify('STOP'), { do: 'stopped' }],
    });
  });
});

describe("the master's interval (RFC 5798 §6.1, Master_Adver_Interval)", () => {
  it('is learned by a VRRPv3 backup', () => {
    assert.deepEqual(step(fast, fastBackup, advert(150, '10.0.0.3', 400)), {
      state: { ...backup, masterAdvertMs: 400, master: equal(150) },
      actions: [
        received,
        log('advertisement interval updated from 100ms to 400ms by master', 'interval'),
        set('master_down', 1400),
      ],
    });
  });
  it('gives the skew time after priority 0', () => {
    assert.deepEqual(
      step(fast, { ...backup, masterAdvertMs: 400 }, advert(0)).actions.at(-1),
      set('master_down', 200),
    );
  });
  it('is not learned from an advert that is discarded', () => {
    const { state } = step(fast, fastBackup, advert(100, '10.0.0.3', 400));
    assert.deepEqual(state, { ...fastBackup, master: equal(100) });
  });
  it('gives way to its own interval when the backup becomes master', () => {
    assert.deepEqual(step(fast, { ...backup, masterAdvertMs: 400 }, timer('master_down')).actions.slice(1), [
      ...becomesMaster(128, 100),
    ]);
  });
});

describe('preempt_delay', () => {
  it('starts at the first master of lower priority, which is accepted meanwhile', () => {
    assert.deepEqual(step(delaying, backup, advert(100)), {
      state: { ...backup, master: equal(100), preemptDelay: 'running' },
      actions: [
        received,
        log('start preempt delay (60.000000)', 'start_preempt_delay'),
        set('preempt_delay', 60_000),
        set('master_down', 3500),
      ],
    });
  });
  it('goes on at the next one', () => {
    const running = { ...backup, preemptDelay: 'running' } as const;
    assert.deepEqual(step(delaying, running, advert(100)), {
      state: { ...running, master: equal(100) },
      actions: [received, set('master_down', 3500)],
    });
  });
  it('lets lower priorities be discarded when it is over', () => {
    const { state: over } = step(delaying, { ...backup, preemptDelay: 'running' }, timer('preempt_delay'));
    assert.deepEqual(over, { ...backup, preemptDelay: 'over' });
    assert.deepEqual(step(delaying, over, advert(100)), {
      state: { ...backup, preemptDelay: 'over', master: equal(100) },
      actions: [
        received,
        log('received lower priority (100) advert from 10.0.0.3 - discarding', 'lower_priority'),
      ],
    });
  });
  it('is forgotten when a master of higher priority is heard', () => {
    assert.deepEqual(step(delaying, { ...backup, preemptDelay: 'running' }, advert(150)), {
      state: { ...backup, master: equal(150) },
      actions: [
        received,
        log('stop preempt delay', 'stop_preempt_delay'),
        { do: 'cancel_timer', timer: 'preempt_delay' },
        set('master_down', 3500),
      ],
    });
  });
  it('does not hold back a backup whose master is silent', () => {
    const { state } = step(delaying, { ...backup, preemptDelay: 'running' }, timer('master_down'));
    assert.deepEqual(state, { role: 'master', priority: 128, fresh: true });
  });
});

describe('a backup whose thread was stalled', () => {
  it('listens once more when the timer fired an interval too late', () => {
    assert.deepEqual(step(fast, fastBackup, timer('master_down', 100)), {
      state: { ...fastBackup, listeningAgain: true },
      actions: [
        warning('A thread timer expired 0.100 seconds ago: listening for the master once more'),
        set('master_down', 150),
      ],
    });
  });
  it('takes over at once when it was less than that', () => {
    assert.equal(step(fast, fastBackup, timer('master_down', 99)).state.role, 'master');
  });
  it('takes over the second time, however late', () => {
    const { state } = step(fast, { ...fastBackup, listeningAgain: true }, timer('master_down', 5000));
    assert.equal(state.role, 'master');
  });
  it('is a plain backup again when the master is heard', () => {
    const { state } = step(router, { ...backup, listeningAgain: true }, advert(150));
    assert.deepEqual(state, { ...backup, master: equal(150) });
  });
});

describe('the priority of a backup', () => {
  it('changes with what is tracked; the running timer is left alone', () => {
    assert.deepEqual(step(router, backup, { kind: 'priority', priority: 90 }), {
      state: { ...backup, priority: 90 },
      actions: [
        log('Changing effective priority from 128 to 90'),
        { do: 'notify_priority', role: 'BACKUP', priority: 90 },
      ],
    });
  });
  it('never changes for the owner of the addresses', () => {
    const state = { ...backup, priority: 254 };
    assert.deepEqual(step(owner, state, { kind: 'priority', priority: 90 }), { state, actions: [] });
  });
  it('is 255 again when an owner that had yielded to another owner takes over', () => {
    assert.deepEqual(step(owner, { ...backup, priority: 254 }, timer('master_down')), {
      state: { role: 'master', priority: 255, fresh: true },
      actions: [log('Receive advertisement timeout'), ...becomesMaster(255)],
    });
  });
});

describe('a backup in a sync group', () => {
  const synced: VirtualRouter = { ...router, synced: true };
  it('wants to be master when its master is silent, and waits for the order', () => {
    assert.deepEqual(step(synced, backup, timer('master_down')), {
      state: { ...backup, wantsMaster: true },
      actions: [log('Receive advertisement timeout'), set('master_down', 3500)],
    });
  });
  it('wants it no more when it hears a master', () => {
    const { state } = step(synced, { ...backup, wantsMaster: true }, advert(150));
    assert.deepEqual(state, { ...backup, master: equal(150) });
  });
  it('becomes master by order', () => {
    assert.deepEqual(step(synced, { ...backup, wantsMaster: true }, { kind: 'order', order: 'master' }), {
      state: { role: 'master', priority: 128, fresh: true },
      actions: becomesMaster(),
    });
  });
  it('goes to fault by order, without a fault of its own', () => {
    assert.deepEqual(step(synced, backup, { kind: 'order', order: 'fault' }), {
      state: { role: 'fault', priority: 128, faulty: false },
      actions: [cancelTimers, entering('FAULT'), notify('FAULT')],
    });
  });
});

describe('a reconfigured backup', () => {
  it('waits by its new settings', () => {
    const slow: VirtualRouter = { ...router, advertIntMs: 2000 };
    assert.deepEqual(step(slow, backup, { kind: 'reconfigured', before: router }), {
      state: { ...backup, masterAdvertMs: 2000 },
      actions: [set('master_down', 6500)],
    });
  });
  it('waits on where nothing of the waiting changed', () => {
    const delaying = { ...backup, preemptDelay: 'running' as const };
    const noisy: VirtualRouter = { ...router, higherPrioSendAdvert: true };
    assert.deepEqual(step(noisy, delaying, { kind: 'reconfigured', before: router }), {
      state: delaying,
      actions: [],
    });
  });
  it('forgets a delay of preemption that is another now', () => {
    const delaying = { ...backup, preemptDelay: 'running' as const };
    const patient: VirtualRouter = { ...router, preemptDelayMs: 9000 };
    assert.deepEqual(step(patient, delaying, { kind: 'reconfigured', before: router }), {
      state: backup,
      actions: [{ do: 'cancel_timer', timer: 'preempt_delay' }],
    });
  });
});
