import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionState } from '../../src/bfd/status.ts';
import type { CheckState } from '../../src/check/runner.ts';
import { buildStatus } from '../../src/daemon/status.ts';
import type { DataplaneState } from '../../src/dataplane/messages.ts';
import { createHistory, snapshotOf } from '../../src/director/snapshot.ts';
import { startVirtualServer, toSpec } from '../../src/director/virtual_server.ts';
import { noAfXdpCounts, tableOf } from '../helpers/fake_host.ts';
import { realServerConfig, virtualServerConfig } from '../helpers/sample_config.ts';

const identity = {
  instance: 'default',
  pid: 1,
  version: '0.1.0',
  config: 'xlb.conf',
  since: '2026-01-02T03:04:05.678Z',
};

/** With a second check like its first. */
const twice = <T extends { readonly checks: readonly string[] }>(one: T): T => ({
  ...one,
  checks: one.checks.flatMap((key) => [key, `${key} #2`]),
});

describe('the status', () => {
  it('has all settings of a virtual server, and what a group counts in the tables under another member', () => {
    const member = { protocol: 'TCP', address: '10.0.0.9', port: 443 } as const;
    const state = startVirtualServer(
      virtualServerConfig([realServerConfig('10.0.0.2', { upperThreshold: 9, lowerThreshold: 3 })], {
        group: 'web',
        members: [member],
        scheduler: 'mh',
        schedulerFlags: 3,
        persistence: { seconds: 60, netmask: '255.255.255.0' },
        onePacket: true,
      }),
    );
    const { members: _members, ...spec } = toSpec(state);
    const { protocol, address, port } = spec;
    const table = tableOf({ ...spec, ...member, members: [{ protocol, address, port }] });
    const templates = { slots: 1_024, used: 1, evicted: 2, refused: 3 };
    const dataplane: DataplaneState = {
      interfaces: [],
      virtualServers: [
        {
          ...table,
          connections: 7,
          destinations: table.destinations.map((one) => ({ ...one, persistent: 4, overloaded: true })),
        },
      ],
      verdicts: [],
      afXdp: { ...noAfXdpCounts, receiveFull: 3 },
      flows: { slots: 2_000, used: 0, sweeps: 0, expired: 0, evicted: 0, templates },
    };
    const status = buildStatus({
      identity,
      dataplane,
      virtualServers: [snapshotOf(state, createHistory(0))],
      vrrpInstances: [],
    });
    assert.deepEqual(status.templates, templates);
    assert.deepEqual(status.af_xdp, { receive_full: 3 });
    assert.deepEqual(status.virtual_servers, [
      {
        protocol: 'TCP',
        address: '10.0.0.1',
        port: 80,
        group: 'web',
        members: 1,
        scheduler: 'mh',
        scheduler_flags: ['mh-fallback', 'mh-port'],
        persistence: { seconds: 60, netmask: '255.255.255.0' },
        one_packet: true,
        connections: 7,
        packets: 0,
        bytes: 0,
        destinations: [
          {
            address: '10.0.0.2',
            port: 80,
            weight: 1,
            upper_threshold: 9,
            lower_threshold: 3,
            active: 0,
            inactive: 0,
            persistent: 4,
            overloaded: true,
            connections: 0,
            packets: 0,
            bytes: 0,
            nexthop: { kind: 'unresolved' },
            gone: false,
            up: true,
            since: '1970-01-01T00:00:00.000Z',
          },
        ],
      },
    ]);
  });

  it('says which checks of a real server say nothing, and why', () => {
    const state = startVirtualServer(virtualServerConfig([realServerConfig('10.0.0.2')]));
    const snapshot = snapshotOf(state, createHistory(0));
    const [key = ''] = snapshot.realServers[0]?.checks ?? [];
    const check: CheckState = {
      key,
      kind: 'MISC_CHECK',
      realServer: '[10.0.0.2]:tcp:80',
      virtualServer: '[10.0.0.1]:tcp:80',
      healthy: true,
      result: { code: 'DISABLED', detail: 'Cannot run script `/x`: /x does not exist', latencyMs: 0 },
      sinceMs: 0,
    };
    const status = buildStatus({
      identity,
      dataplane: undefined,
      virtualServers: [snapshot],
      checks: [check],
      vrrpInstances: [],
    });
    assert.deepEqual(status.virtual_servers[0]?.destinations[0]?.unchecked, [
      'MISC_CHECK: check disabled: Cannot run script `/x`: /x does not exist',
    ]);
  });

  it('says why a real server is down, and how long its checks take', () => {
    const state = startVirtualServer(virtualServerConfig([realServerConfig('10.0.0.2')]));
    const snapshot = snapshotOf(state, createHistory(0));
    const [key = ''] = snapshot.realServers[0]?.checks ?? [];
    const check: CheckState = {
      ...{ key, kind: 'TCP_CHECK', realServer: '[10.0.0.2]:tcp:80', virtualServer: '[10.0.0.1]:tcp:80' },
      healthy: false,
      result: { code: 'L4CON', detail: 'ECONNREFUSED', latencyMs: 0.12345 },
      sinceMs: 0,
    };
    const realServers = snapshot.realServers.map((one) => ({
      ...one,
      alive: false,
      failedChecks: [key, 'new'],
    }));
    const parts = { identity, dataplane: undefined, vrrpInstances: [], checks: [check] };
    const status = buildStatus({ ...parts, virtualServers: [{ ...snapshot, realServers }] });
    const { failures, latency_ms: latency } = status.virtual_servers[0]?.destinations[0] ?? {};
    assert.deepEqual(
      [failures, latency],
      [['TCP_CHECK: connection refused or unreachable: ECONNREFUSED', 'not checked yet'], 0.123],
    );
  });

  it('has what checks have seen besides that is wrong with a real server, once', () => {
    const state = startVirtualServer(virtualServerConfig([realServerConfig('10.0.0.2')]));
    const snapshot = snapshotOf(state, createHistory(0));
    const [key = ''] = snapshot.realServers[0]?.checks ?? [];
    const check: CheckState = {
      key,
      kind: 'TCP_CHECK',
      realServer: '[10.0.0.2]:tcp:80',
      virtualServer: '[10.0.0.1]:tcp:80',
      healthy: true,
      result: { code: 'L4OK', warning: 'it answers ARP', latencyMs: 0 },
      sinceMs: 0,
    };
    const virtualServers = [{ ...snapshot, realServers: snapshot.realServers.map((one) => twice(one)) }];
    const checks = [check, { ...check, key: `${key} #2` }];
    const parts = { identity, dataplane: undefined, virtualServers, checks, vrrpInstances: [] };
    const [destination] = buildStatus(parts).virtual_servers[0]?.destinations ?? [];
    assert.deepEqual([destination?.warnings, destination?.unchecked], [['it answers ARP'], undefined]);
  });

  it('has what checks answered and when real servers went up and down only where it is asked for', () => {
    const state = startVirtualServer(virtualServerConfig([realServerConfig('10.0.0.2')]));
    const history = createHistory(0);
    const [virtualServer, realServer] = ['[10.0.0.1]:tcp:80', '[10.0.0.2]:tcp:80'];
    history.record({ kind: 'real_server_up', virtualServer, realServer, inhibited: false }, 2_000, 'why');
    const snapshot = snapshotOf(state, history);
    const [key = ''] = snapshot.realServers[0]?.checks ?? [];
    const check: CheckState = {
      key,
      kind: 'TCP_CHECK',
      realServer,
      virtualServer,
      healthy: true,
      sinceMs: 2_000,
      nextDueMs: 9_000,
    };
    const parts = {
      identity,
      dataplane: undefined,
      virtualServers: [snapshot],
      checks: [check],
      vrrpInstances: [],
    };
    const results = [{ atMs: 2_000, code: 'L4OK', latencyMs: 0.12345 }] as const;
    const historyOf = () => ({ results, latencyMs: { min: 0.1, avg: 0.1234567, max: 0.2 } });
    const [asked, unasked] = [buildStatus({ ...parts, historyOf }), buildStatus(parts)].map(
      ({ virtual_servers: [server] }) => server?.destinations[0],
    );
    assert.deepEqual(
      [unasked?.since, unasked?.checks, unasked?.transitions],
      [asked?.since, undefined, undefined],
    );
    assert.deepEqual(asked?.transitions, [{ at: '1970-01-01T00:00:02.000Z', up: true, why: 'why' }]);
    assert.deepEqual(asked?.checks, [
      {
        kind: 'TCP_CHECK',
        up: true,
        since: '1970-01-01T00:00:02.000Z',
        next: '1970-01-01T00:00:09.000Z',
        latency_ms: { min: 0.1, avg: 0.123, max: 0.2 },
        results: [{ at: '1970-01-01T00:00:02.000Z', code: 'L4OK', latency_ms: 0.123 }],
      },
    ]);
  });

  it('has BFD sessions only where some are configured', () => {
    const parts = { identity, dataplane: undefined, virtualServers: [], vrrpInstances: [] };
    const session: SessionState = {
      ...({ name: 'rs', neighbor: '10.0.0.2', state: 'Up', remoteState: 'Up' } as const),
      sinceMs: 1_700_000_000_000,
      ...{ detectionTimeUs: 150_000, transmitIntervalUs: 37_500 },
    };
    assert.deepEqual(
      [[session], [], undefined].map((sessions) => buildStatus({ ...parts, sessions }).bfd_sessions),
      [
        [
          {
            ...{ name: 'rs', neighbor: '10.0.0.2', state: 'Up', remote_state: 'Up' },
            ...{ detection_time_ms: 150, transmit_interval_ms: 37.5, since: '2023-11-14T22:13:20.000Z' },
          },
        ],
        undefined,
        undefined,
      ],
    );
  });

  it('tells of lost notifications only where some were', () => {
    const parts = {
      identity: { instance: 'x', pid: 1, version: '1', config: 'c', since: 's' },
      dataplane: undefined,
      virtualServers: [],
      vrrpInstances: [],
    };
    const lost = (mails: number, a: number) =>
      buildStatus({ ...parts, lost: { mails, fifoLines: { '/a': a, '/b': 0 } } }).notifications_lost;
    assert.deepEqual(
      [lost(0, 0), lost(2, 0), lost(0, 3)],
      [undefined, { mails: 2, fifo_lines: {} }, { mails: 0, fifo_lines: { '/a': 3 } }],
    );
  });
});
