import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fifoLine, fifosOf, type NotificationEvent, scriptCalls } from '../../src/notify/event.ts';
import { mailText } from '../../src/notify/mail_text.ts';
import { group, instance, loud, silent } from '../helpers/notifications.ts';
import { span } from '../helpers/sample_config.ts';

/** Commands with what is appended, the FIFO's line, and the mail, as keepalived has them. */
function told(event: NotificationEvent) {
  const calls = scriptCalls(event).map(({ script, extra }) => [script.command, ...extra].join(' '));
  const { subject, body } = mailText(event, 'R1') ?? {};
  return [calls, fifoLine(event), subject, body];
}

const LOST = '=> VRRP Instance is no longer owning VRRP VIPs <=';

describe('an event of a vrrp_instance', () => {
  const states = [
    ['MASTER', 'master', 'Entering MASTER state', '=> VRRP Instance is now owning VRRP VIPs <='],
    ['BACKUP', 'backup', 'Entering BACKUP state', LOST],
    ['FAULT', 'fault', 'Entering FAULT state', LOST],
    ['STOP', 'stop', 'Stopping', '=> VRRP Instance stopping <='],
    ['DELETED', 'deleted', 'Deleted', LOST],
  ] as const;
  for (const [state, script, title, body] of states)
    it(`${state} runs its own script, then notify with kind, name, state and priority`, () =>
      assert.deepEqual(told(instance(state)), [
        [`/${script}`, `/any own INSTANCE VI_1 ${state} 100`],
        `INSTANCE "VI_1" ${state} 100`,
        `[R1] VRRP Instance VI_1 - ${title}`,
        body,
      ]));

  it('of an advert of lower priority runs a script of its own, and sends no mail', () =>
    assert.deepEqual(told({ kind: 'lower_priority', name: 'VI_1', priority: 90, notify: loud }), [
      ['/lower'],
      'INSTANCE "VI_1" MASTER_RX_LOWER_PRI 90',
      undefined,
      undefined,
    ]));

  it('of another priority is written to the FIFOs where notify_priority_changes says so', () => {
    const event = { kind: 'priority', name: 'VI_1', role: 'BACKUP', priority: 80 } as const;
    assert.equal(fifoLine({ ...event, notify: loud }), 'INSTANCE "VI_1" BACKUP_PRIORITY 80');
    assert.equal(fifoLine({ ...event, notify: silent }), undefined);
  });

  it('runs nothing where nothing is configured, and is written to the FIFOs all the same', () =>
    assert.deepEqual(told(instance('MASTER', silent)).slice(0, 2), [[], 'INSTANCE "VI_1" MASTER 100']));
});

describe('an event of a vrrp_sync_group', () => {
  const states = [
    ['MASTER', 'master', 'Entering MASTER state', 'now in MASTER state'],
    ['BACKUP', 'backup', 'Entering BACKUP state', 'now in BACKUP state'],
    ['FAULT', 'fault', 'Entering FAULT state', 'now in FAULT state'],
    ['STOP', 'stop', 'Stopping', 'now stopping'],
  ] as const;
  for (const [state, script, title, body] of states)
    it(`${state} has priority 0`, () =>
      assert.deepEqual(told(group(state)), [
        [`/${script}`, `/any own GROUP VG ${state} 0`],
        `GROUP "VG" ${state} 0`,
        `[R1] VRRP Group VG - ${title}`,
        `=> All VRRP group instances are ${body} <=`,
      ]));
});

describe('an event of a virtual or real server', () => {
  const shared = { virtualServer: '[10.0.0.1]:tcp:80', state: 'DOWN', mail: true } as const;
  const script = { command: '/down it', span };

  it('of a real server runs its script with nothing appended', () =>
    assert.deepEqual(
      told({
        kind: 'real_server',
        realServer: '[10.0.0.2]:tcp:80',
        ...shared,
        script,
        why: 'TCP CHECK failed on service',
      }),
      [
        ['/down it'],
        'RS [10.0.0.2]:tcp:80 [10.0.0.1]:tcp:80 DOWN',
        '[R1] Realserver [10.0.0.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN',
        '=> TCP CHECK failed on service <=',
      ],
    ));

  it('of one check, where the real server stays what it is, is told by mail alone', () =>
    assert.deepEqual(
      told({
        kind: 'check',
        realServer: '[10.0.0.2]:tcp:80',
        ...shared,
        why: 'ICMP CHECK succeed on service',
      }),
      [
        [],
        undefined,
        '[R1] Realserver [10.0.0.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN',
        '=> ICMP CHECK succeed on service <=',
      ],
    ));

  it("of a quorum is in keepalived's words, too", () =>
    assert.deepEqual(told({ kind: 'virtual_server', ...shared, why: 'Lost quorum 1-0=1 > 0' }), [
      [],
      'VS [10.0.0.1]:tcp:80 DOWN',
      '[R1] Virtualserver [10.0.0.1]:tcp:80 - DOWN',
      '=> Lost quorum 1-0=1 > 0 <=',
    ]));

  it('goes to the FIFOs of lvs and those for everything', () => {
    const event = { kind: 'virtual_server', ...shared, why: '' } as const;
    assert.deepEqual([fifosOf(event), fifosOf(instance('MASTER'))], ['lvs', 'vrrp']);
  });
});
