import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Config } from '../../../src/config/model.ts';
import { describePlan, planReload, type ReloadPlan } from '../../../src/daemon/plan/reload_plan.ts';
import { reloadVirtualServer } from '../../../src/director/reload.ts';
import { startVirtualServer } from '../../../src/director/virtual_server.ts';
import {
  configOf,
  realServerConfig,
  span,
  tcpCheckConfig,
  virtualServerConfig,
  vrrpInstanceConfig,
} from '../../helpers/sample_config.ts';

const [A, B, C, D] = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'] as const;
const virtualServer = '[10.0.0.1]:tcp:80';
const poolOf = (...addresses: string[]) =>
  virtualServerConfig(addresses.map((address) => realServerConfig(address)));

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
    const plan: ReloadPlan = [
      { do: 'add_virtual_server', virtualServer: '[10.0.0.1]:udp:53', realServers: 2 },
      { do: 'add_real_server', ...realServer(D), weight: 1 },
      { do: 'change_scheduler', virtualServer, from: 'rr', to: 'wrr' },
      { do: 'change_weight', ...realServer(B), from: 1, to: 4 },
      { do: 'change_inhibit_on_failure', ...realServer(B), to: true },
      { do: 'change_check', ...realServer(B), check: 'TCP_CHECK' },
      { do: 'remove_real_server', ...realServer(C) },
      { do: 'remove_virtual_server', virtualServer: '[10.0.0.1]:tcp:443' },
    ];
    assert.deepEqual(planReload(running, wanted), plan);
    assert.deepEqual(describePlan(plan), [
      'add virtual server [10.0.0.1]:udp:53 (real servers: 2)',
      'add real server [10.0.0.5]:tcp:80 to [10.0.0.1]:tcp:80 (weight 1)',
      'change scheduler of [10.0.0.1]:tcp:80 from rr to wrr',
      'change weight of [10.0.0.3]:tcp:80 in [10.0.0.1]:tcp:80 from 1 to 4',
      'turn inhibit_on_failure of [10.0.0.3]:tcp:80 in [10.0.0.1]:tcp:80 on',
      'change TCP_CHECK of [10.0.0.3]:tcp:80 in [10.0.0.1]:tcp:80',
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
    assert.deepEqual(describePlan(planReload(running, wanted)), [
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
      ['members_changed', 'setting_changed', 'setting_changed', 'setting_changed', 'thresholds_changed'],
    );
  });
});

describe('the plan of what is named', () => {
  const [eth0, eth1] = ['eth0', 'eth1'].map((name) => ({ name, span }));
  const virtual = (address: string, changes = {}) => ({
    ...{ address, prefix: 32, interface: 'eth0', span },
    ...changes,
  });
  const session = (name: string, changes = {}) => ({
    ...{ name, neighbor: '10.0.0.9', minRxUs: 10_000, minTxUs: 10_000, idleTxUs: 1_000_000 },
    ...{ multiplier: 5, passive: false, ttl: 255, maxHops: 0, multihop: false, span },
    ...changes,
  });
  const route = (destination: string, gateway: string) =>
    ({ family: 4, destination, type: 'unicast', gateway, span }) as const;
  const group = (name: string, ...instances: string[]) => ({
    ...{ name, instances, memberWeights: false, span },
    tracking: { scripts: [], interfaces: [], files: [], processes: [], bfds: [] },
    notify: { sayDeleted: false, priorityChanges: false, mail: false },
  });
  const script = (name: string, intervalMs: number) => ({
    ...{ name, intervalMs, timeoutMs: 1_000, rise: 1, fall: 1, initFail: false },
    script: { command: '/bin/true', span },
  });
  const nothing = configOf([]);

  it('adds, changes in place, starts anew what cannot go on, and removes', () => {
    const running: Config = {
      ...nothing,
      vrrpInstances: [
        vrrpInstanceConfig({ addresses: [virtual('10.0.0.1'), virtual('10.0.0.2')] }),
        vrrpInstanceConfig({ name: 'VI_2', virtualRouterId: 52 }),
        vrrpInstanceConfig({ name: 'VI_3', virtualRouterId: 53 }),
      ],
      vrrpSyncGroups: [group('G', 'VI_1', 'VI_2'), group('OLD', 'VI_3')],
      vrrpScripts: [script('alive', 1_000), script('gone', 1_000)],
      bfdInstances: [session('peer')],
      static: { ...nothing.static, routes: [route('10.9.0.0/16', '10.0.0.254')] },
    };
    const wanted: Config = {
      ...nothing,
      vrrpInstances: [
        vrrpInstanceConfig({
          priority: 150,
          notify: { sayDeleted: false, priorityChanges: false, mail: true },
          addresses: [virtual('10.0.0.2', { label: 'eth0:2' }), virtual('10.0.0.3')],
        }),
        vrrpInstanceConfig({ name: 'VI_2', virtualRouterId: 52, interface: eth1 ?? assert.fail() }),
        vrrpInstanceConfig({ name: 'VI_4', virtualRouterId: 54, interface: eth0 ?? assert.fail() }),
      ],
      vrrpSyncGroups: [group('G', 'VI_1', 'VI_2', 'VI_4')],
      vrrpScripts: [script('alive', 2_000)],
      bfdInstances: [session('peer', { minRxUs: 20_000 }), session('other')],
      static: { ...nothing.static, routes: [route('10.9.0.0/16', '10.0.0.253')] },
      global: {
        ...nothing.global,
        flowTableSize: 2_000,
        mail: { ...nothing.global.mail, to: ['root'] },
        http: 'off',
        vrrp: { ...nothing.global.vrrp, scriptSecurity: true, startupDelayMs: 1_000 },
      },
    };
    assert.deepEqual(describePlan(planReload(running, wanted)), [
      'add bfd_instance other',
      'add vrrp_instance VI_4',
      'add virtual address 10.0.0.3/32 on eth0 of VI_1',
      'add static route to 10.9.0.0/16 gateway 10.0.0.253',
      'change min_rx of bfd_instance peer',
      'change interval of vrrp_script alive',
      'change members of vrrp_sync_group G',
      'change priority, notifications of vrrp_instance VI_1',
      'start vrrp_instance VI_2 anew: interface changed',
      'change label of virtual address 10.0.0.2/32 on eth0 of VI_1',
      'change mail',
      'change xlb_http',
      'change enable_script_security',
      'remove vrrp_script gone',
      'remove vrrp_sync_group OLD',
      'remove vrrp_instance VI_3',
      'remove virtual address 10.0.0.1/32 on eth0 of VI_1',
      'remove static route to 10.9.0.0/16 gateway 10.0.0.254',
      'xlb_flow_table_size has changed: it takes effect when xlb is stopped and started',
      'vrrp_startup_delay has changed: it takes effect when xlb is stopped and started',
    ]);
  });

  it('sees that a virtual router only has another name', () => {
    const running = { ...nothing, vrrpInstances: [vrrpInstanceConfig()] };
    const wanted = { ...nothing, vrrpInstances: [vrrpInstanceConfig({ name: 'WEB', priority: 90 })] };
    assert.deepEqual(describePlan(planReload(running, wanted)), [
      'rename vrrp_instance VI_1 to WEB: it keeps its role',
      'change priority of vrrp_instance WEB',
    ]);
  });

  it('says of a virtual server whom it tells, and each check by its keyword', () => {
    const notify = { command: '/bin/notify', span };
    const before = realServerConfig(A, {
      checks: [tcpCheckConfig({ connectIp: A }), tcpCheckConfig({ connectIp: A, connectPort: 81 })],
    });
    const after = realServerConfig(A, {
      notifyUp: notify,
      checks: [tcpCheckConfig({ connectIp: A, retry: 9 }), tcpCheckConfig({ connectIp: A, connectPort: 82 })],
    });
    const wanted = configOf([virtualServerConfig([after], { quorumUp: notify, omega: true })]);
    assert.deepEqual(describePlan(planReload(configOf([virtualServerConfig([before])]), wanted)), [
      'add TCP_CHECK of [10.0.0.2]:tcp:80 in [10.0.0.1]:tcp:80',
      'change TCP_CHECK of [10.0.0.2]:tcp:80 in [10.0.0.1]:tcp:80',
      'change quorum_up, omega of [10.0.0.1]:tcp:80',
      'change notify_up of [10.0.0.2]:tcp:80 in [10.0.0.1]:tcp:80',
      'remove TCP_CHECK of [10.0.0.2]:tcp:80 in [10.0.0.1]:tcp:80',
    ]);
  });
});
