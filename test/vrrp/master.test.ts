import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { step } from '../../src/vrrp/machine.ts';
import { completeRouter, type VirtualRouter } from '../../src/vrrp/virtual_router.ts';
import {
  advert,
  announce,
  backup,
  becomesBackup,
  cancelTimers,
  entering,
  fast,
  log,
  master,
  notify,
  owner,
  received,
  receivedZero,
  router,
  send,
  set,
  timer,
  warning,
  withdraw,
} from './machine_samples.ts';

const quiet: VirtualRouter = { ...router, lowerPrioNoAdvert: true };
const lowerText = 'Received advert from 10.0.0.3 with lower priority 100, ours 128';
const announceLower = { ...announce, limit: 'lower_priority' };
const insists = (text = `${lowerText}, forcing new election`) => [
  announceLower,
  log(text, 'lower_priority'),
  set('garp_lower_prio', 5000),
  { do: 'notify_lower_priority', priority: 128 },
];

describe('a master (RFC 5798 §6.4.3)', () => {
  it('sends an advert in every interval', () => {
    assert.deepEqual(step(router, { ...master, fresh: true }, timer('advert')), {
      state: master,
      actions: [send(128), set('advert', 1000)],
    });
  });
  it('answers priority 0 with an advert, and starts its timer again, once in an interval', () => {
    const stayedOn = { ...master, stayedOn: true } as const;
    const said = log('Master received priority 0 message', 'priority_zero');
    assert.deepEqual(
      [
        step(router, master, advert(0)),
        step(router, stayedOn, advert(0)),
        step(router, stayedOn, timer('advert')),
      ],
      [
        { state: stayedOn, actions: [...receivedZero, send(128), set('advert', 1000), said] },
        { state: stayedOn, actions: [...receivedZero, said] },
        { state: master, actions: [send(128), set('advert', 1000)] },
      ],
    );
  });
  it('yields to a higher priority', () => {
    assert.deepEqual(step(router, master, advert(150)), {
      state: { ...backup, master: { address: '10.0.0.3', priority: 150 } },
      actions: [
        received,
        log('Master received advert from 10.0.0.3 with higher priority 150, ours 128'),
        ...withdraw,
        ...becomesBackup(3500),
      ],
    });
  });
  it('yields to the same priority from a higher address', () => {
    assert.deepEqual(step(router, master, advert(128)), {
      state: { ...backup, master: { address: '10.0.0.3', priority: 128 } },
      actions: [
        received,
        log('Master received advert from 10.0.0.3 with same priority 128 but higher IP address than ours'),
        ...withdraw,
        ...becomesBackup(3500),
      ],
    });
  });
  it('compares addresses by value: 10.0.0.10 is higher than 10.0.0.2', () => {
    assert.equal(step(router, master, advert(128, '10.0.0.10')).state.role, 'backup');
  });
  it('stays before the same priority from a lower address', () => {
    assert.equal(step(router, master, advert(128, '10.0.0.1')).state.role, 'master');
  });
  it("learns the new master's interval in VRRPv3", () => {
    const { state, actions } = step(fast, master, advert(150, '10.0.0.3', 400));
    assert.deepEqual(
      [state, actions.filter((action) => action.do === 'set_timer')],
      [
        { ...backup, masterAdvertMs: 400, master: { address: '10.0.0.3', priority: 150 } },
        [set('master_down', 1400)],
      ],
    );
  });
  it('sends one more advert before it yields, with higher_prio_send_advert', () => {
    const { actions } = step({ ...router, higherPrioSendAdvert: true }, master, advert(150));
    assert.deepEqual(actions.slice(0, 2), [received, send(128)]);
  });
  it('warns of an advert with its own priority and address', () => {
    assert.deepEqual(step(router, master, advert(128, '10.0.0.2')), {
      state: master,
      actions: [
        received,
        warning(
          'WARNING - equal priority advert received from remote host with our IP address.',
          'our_address',
        ),
      ],
    });
  });
});

describe('a master that hears one of lower priority', () => {
  it('insists: an advert, announcements now and later', () => {
    assert.deepEqual(step(router, { ...master, fresh: true }, advert(100)), {
      state: { ...master, fresh: true, insisted: true },
      actions: [received, send(128), ...insists()],
    });
  });
  it('sends no advert with lower_prio_no_advert', () => {
    assert.deepEqual(step(quiet, { ...master, fresh: true }, advert(100)).actions, [
      received,
      ...insists(lowerText),
    ]);
  });
  it('reports two masters after its first interval, once', () => {
    const { state, actions } = step(router, master, advert(100));
    assert.deepEqual(
      [state, actions],
      [
        { ...master, insisted: true, rival: { address: '10.0.0.3', priority: 100 } },
        [
          received,
          send(128),
          ...insists(),
          { do: 'count', statistic: 'two_masters' },
          warning('two masters: 10.0.0.3 was master beside this director; it is told to step down'),
          set('rival', 3000),
        ],
      ],
    );
    const next = step(router, state, timer('advert')).state;
    assert.deepEqual(step(router, next, advert(100)).actions, [
      received,
      send(128),
      ...insists(),
      set('rival', 3000),
    ]);
  });
  it('answers, announces and notifies once in an interval, however many adverts come', () => {
    const insisted = { ...master, insisted: true, rival: { address: '10.0.0.3', priority: 100 } } as const;
    assert.deepEqual(step(router, insisted, advert(100, '10.0.0.4')), {
      state: { ...insisted, rival: { address: '10.0.0.4', priority: 100 } },
      actions: [
        received,
        log(`${lowerText.replace('10.0.0.3', '10.0.0.4')}, forcing new election`, 'lower_priority'),
        set('rival', 3000),
      ],
    });
  });
  it('waits three intervals of its own for that one, whatever shorter one it claims', () => {
    const { actions } = step(router, master, advert(100, '10.0.0.3', 10));
    assert.deepEqual(actions.at(-1), set('rival', 3000));
  });
  it('announces its addresses once more when that one is silent', () => {
    const rival = { address: '10.0.0.3', priority: 100 };
    assert.deepEqual(step(router, { ...master, rival }, timer('rival')), {
      state: master,
      actions: [announceLower, log('the other master 10.0.0.3 is silent')],
    });
  });
  it('neither answers nor announces with vrrp_strict', () => {
    const strict = completeRouter({ ...router, strict: true });
    assert.deepEqual(step(strict, { ...master, fresh: true }, advert(100)).actions, [
      received,
      log(lowerText, 'lower_priority'),
      { do: 'notify_lower_priority', priority: 128 },
    ]);
  });
});

describe('the owner of the addresses (priority 255)', () => {
  const owning = { ...master, priority: 255 };
  const conflict = warning(
    'CONFIGURATION ERROR: local instance and 10.0.0.3 are both configured as address owner ' +
      '(priority 255): give one of them a lower priority',
    'two_owners',
  );
  it('yields to another owner of a higher address, with 254 until that one is silent', () => {
    assert.deepEqual(step(owner, owning, advert(255)), {
      state: { ...backup, priority: 254, master: { address: '10.0.0.3', priority: 255 } },
      actions: [
        received,
        conflict,
        log('Master received advert from 10.0.0.3 with same priority 255 but higher IP address than ours'),
        ...withdraw,
        ...becomesBackup(3007.8125, { priority: 254 }),
      ],
    });
  });
  it('hears nobody with owner_ignore_adverts', () => {
    const deaf = { ...owner, ownerIgnoreAdverts: true };
    assert.deepEqual(step(deaf, owning, advert(255)), { state: owning, actions: [received] });
  });
  it('does not change its priority', () => {
    assert.deepEqual(step(owner, owning, { kind: 'priority', priority: 9 }), { state: owning, actions: [] });
  });
});

describe('a master that is stopped: it makes before it breaks (RFC 5798 §6.4.3 shutdown)', () => {
  const leaving = { role: 'leaving', priority: 128, to: 'initialize', faulty: false } as const;
  const gone = {
    state: { role: 'initialize', priority: 128, delayed: false, faulty: false },
    actions: [...withdraw, cancelTimers, notify('STOP'), { do: 'stopped' }],
  };
  it('resigns with priority 0 and keeps its addresses', () => {
    assert.deepEqual(step(router, master, { kind: 'stop' }), {
      state: leaving,
      actions: [cancelTimers, send(0), log('sent 0 priority'), set('successor', 996.09375)],
    });
  });
  it('withdraws when the successor is heard, of whatever priority', () => {
    assert.deepEqual(step(router, leaving, advert(1)), { ...gone, actions: [received, ...gone.actions] });
  });
  it('withdraws when none came in the skew time of priority 1', () => {
    assert.deepEqual(step(router, leaving, timer('successor')), gone);
  });
  it('does not take another resignation for a successor', () => {
    assert.deepEqual(step(router, leaving, advert(0)), { state: leaving, actions: [...receivedZero] });
  });
  it('withdraws at once when it is stopped again', () => {
    assert.deepEqual(step(router, leaving, { kind: 'stop' }), gone);
  });
});

describe('a master with a fault', () => {
  it('makes before it breaks when it can still be heard', () => {
    const { state } = step(router, master, { kind: 'fault', reachable: true });
    assert.deepEqual(state, { role: 'leaving', priority: 128, to: 'fault', faulty: true });
    assert.deepEqual(step(router, state, advert(100)), {
      state: { role: 'fault', priority: 128, faulty: true },
      actions: [received, ...withdraw, cancelTimers, entering('FAULT'), notify('FAULT')],
    });
  });
  it('withdraws at once when its interface is gone', () => {
    assert.deepEqual(step(router, master, { kind: 'fault', reachable: false }), {
      state: { role: 'fault', priority: 128, faulty: true },
      actions: [send(0), ...withdraw, cancelTimers, entering('FAULT'), notify('FAULT')],
    });
  });
  it('is a backup after it when it recovered meanwhile', () => {
    const leaving = { role: 'leaving', priority: 128, to: 'fault', faulty: true } as const;
    const { state } = step(router, leaving, { kind: 'recovered' });
    assert.deepEqual(step(router, state, advert(100)), {
      state: backup,
      actions: [received, ...withdraw, ...becomesBackup(3500)],
    });
  });
});

describe('announcements of a master', () => {
  it('are repeated after garp_master_delay', () => {
    assert.deepEqual(step(router, master, timer('garp_delay')), { state: master, actions: [announce] });
  });
  it('are refreshed in every garp_master_refresh', () => {
    const refreshing = { ...router, garp: { ...router.garp, masterRefreshMs: 60_000 } };
    assert.deepEqual(step(refreshing, master, timer('garp_refresh')), {
      state: master,
      actions: [{ do: 'announce', repeat: 1 }, set('garp_refresh', 60_000)],
    });
  });
});

describe('a master whose thread was stalled', () => {
  it('says so and goes on', () => {
    assert.deepEqual(step(router, master, timer('advert', 4000)), {
      state: master,
      actions: [send(128), set('advert', 1000), warning('A thread timer expired 4.000 seconds ago')],
    });
  });
  it('yields with timer_expired_backup when another one must have taken over', () => {
    const cautious: VirtualRouter = { ...router, timerExpiredBackup: 254 };
    assert.equal(step(cautious, master, timer('advert', 2007)).state.role, 'master');
    assert.deepEqual(step(cautious, master, timer('advert', 2008)), {
      state: backup,
      actions: [warning('A thread timer expired 2.008 seconds ago'), ...withdraw, ...becomesBackup(3500)],
    });
  });
});

describe('a master in a sync group', () => {
  it('yields by order, without priority 0', () => {
    assert.deepEqual(step({ ...router, synced: true }, master, { kind: 'order', order: 'backup' }), {
      state: backup,
      actions: [...withdraw, ...becomesBackup(3500)],
    });
  });
});

describe('a reconfigured master', () => {
  it('tells its new interval at once', () => {
    const slow: VirtualRouter = { ...router, advertIntMs: 2000 };
    assert.deepEqual(step(slow, master, { kind: 'reconfigured', before: router }), {
      state: master,
      actions: [send(128), set('advert', 2000)],
    });
  });
});
