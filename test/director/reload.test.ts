import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { realServerChecks } from '../../src/director/real_server.ts';
import { type Change, describeChange, planReload, reloadVirtualServer } from '../../src/director/reload.ts';
import {
  checkChanged,
  startVirtualServer,
  toSpec,
  type VirtualServerState,
} from '../../src/director/virtual_server.ts';
import {
  configOf,
  realServerConfig,
  span,
  tcpCheckConfig,
  virtualServerConfig,
} from '../helpers/sample_config.ts';

const [A, B, C, D, E] = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'] as const;
const virtualServer = '[10.0.0.1]:tcp:80';
const poolOf = (...addresses: string[]) =>
  virtualServerConfig(addresses.map((address) => realServerConfig(address)));

/** The state of `config` after every check of `address` failed. */
function withFailed(config: VirtualServerState['config'], address: string): VirtualServerState {
  const realServer = config.realServers.find((server) => server.address === address);
  assert.ok(realServer);
  return realServerChecks(config, realServer).reduce(
    (state, { key }) =>
      checkChanged(state, { realServer: address, check: key }, { healthy: false, nowMs: 0 }).state,
    startVirtualServer(config),
  );
}

describe('a reload of a virtual server', () => {
  it('changes nothing where the file says the same', () => {
    const state = withFailed(poolOf(A, B, C), B);
    assert.deepEqual(reloadVirtualServer(state, poolOf(A, B, C)), { state, events: [] });
  });

  it('puts new real servers at the head in the order of the file, and leaves the others in their places', () => {
    const { state, events } = reloadVirtualServer(startVirtualServer(poolOf(A, B, C)), poolOf(D, A, C, E));
    assert.deepEqual(state.destinations, [E, D, C, A]);
    assert.deepEqual(events, [
      { kind: 'real_server_added', virtualServer, realServer: `[${D}]:tcp:80` },
      { kind: 'real_server_added', virtualServer, realServer: `[${E}]:tcp:80` },
      { kind: 'real_server_removed', virtualServer, realServer: `[${B}]:tcp:80` },
    ]);
  });

  it('does not bring a failed real server back', () => {
    const { state } = reloadVirtualServer(withFailed(poolOf(A, B), B), poolOf(A, B, C));
    assert.deepEqual(state.destinations, [C, A]);
  });

  it('keeps a failed real server down when only the times of its check change', () => {
    const checks = [tcpCheckConfig({ connectIp: B, retry: 5, delayLoopMs: 1_000 })];
    const wanted = virtualServerConfig([realServerConfig(A), realServerConfig(B, { checks })]);
    assert.deepEqual(reloadVirtualServer(withFailed(poolOf(A, B), B), wanted).state.destinations, [A]);
  });

  it('brings a failed real server back when the check that failed is no longer there', () => {
    const checks = [tcpCheckConfig({ connectIp: B, connectPort: 8080 })];
    const wanted = virtualServerConfig([realServerConfig(A), realServerConfig(B, { checks })]);
    const { state, events } = reloadVirtualServer(withFailed(poolOf(A, B), B), wanted);
    assert.deepEqual(state.destinations, [B, A]);
    assert.deepEqual(events, [
      { kind: 'real_server_up', virtualServer, realServer: `[${B}]:tcp:80`, inhibited: false },
    ]);
  });

  it('changes weights and the scheduler in place', () => {
    const wanted = virtualServerConfig([realServerConfig(A, { weight: 7 }), realServerConfig(B)], {
      scheduler: 'wlc',
    });
    const { state, events } = reloadVirtualServer(startVirtualServer(poolOf(A, B)), wanted);
    assert.deepEqual(toSpec(state), {
      protocol: 'TCP',
      address: '10.0.0.1',
      port: 80,
      scheduler: 'wlc',
      destinations: [
        { address: B, weight: 1 },
        { address: A, weight: 7 },
      ],
    });
    assert.deepEqual(events, [
      { kind: 'scheduler_changed', virtualServer, from: 'rr', to: 'wlc' },
      { kind: 'weight_changed', virtualServer, realServer: `[${A}]:tcp:80`, from: 1, to: 7, alive: true },
    ]);
  });

  it('keeps the weight of a failed, inhibited real server at 0', () => {
    const pool = (weight: number) =>
      virtualServerConfig([realServerConfig(A, { weight, inhibitOnFailure: true })]);
    const { state } = reloadVirtualServer(withFailed(pool(1), A), pool(5));
    assert.deepEqual(toSpec(state).destinations, [{ address: A, weight: 0 }]);
  });

  it('follows inhibit_on_failure for a real server that is down', () => {
    const inhibited = virtualServerConfig([
      realServerConfig(A),
      realServerConfig(B, { inhibitOnFailure: true }),
    ]);
    const on = reloadVirtualServer(withFailed(poolOf(A, B), B), inhibited);
    assert.deepEqual(toSpec(on.state).destinations, [
      { address: B, weight: 0 },
      { address: A, weight: 1 },
    ]);
    assert.deepEqual(reloadVirtualServer(on.state, poolOf(A, B)).state.destinations, [A]);
  });
});

describe('the plan of a reload', () => {
  it('is empty where nothing changes but the places in the file', () => {
    const moved = { ...span, line: 99 };
    const checks = [tcpCheckConfig({ connectIp: A, span: moved })];
    const wanted = virtualServerConfig([realServerConfig(A, { checks, span: moved })], { span: moved });
    assert.deepEqual(planReload(configOf([poolOf(A)]), configOf([wanted])), []);
  });

  it('adds before it changes, and changes before it removes', () => {
    const running = configOf([
      virtualServerConfig([realServerConfig(A)], { port: 443 }),
      virtualServerConfig([realServerConfig(A), realServerConfig(B), realServerConfig(C)]),
    ]);
    const changed = realServerConfig(B, {
      weight: 4,
      inhibitOnFailure: true,
      checks: [tcpCheckConfig({ connectIp: B, retry: 3 })],
    });
    const wanted = configOf([
      virtualServerConfig([realServerConfig(A), changed, realServerConfig(D)], { scheduler: 'wrr' }),
      virtualServerConfig([realServerConfig(A), realServerConfig(B)], { protocol: 'UDP', port: 53 }),
    ]);
    const realServer = (address: string) => ({ virtualServer, realServer: `[${address}]:tcp:80` });
    const plan: readonly Change[] = [
      { do: 'add_virtual_server', virtualServer: '[10.0.0.1]:udp:53', realServers: 2 },
      { do: 'add_real_server', ...realServer(D), weight: 1 },
      { do: 'change_scheduler', virtualServer, from: 'rr', to: 'wrr' },
      { do: 'change_weight', ...realServer(B), from: 1, to: 4 },
      { do: 'change_inhibit_on_failure', ...realServer(B), to: true },
      { do: 'change_checks', ...realServer(B) },
      { do: 'remove_real_server', ...realServer(C) },
      { do: 'remove_virtual_server', virtualServer: '[10.0.0.1]:tcp:443' },
    ];
    assert.deepEqual(planReload(running, wanted), plan);
    assert.deepEqual(plan.map(describeChange), [
      'add virtual server [10.0.0.1]:udp:53 (real servers: 2)',
      'add real server [10.0.0.5]:tcp:80 to [10.0.0.1]:tcp:80 (weight 1)',
      'change scheduler of [10.0.0.1]:tcp:80 from rr to wrr',
      'change weight of [10.0.0.3]:tcp:80 in [10.0.0.1]:tcp:80 from 1 to 4',
      'turn inhibit_on_failure of [10.0.0.3]:tcp:80 in [10.0.0.1]:tcp:80 on',
      'change checks of [10.0.0.3]:tcp:80 in [10.0.0.1]:tcp:80',
      'remove real server [10.0.0.4]:tcp:80 from [10.0.0.1]:tcp:80',
      'remove virtual server [10.0.0.1]:tcp:443',
    ]);
  });

  it('changes settings, addresses, thresholds and what holds for all in place', () => {
    const member = (port: number) => ({ protocol: 'TCP', address: '10.0.0.9', port }) as const;
    const web = { group: 'web', members: [member(1), member(2)] };
    const running = configOf([virtualServerConfig([realServerConfig(A), realServerConfig(B)], web)]);
    const changed = realServerConfig(B, { upperThreshold: 100, lowerThreshold: 50 });
    const other = configOf([
      virtualServerConfig([realServerConfig(A), changed], {
        ...web,
        members: [member(2), member(3), member(4)],
        schedulerFlags: 3,
        persistence: { seconds: 360, netmask: '255.255.255.0' },
        onePacket: true,
      }),
    ]);
    const dataplane = {
      ...other.global.dataplane,
      resetDead: true,
      timeouts: { tcp: 900, tcpFin: 60, udp: 300 },
    };
    const markRules = [{ fwmark: 7, prefix: '10.9.0.0/16', protocol: 'TCP', ports: [80, 90], span }] as const;
    const wanted = { ...other, global: { ...other.global, dataplane }, markRules };
    assert.deepEqual(planReload(running, wanted).map(describeChange), [
      'change lvs_timeouts from tcp 900 tcpfin 120 udp 300 to tcp 900 tcpfin 60 udp 300',
      'change xlb_reset_dead from off to on',
      'change xlb_mark from none to 7 10.9.0.0/16 TCP 80-90',
      'change addresses of [web]:tcp (2 added, 1 removed)',
      'change scheduler options of [web]:tcp from none to flag-1 flag-2',
      'change persistence of [web]:tcp from off to 360 s by 255.255.255.0',
      'change ops of [web]:tcp from off to on',
      'change thresholds of [10.0.0.3]:tcp:80 in [web]:tcp from none to 100 and 50',
    ]);
    const [before, after] = [running.virtualServers[0], wanted.virtualServers[0]];
    assert.ok(before && after);
    assert.deepEqual(
      reloadVirtualServer(startVirtualServer(before), after).events.map(({ kind }) => kind),
      ['setting_changed', 'setting_changed', 'setting_changed', 'members_changed', 'thresholds_changed'],
    );
  });
});
