/** A status that has every field there is: one that is new does not compile until it is here. */
import type {
  BfdSessionStatus,
  CheckStatus,
  DestinationStatus,
  Status,
  VirtualServerStatus,
  VrrpInstanceStatus,
} from '../../src/control/status.ts';

const at = '2026-01-02T03:04:05.678Z';

const check: Required<CheckStatus> = {
  kind: 'HTTP_GET',
  up: false,
  since: at,
  next: at,
  latency_ms: { min: 0.1, avg: 0.2, max: 0.3 },
  results: [
    { at, code: 'L4OK', latency_ms: 0.1 },
    { at, code: 'L4CON', detail: 'ECONNREFUSED', latency_ms: 1 },
  ],
};

const destination: Required<DestinationStatus> = {
  ...{ address: '10.0.0.11', port: 80, weight: 1, active: 2, inactive: 3, persistent: 4 },
  ...{ upper_threshold: 100, lower_threshold: 50, overloaded: false, connections: 5, packets: 6, bytes: 7 },
  ...{ gone: false, up: true, failures: ['HTTP_GET: connection refused'], latency_ms: 0.4 },
  ...{ unchecked: ['MISC_CHECK: check disabled'], warnings: ['it answers ARP'], sorry: true },
  ...{ weight_by_hand: 0, slow_start_percent: 12.5, since: at },
  nexthop: { kind: 'link', index: 2, mac: '02:77:00:00:00:0b', source: '02:77:00:00:00:02' },
  transitions: [
    { at, up: true },
    { at, up: false, why: 'L4TOUT' },
  ],
  checks: [check],
};

const virtualServer: Required<VirtualServerStatus> = {
  ...{ protocol: 'FWM', address: '0.0.0.0', port: 0, fwmark: 7, group: 'WEB', members: 2, scheduler: 'sh' },
  ...{
    scheduler_flags: ['sh-port'],
    one_packet: true,
    connections: 1,
    packets: 2,
    bytes: 3,
    suspended: true,
  },
  persistence: { seconds: 360, netmask: '255.255.255.255' },
  quorum: { up: true, weight: 3, quorum: 1, hysteresis: 0 },
  destinations: [destination],
};

const vrrpInstance: Required<VrrpInstanceStatus> = {
  ...{
    name: 'VI_1',
    state: 'MASTER',
    leaving: true,
    interface: 'eth0',
    virtual_router_id: 51,
    priority: 100,
  },
  addresses: ['10.0.0.1/32'],
  master: { address: '10.0.0.2', priority: 100 },
  rival: { address: '10.0.0.3', priority: 90 },
  faults: ['interface eth0 is down'],
  untracked: ['eth1'],
  statistics: { advert_sent: 17 },
};

const bfdSession: Required<BfdSessionStatus> = {
  ...{
    name: 'BFD_1',
    neighbor: '10.0.0.3',
    state: 'Up',
    remote_state: 'Init',
    diagnostic: 'neighbour says down',
  },
  ...{ detection_time_ms: 150, transmit_interval_ms: 50, since: at, trouble: 'TTL' },
};

export function completeStatus(): Required<Status> {
  return {
    ...{
      instance: 'default',
      pid: 1,
      version: '0.1.0',
      config: '/etc/keepalived/keepalived.conf',
      since: at,
    },
    ...{ dataplane: true, vrrp: true, datapath: 'af_xdp' },
    interfaces: [
      { name: 'eth0', mode: 'generic', reason: 'driver', af_xdp: { queues: 1, zero_copy: false } },
    ],
    virtual_servers: [virtualServer],
    vrrp_instances: [vrrpInstance],
    bfd_sessions: [bfdSession],
    flows: { slots: 1024, used: 10, expired: 11, evicted: 12 },
    templates: { slots: 512, used: 20, evicted: 21, refused: 22 },
    af_xdp: { receive_full: 1 },
    not_held: 'this kernel has no AF_XDP',
    verdicts: { FORWARDED: 1 },
    drops: { NO_NEIGHBOUR: 1 },
    notifications_lost: { mails: 1, fifo_lines: { '/run/fifo': 2 } },
    events_lost: { 'file /var/log/xlb.json': 3 },
  };
}
