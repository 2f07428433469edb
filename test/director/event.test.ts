import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeEvent } from '../../src/director/event.ts';

const names = { virtualServer: '[10.0.0.1]:tcp:80', realServer: '[10.0.0.2]:tcp:80' };

describe('what the log says of an event', () => {
  it("is keepalived's phrase", () => {
    const lines = [
      describeEvent({ kind: 'real_server_down', ...names, inhibited: false }),
      describeEvent({ kind: 'real_server_up', ...names, inhibited: false }),
      describeEvent({ kind: 'real_server_down', ...names, inhibited: true }),
      describeEvent({ kind: 'real_server_up', ...names, inhibited: true }),
      describeEvent({ kind: 'weight_changed', ...names, from: 1, to: 5, alive: false }),
      describeEvent({ kind: 'virtual_server_removed', virtualServer: '[2001:db8::1]:udp:53' }),
    ];
    assert.deepEqual(lines, [
      'Removing service [10.0.0.2]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'Adding service [10.0.0.2]:tcp:80 to VS [10.0.0.1]:tcp:80',
      'Disabling service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Enabling service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Changing weight from 1 to 5 for inactive service [10.0.0.2]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'Removing Virtual Server [2001:db8::1]:udp:53',
    ]);
  });
});
