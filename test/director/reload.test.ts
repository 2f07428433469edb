import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { realServerChecks } from '../../src/director/real_server.ts';
import { reloadVirtualServer } from '../../src/director/reload.ts';
import {
  checkChanged,
  startVirtualServer,
  toSpec,
  type VirtualServerState,
} from '../../src/director/virtual_server.ts';
import { realServerConfig, tcpCheckConfig, virtualServerConfig } from '../helpers/sample_config.ts';

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

  it('keeps a failed real server down when a group whose addresses are probed gets one more', () => {
    const pool = (...vips: readonly string[]) => {
      const vip = { realServer: B, targets: vips.map((address) => ({ address, port: 80 })) };
      const checks = [tcpCheckConfig({ connectIp: B, vip })];
      return virtualServerConfig([realServerConfig(A), realServerConfig(B, { checks })]);
    };
    const { state } = reloadVirtualServer(
      withFailed(pool('10.0.0.100'), B),
      pool('10.0.0.100', '10.0.0.101'),
    );
    assert.deepEqual(state.destinations, [A]);
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
