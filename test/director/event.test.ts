import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeEvent } from '../../src/director/event.ts';

const names = { virtualServer: '[10.0.0.1]:tcp:80', realServer: '[10.0.0.2]:tcp:80' };

describe('what the log says of an event', () => {
  it("is keepalived's phrase, or like one", () => {
    const lines = [
      describeEvent({ kind: 'real_server_down', ...names, inhibited: false }),
      describeEvent({ kind: 'real_server_up', ...names, inhibited: false }),
      describeEvent({ kind: 'real_server_down', ...names, inhibited: true }),
      describeEvent({ kind: 'real_server_up', ...names, inhibited: true }),
      describeEvent({ kind: 'weight_changed', ...names, from: 1, to: 5, alive: false }),
      describeEvent({ kind: 'setting_changed', ...names, setting: 'persistence', from: 'off', to: '360 s' }),
      describeEvent({ kind: 'members_changed', ...names, added: 2, removed: 1 }),
      describeEvent({ kind: 'thresholds_changed', ...names, setting: 'thresholds', from: 'none', to: '9' }),
      describeEvent({ kind: 'virtual_server_removed', virtualServer: '[2001:db8::1]:udp:53' }),
      ...[3, 0, undefined].map((byHand) =>
        describeEvent({
          kind: 'weight_by_hand',
          ...names,
          from: 1,
          to: byHand ?? 5,
          ...(byHand === undefined ? {} : { byHand }),
        }),
      ),
      ...(['sorry_server_added', 'sorry_server_removed'] as const).flatMap((kind) =>
        [false, true].map((inhibited) =>
          describeEvent({ kind, virtualServer: 'V', sorryServer: 'S', inhibited }),
        ),
      ),
      describeEvent({ kind: 'quorum_lost', virtualServer: 'V', quorum: 3, hysteresis: 1, weight: 1 }),
      describeEvent({ kind: 'quorum_gained', virtualServer: 'V', quorum: 3, hysteresis: 1, weight: 4 }),
    ];
    assert.deepEqual(lines, [
      'Removing service [10.0.0.2]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'Adding service [10.0.0.2]:tcp:80 to VS [10.0.0.1]:tcp:80',
      'Disabling service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Enabling service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Changing weight from 1 to 5 for inactive service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Changing persistence from off to 360 s for VS [10.0.0.1]:tcp:80',
      'Changing addresses of VS [10.0.0.1]:tcp:80: 2 added, 1 removed',
      'Changing thresholds from none to 9 for service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Removing Virtual Server [2001:db8::1]:udp:53',
      'Changing weight by hand from 1 to 3 for service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Draining by hand: service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80, weight 1 to 0',
      'Weight by hand undone: service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80, weight 1 to 5',
      'Adding sorry server S to VS V',
      'Enabling sorry server S of VS V',
      'Removing sorry server S from VS V',
      'Disabling sorry server S of VS V',
      'Lost quorum 3-1=2 > 1 for VS V',
      'Gained quorum 3+1=4 <= 4 for VS V',
    ]);
  });
});
