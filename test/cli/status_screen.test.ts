import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusScreen } from '../../src/cli/status_screen.ts';
import type { Status, VirtualServerStatus } from '../../src/control/status.ts';
import { destinationStatus } from '../helpers/destination_status.ts';

const longest = '2001:db8:1234:5678:9abc:def0:1234:5678';

const status: Status = {
  instance: 'default',
  pid: 4711,
  version: '0.1.0',
  config: '/etc/keepalived/keepalived.conf',
  since: '2026-01-02T03:04:05.678Z',
  dataplane: true,
  vrrp: true,
  interfaces: [
    { name: 'eth0', mode: 'native' },
    {
      name: 'eth1',
      mode: 'generic',
      reason: 'the driver of this interface has no native XDP: operation not supported',
    },
  ],
  virtual_servers: [
    {
      protocol: 'TCP',
      address: '10.0.0.1',
      port: 80,
      scheduler: 'wlc',
      connections: 12,
      packets: 345,
      bytes: 67_890,
      destinations: [
        destinationStatus('10.0.0.2', { weight: 3, active: 2, inactive: 10 }),
        destinationStatus('10.0.0.3', {
          weight: 0,
          up: false,
          gone: true,
          since: '2026-01-02T03:04:05.678Z',
        }),
        destinationStatus('10.0.0.4', { nexthop: { kind: 'unresolved' } }),
      ],
    },
  ],
  vrrp_instances: [
    {
      name: 'VI_1',
      state: 'MASTER',
      interface: 'eth0',
      virtual_router_id: 51,
      priority: 100,
      addresses: ['10.0.0.1/32'],
      master: { address: '10.0.0.254', priority: 100 },
      statistics: {},
    },
  ],
  flows: { slots: 2_097_152, used: 12, expired: 3, evicted: 1 },
  templates: { slots: 262_144, used: 0, evicted: 0, refused: 0 },
  verdicts: { FORWARDED: 345, NOT_OURS: 7 },
};

describe('the status screen', () => {
  it('shows pools, instances, interfaces, flows and verdicts', () => {
    assert.equal(
      `\n${statusScreen(status)}\n`,
      `
xlb 0.1.0, instance default, process 4711
/etc/keepalived/keepalived.conf, since 2026-01-02T03:04:05.678Z

TCP 10.0.0.1:80 wlc: 12 connections, 345 packets, 67890 bytes
Real server Weight Active Inact Check
10.0.0.2:80      3      2    10 up
10.0.0.3:80      0      0     0 down
10.0.0.4:80      1      0     0 up
10.0.0.4: no MAC address known

VI_1 MASTER on eth0, priority 100: 10.0.0.1/32

eth0: native XDP
eth1: generic XDP (the driver of this interface has no native XDP: operation not
  supported)

Flows: 12 of 2097152 slots used, 3 expired, 1 evicted

Verdict   Packets
FORWARDED     345
NOT_OURS        7
`,
    );
  });

  it("shows in ipvsadm's words how a virtual server chooses, and what limits its real servers", () => {
    const [web] = status.virtual_servers;
    assert.ok(web);
    const mark = { protocol: 'FWM', address: '0.0.0.0', port: 0, fwmark: 7 } as const;
    const servers: VirtualServerStatus[] = [
      {
        ...web,
        group: 'web',
        members: 12,
        scheduler: 'sh',
        scheduler_flags: ['sh-fallback', 'sh-port'],
        persistence: { seconds: 50, netmask: '255.255.255.0' },
        destinations: [
          destinationStatus('10.0.0.2', { upper_threshold: 100, lower_threshold: 50, overloaded: true }),
          destinationStatus('10.0.0.3', { upper_threshold: 10 }),
        ],
      },
      {
        ...web,
        ...mark,
        one_packet: true,
        persistence: { seconds: 360, netmask: '255.255.255.255' },
        destinations: [],
      },
      { ...web, ...mark, address: '::', destinations: [] },
    ];
    const templates = { slots: 262_144, used: 5, evicted: 1, refused: 2 };
    const screen = statusScreen({ ...status, virtual_servers: servers, templates, verdicts: {} });
    assert.deepEqual(
      `\n${screen.split('\n').slice(3).join('\n')}\n`,
      `
TCP group web (10.0.0.1:80 and 12 more) sh (sh-fallback,sh-port) persistent 50
  mask 255.255.255.0: 12 connections, 345 packets, 67890 bytes
Real server Weight Active Inact Check
10.0.0.2:80      1      0     0 up, overloaded
10.0.0.3:80      1      0     0 up
10.0.0.2: up to 100 connections, new ones again below 50
10.0.0.3: up to 10 connections, new ones again below 3/4 of that

FWM 7 wlc persistent 360 ops: 12 connections, 345 packets, 67890 bytes
Real server Weight Active Inact Check

FWM 7 IPv6 wlc: 12 connections, 345 packets, 67890 bytes
Real server Weight Active Inact Check

VI_1 MASTER on eth0, priority 100: 10.0.0.1/32

eth0: native XDP
eth1: generic XDP (the driver of this interface has no native XDP: operation not
  supported)

Flows: 12 of 2097152 slots used, 3 expired, 1 evicted
Templates: 5 of 262144 slots used, 1 evicted, 2 refused
`,
    );
  });

  it('shows BFD sessions, and why one is down', () => {
    const since = '2026-01-02T03:04:05.678Z';
    const screen = statusScreen({
      ...status,
      bfd_sessions: [
        {
          ...{ name: 'rs1', neighbor: '10.0.0.2', state: 'Up', remote_state: 'Up', since },
          ...{ detection_time_ms: 150, transmit_interval_ms: 50 },
        },
        {
          ...{ name: 'rs2', neighbor: 'fd00::2', state: 'Down', remote_state: 'Init', since },
          ...{ transmit_interval_ms: 1_000, diagnostic: 'Control Detection Time Expired' },
          trouble: 'Packets of fd00::2 are discarded: their TTL is 64, 255 at least',
        },
      ],
    });
    assert.deepEqual(
      screen.split('\n\n').filter((section) => section.startsWith('BFD')),
      [
        [
          'BFD rs1 Up with 10.0.0.2, detection time 150 ms',
          'BFD rs2 Down with fd00::2, the neighbour says Init, Control Detection Time',
          '  Expired: Packets of fd00::2 are discarded: their TTL is 64, 255 at least',
        ].join('\n'),
      ],
    );
  });

  it('fits 80 columns with the longest addresses and large numbers', () => {
    const address = 'fd00:1111:2222:3333:4444:5555:6666:7777';
    const big = { port: 65_535, weight: 65_535, active: 1_000_000, inactive: 1_000_000 };
    const [server] = status.virtual_servers;
    assert.ok(server);
    const wide = { ...server, address, port: 65_535, destinations: [destinationStatus(address, big)] };
    const lines = statusScreen({ ...status, virtual_servers: [wide] }).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
  });

  it('fits 80 columns with the longest of addresses and numbers, but for words that are longer', () => {
    const many = 999_999_999_999;
    const [server] = status.virtual_servers;
    const wide = destinationStatus(longest, {
      port: 65_535,
      weight: 65_535,
      active: 4_294_967_295,
      inactive: 4_294_967_295,
      overloaded: true,
      unchecked: ['MISC_CHECK: the check could not run: spawn /usr/local/lib/checks/answers: ENOENT'],
      warnings: [`The certificate of [${longest}]:65535 has expired, and is for another name than this`],
      upper_threshold: 4_294_967_295,
      lower_threshold: 4_294_967_294,
      weight_by_hand: 65_535,
      slow_start_percent: 12.5,
      nexthop: { kind: 'unresolved' },
    });
    const screen = statusScreen({
      ...status,
      virtual_servers:
        server === undefined
          ? []
          : [
              {
                ...server,
                address: longest,
                port: 65_535,
                group: 'a_group_with_a_name_that_nobody_should_have_to_type_but_somebody_did',
                members: 255,
                scheduler_flags: ['mh-port', 'mh-fallback'],
                persistence: { seconds: 2_678_400, netmask: '255.255.255.0' },
                connections: many,
                packets: many,
                bytes: many,
                quorum: {
                  up: false,
                  weight: 2_147_483_647,
                  quorum: 2_147_483_647,
                  hysteresis: 2_147_483_647,
                },
                destinations: [wide, { ...wide, sorry: true }],
              },
            ],
      flows: { slots: 33_554_432, used: 33_554_432, expired: many, evicted: many },
      templates: { slots: 33_554_432, used: 33_554_432, evicted: many, refused: many },
      events_lost: { 'https://hooks.of.an.operator.with.a.long.name.example.com': many, '/var/log/e': 0 },
    });
    assert.deepEqual(
      screen.split('\n').filter((line) => line.length > 80),
      [],
    );
    assert.ok(screen.includes('65535  65535 4294967295 4294967295\n  sorry server, serves\n'));
  });
});
