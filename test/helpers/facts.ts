/** The facts of a director with two virtual servers and a virtual router. */
import type { DestinationStatus, Status, VirtualServerStatus } from '../../src/control/status.ts';
import type { Facts } from '../../src/metrics/facts.ts';

const destination: DestinationStatus = {
  address: '10.0.0.11',
  port: 80,
  weight: 3,
  active: 4,
  inactive: 5,
  persistent: 6,
  overloaded: false,
  connections: 7,
  packets: 8,
  bytes: 9,
  gone: false,
  up: true,
  nexthop: { kind: 'unresolved' },
};

const nothing = { active: 0, inactive: 0, persistent: 0, connections: 0, packets: 0, bytes: 0 };

const virtualServers: readonly VirtualServerStatus[] = [
  {
    protocol: 'TCP',
    address: '10.0.0.1',
    port: 80,
    scheduler: 'wlc',
    connections: 70,
    packets: 80,
    bytes: 90,
    quorum: { up: true, weight: 3, quorum: 1, hysteresis: 0 },
    destinations: [destination],
  },
  {
    protocol: 'UDP',
    address: 'fd00::1',
    port: 53,
    scheduler: 'rr',
    connections: 0,
    packets: 0,
    bytes: 0,
    destinations: [{ ...destination, ...nothing, address: 'fd00::11', port: 53, weight: 1, up: false }],
  },
];

const status: Status = {
  instance: 'default',
  pid: 1,
  version: '0.1.0',
  config: 'xlb.conf',
  since: '2026-01-02T03:04:05.678Z',
  dataplane: true,
  vrrp: true,
  interfaces: [{ name: 'eth0', mode: 'native' }],
  virtual_servers: virtualServers,
  vrrp_instances: [
    {
      name: 'web',
      state: 'MASTER',
      interface: 'eth0',
      virtual_router_id: 51,
      priority: 100,
      addresses: ['10.0.0.1/32', '10.0.0.2/24'],
      statistics: { advert_sent: 17, become_master: 1 },
    },
  ],
  flows: { slots: 1024, used: 10, expired: 11, evicted: 12 },
  events_lost: { 'https://hooks.example.com': 3 },
  templates: { slots: 512, used: 20, evicted: 21, refused: 22 },
  verdicts: {},
};

export function factsWith(changes: Partial<Facts> = {}): Facts {
  return {
    status,
    verdicts: [],
    restarts: { dataplane: 0, vrrp: 1 },
    reload: { lastSuccessful: true, lastSuccessMs: 1_767_323_045_678 },
    ...changes,
  };
}
