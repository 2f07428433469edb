import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { realServerChecks } from '../../src/director/real_server.ts';
import {
  checkChanged,
  startVirtualServer,
  toSpec,
  type VirtualServerState,
} from '../../src/director/virtual_server.ts';
import { realServerConfig, tcpCheckConfig, virtualServerConfig } from '../helpers/sample_config.ts';

const [A, B, C] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const;
const config = virtualServerConfig([
  realServerConfig(A, { weight: 1 }),
  realServerConfig(B, { weight: 2 }),
  realServerConfig(C, { weight: 3 }),
]);
const names = { virtualServer: '[10.0.0.1]:tcp:80', realServer: `[${B}]:tcp:80` };

/** The one check of B gives `healthy`. */
function checkOfB(state: VirtualServerState, healthy: boolean) {
  return checkChanged(state, { realServer: B, check: 'B' }, { healthy, nowMs: 0 });
}

describe('a virtual server', () => {
  it('starts with every real server in service, the last of the file at the head of the list as in IPVS', () => {
    assert.deepEqual(toSpec(startVirtualServer(config)), {
      protocol: 'TCP',
      address: '10.0.0.1',
      port: 80,
      scheduler: 'rr',
      destinations: [
        { address: C, weight: 3 },
        { address: B, weight: 2 },
        { address: A, weight: 1 },
      ],
    });
  });

  it('takes a real server out of the list when its check fails', () => {
    const { state, events } = checkOfB(startVirtualServer(config), false);
    assert.deepEqual(state.destinations, [C, A]);
    assert.deepEqual(events, [{ kind: 'real_server_down', ...names, inhibited: false }]);
  });

  it('puts it back at the head when the check passes again', () => {
    const { state, events } = checkOfB(checkOfB(startVirtualServer(config), false).state, true);
    assert.deepEqual(state.destinations, [B, C, A]);
    assert.deepEqual(events, [{ kind: 'real_server_up', ...names, inhibited: false }]);
  });

  it('keeps a real server with inhibit_on_failure in its place, with weight 0', () => {
    const inhibited = virtualServerConfig([
      realServerConfig(A),
      realServerConfig(B, { weight: 2, inhibitOnFailure: true }),
      realServerConfig(C),
    ]);
    const down = checkOfB(startVirtualServer(inhibited), false);
    assert.deepEqual(toSpec(down.state).destinations, [
      { address: C, weight: 1 },
      { address: B, weight: 0 },
      { address: A, weight: 1 },
    ]);
    assert.deepEqual(down.events, [{ kind: 'real_server_down', ...names, inhibited: true }]);
    const up = checkOfB(down.state, true);
    assert.deepEqual(up.state, startVirtualServer(inhibited));
    assert.deepEqual(up.events, [{ kind: 'real_server_up', ...names, inhibited: true }]);
  });

  it('wants all checks of a real server to pass', () => {
    const result = (state: VirtualServerState, check: string, healthy: boolean) =>
      checkChanged(state, { realServer: B, check }, { healthy, nowMs: 0 });
    const one = result(startVirtualServer(config), 'one', false);
    const two = result(one.state, 'two', false);
    const three = result(two.state, 'one', true);
    const four = result(three.state, 'two', true);
    const seen = [one, two, three, four].map(({ state, events }) => ({
      list: state.destinations,
      events: events.map(({ kind }) => kind),
    }));
    assert.deepEqual(seen, [
      { list: [C, A], events: ['real_server_down'] },
      { list: [C, A], events: [] },
      { list: [C, A], events: [] },
      { list: [B, C, A], events: ['real_server_up'] },
    ]);
  });

  it('hears the same result twice without a change', () => {
    const down = checkOfB(startVirtualServer(config), false);
    assert.deepEqual(checkOfB(down.state, false), { state: down.state, events: [] });
  });

  it('ignores the result of a real server that it does not have', () => {
    const state = startVirtualServer(config);
    assert.deepEqual(
      checkChanged(state, { realServer: '10.0.0.9', check: 'x' }, { healthy: false, nowMs: 0 }),
      {
        state,
        events: [],
      },
    );
  });
});

describe('the keys of checks', () => {
  const keys = (checks: Parameters<typeof tcpCheckConfig>[0][], port = 80) =>
    realServerChecks(
      { address: '10.0.0.1', port, protocol: 'TCP' },
      realServerConfig(A, { port, checks: checks.map((changes) => tcpCheckConfig(changes)) }),
    ).map(({ key }) => key);

  it('name the virtual server, the real server and what is probed', () => {
    assert.deepEqual(keys([{ bindto: '10.0.0.7' }]), [
      '[10.0.0.1]:tcp:80 [10.0.0.2]:tcp:80 TCP_CHECK bindto=10.0.0.7 connectIp=10.0.0.2 connectPort=80',
    ]);
  });

  it('do not depend on times and retries', () => {
    assert.deepEqual(keys([{ retry: 9, delayLoopMs: 1, connectTimeoutMs: 1, warmupMs: 1 }]), keys([{}]));
  });

  it('differ between virtual servers, between what is probed and between equal blocks', () => {
    const all = [...keys([{}, {}, { connectPort: 8080 }]), ...keys([{}], 443)];
    assert.equal(new Set(all).size, 4);
  });
});

describe('what the data path is told of a virtual server', () => {
  it('is everything that the configuration says of it', () => {
    const mark = { protocol: 'FWM', address: '0.0.0.0', port: 0 } as const;
    const settings = {
      fwmark: 7,
      members: [{ ...mark, fwmark: 8 }],
      scheduler: 'mh',
      schedulerFlags: 3,
      persistence: { seconds: 60, netmask: '255.255.255.0' },
      onePacket: true,
    } as const;
    const limited = realServerConfig(A, { upperThreshold: 100, lowerThreshold: 50 });
    const state = startVirtualServer(
      virtualServerConfig([limited, realServerConfig(B)], { ...mark, ...settings, group: 'marks' }),
    );
    assert.deepEqual(toSpec(state), {
      ...mark,
      ...settings,
      destinations: [
        { address: B, weight: 1 },
        { address: A, weight: 1, upperThreshold: 100, lowerThreshold: 50 },
      ],
    });
  });
});
