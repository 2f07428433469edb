import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ofCheck,
  ofDirector,
  ofInterfaces,
  ofReload,
  ofSessions,
  ofVrrp,
} from '../../src/daemon/happenings.ts';
import { silent } from '../helpers/notifications.ts';

describe('what happened, in the words of the event log', () => {
  it('has the names of the status, and why', () => {
    const event = { kind: 'real_server_down', virtualServer: 'V', realServer: 'R', inhibited: true } as const;
    assert.deepEqual(ofDirector(event, 'TCP CHECK failed on service'), [
      {
        kind: 'real_server_down',
        virtual_server: 'V',
        real_server: 'R',
        inhibited: true,
        why: 'TCP CHECK failed on service',
      },
      'Disabling service R of VS V',
    ]);
  });

  it('says what a check was answered', () => {
    const check = { virtualServer: 'V', realServer: 'R', check: { kind: 'TCP_CHECK' }, healthy: false };
    assert.deepEqual(ofCheck({ ...check, result: { code: 'L4CON', detail: 'ECONNREFUSED', latencyMs: 1 } }), [
      {
        kind: 'check_failed',
        virtual_server: 'V',
        real_server: 'R',
        check: 'TCP_CHECK',
        code: 'L4CON',
        why: 'connection refused or unreachable: ECONNREFUSED',
      },
      'TCP_CHECK on service R of VS V failed: connection refused or unreachable: ECONNREFUSED',
    ]);
  });

  it('has the roles of virtual routers once, and of scripts only what no role says', () => {
    const roles = new Map([['VI_1', 'BACKUP']] as const);
    const instance = { kind: 'instance', name: 'VI_1', priority: 100, notify: silent } as const;
    assert.deepEqual(
      [
        ofVrrp({ news: 'role', instance: 'VI_1', role: 'MASTER' }, roles),
        ofVrrp({ news: 'role', instance: 'VI_1', role: 'BACKUP' }, roles),
        ofVrrp({ news: 'role', instance: 'VI_2', role: 'BACKUP' }, roles),
        ofVrrp({ news: 'notification', event: { ...instance, state: 'MASTER' } }, roles),
        ofVrrp({ news: 'notification', event: { ...instance, state: 'DELETED' } }, roles),
        ofVrrp({ news: 'notification', event: { ...instance, kind: 'lower_priority' } }, roles)?.[0],
      ],
      [
        [
          { kind: 'vrrp_role_changed', vrrp_instance: 'VI_1', from: 'BACKUP', to: 'MASTER' },
          '(VI_1) MASTER, was BACKUP',
        ],
        undefined,
        [{ kind: 'vrrp_role_changed', vrrp_instance: 'VI_2', to: 'BACKUP' }, '(VI_2) BACKUP'],
        undefined,
        [{ kind: 'vrrp_instance_removed', vrrp_instance: 'VI_1' }, '(VI_1) removed'],
        { kind: 'vrrp_lower_priority_heard', vrrp_instance: 'VI_1', priority: 100 },
      ],
    );
  });

  it('says which BFD sessions begin, change and end', () => {
    const said = ofSessions(
      new Map([
        ['a', 'up'],
        ['b', 'up'],
        ['c', 'down'],
      ]),
      new Map([
        ['a', 'up'],
        ['b', 'down'],
        ['d', 'init'],
      ]),
    );
    const kind = 'bfd_session_changed';
    assert.deepEqual(said, [
      [{ kind, bfd_instance: 'b', from: 'up', to: 'down' }, 'BFD session b down, was up'],
      [{ kind, bfd_instance: 'c', from: 'down' }, 'BFD session c removed, was down'],
      [{ kind, bfd_instance: 'd', to: 'init' }, 'BFD session d init'],
    ]);
  });

  it('says of a refused file its first mistake', () => {
    const diagnostics = ['a.conf:1:2: error: Cannot use "x" [UNKNOWN_KEYWORD]\n1 | x\n  | ^'];
    const why = 'a.conf:1:2: error: Cannot use "x" [UNKNOWN_KEYWORD]';
    assert.deepEqual(ofReload({ outcome: 'refused', file: 'a.conf', diagnostics }), [
      { kind: 'reload_refused', file: 'a.conf', why },
      `Reload of a.conf refused: ${why}`,
    ]);
  });

  it('says which interfaces begin, end and change', () => {
    const [native, generic] = [{ mode: 'native' }, { mode: 'generic', reason: 'no driver support' }] as const;
    const said = ofInterfaces(
      [
        { name: 'eth0', ...native },
        { name: 'eth1', ...native },
        { name: 'eth2', ...native },
      ],
      [
        { name: 'eth0', ...native },
        { name: 'eth2', ...generic },
        { name: 'eth3', ...native, afXdp: { queues: 1, zeroCopy: false } },
      ],
    );
    assert.deepEqual(
      said.map(([happening]) => happening),
      [
        { kind: 'interface_detached', interface: 'eth1', from: 'xdp' },
        { kind: 'interface_changed', interface: 'eth2', from: 'xdp', to: 'skb', why: 'no driver support' },
        { kind: 'interface_attached', interface: 'eth3', to: 'af_xdp' },
      ],
    );
  });
});
