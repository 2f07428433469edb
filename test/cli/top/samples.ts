/** Answers of a daemon, two seconds apart. */
import type { Sample } from '../../../src/cli/top/rows.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../../../src/control/status.ts';
import { destinationStatus } from '../../helpers/destination_status.ts';

function realServer(address: string, changes: Partial<DestinationStatus> = {}): DestinationStatus {
  return destinationStatus(address, { since: '2026-01-02T03:04:05.678Z', ...changes });
}

/** As the daemon says it of one whose checks fail: out of the pool, but configured. */
const down = { up: false, gone: true, weight: 0, failures: ['TCP_CHECK: no answer in time'] } as const;

function virtualServer(
  destinations: readonly DestinationStatus[],
  changes: Partial<VirtualServerStatus> = {},
): VirtualServerStatus {
  const sum = (what: 'connections' | 'packets' | 'bytes') =>
    destinations.reduce((total, one) => total + one[what], 0);
  return {
    protocol: 'TCP',
    address: '10.0.0.1',
    port: 80,
    scheduler: 'wlc',
    connections: sum('connections'),
    packets: sum('packets'),
    bytes: sum('bytes'),
    destinations,
    ...changes,
  };
}

/** `after` seconds; counters have grown evenly. */
export function statusAfter(after: number, changes: Partial<Status> = {}): Status {
  const grown = (connections: number, packets: number) => ({
    connections: 1000 + connections * after,
    packets: 50_000 + packets * after,
    bytes: 40_000_000 + packets * 800 * after,
  });
  return {
    instance: 'default',
    pid: 4711,
    version: '1.2.3',
    config: '/etc/keepalived/keepalived.conf',
    since: '2026-01-02T00:00:00.000Z',
    dataplane: true,
    vrrp: true,
    interfaces: [
      { name: 'eth0', mode: 'native' },
      { name: 'eth1', mode: 'generic' },
    ],
    virtual_servers: [
      virtualServer([
        realServer('10.0.1.9', { ...grown(3, 200), active: 12, inactive: 3 }),
        realServer('10.0.1.10', { ...grown(40, 2_500), active: 1234, inactive: 56_789 }),
        realServer('10.0.1.11', { ...grown(0, 0), ...down }),
      ]),
      virtualServer(
        [
          realServer('2001:db8:1234:5678:9abc:def0:1234:5678', { ...grown(500, 120_000), port: 443 }),
          realServer('fd00::2', { ...grown(0.5, 10), port: 443, weight: 0, weight_by_hand: 0 }),
        ],
        { address: 'fd00::1', port: 443, scheduler: 'mh' },
      ),
      virtualServer([realServer('10.0.1.20', { ...grown(0, 7), ...down })], {
        protocol: 'FWM',
        fwmark: 7,
        port: 0,
        address: '0.0.0.0',
        scheduler: 'rr',
      }),
    ],
    vrrp_instances: [
      {
        name: 'VI_1',
        state: 'MASTER',
        interface: 'eth0',
        virtual_router_id: 51,
        priority: 150,
        addresses: ['10.0.0.1/32'],
        statistics: {},
      },
      {
        name: 'VI_2',
        state: 'BACKUP',
        interface: 'eth0',
        virtual_router_id: 52,
        priority: 100,
        addresses: ['fd00::1/128'],
        master: { address: '10.0.0.3', priority: 150 },
        statistics: {},
      },
    ],
    flows: { slots: 2_097_152, used: 58_038, expired: 12, evicted: 3 },
    templates: { slots: 262_144, used: 0, evicted: 0, refused: 0 },
    verdicts: { FORWARDED: 1000 * after },
    ...changes,
  };
}

export function sampleAfter(after: number, changes: Partial<Status> = {}): Sample {
  const status = statusAfter(after, changes);
  return { status, atMs: after * 1000, wallMs: Date.parse('2026-01-05T04:05:06Z') + after * 1000 };
}
