/** A status such as a director gives it, for tests of the page. */
import type { DestinationStatus, Status, VirtualServerStatus } from '../../src/control/status.ts';
import type { HistoryAnswer } from '../../src/web/history.ts';
import { destinationStatus } from './destination_status.ts';

const SINCE = '2026-01-02T03:04:05.678Z';

export function destination(address: string, change: Partial<DestinationStatus> = {}): DestinationStatus {
  return destinationStatus(address, { latency_ms: 0.4, since: SINCE, ...change });
}

export function virtualServer(
  address: string,
  destinations: readonly DestinationStatus[],
  change: Partial<VirtualServerStatus> = {},
): VirtualServerStatus {
  const counted = { connections: 0, packets: 0, bytes: 0 };
  return { protocol: 'TCP', address, port: 80, scheduler: 'wlc', ...counted, destinations, ...change };
}

export function pageStatus(servers: readonly VirtualServerStatus[], change: Partial<Status> = {}): Status {
  return {
    ...{
      instance: 'default',
      pid: 1,
      version: '0.1.0',
      config: '/etc/keepalived/keepalived.conf',
      since: SINCE,
    },
    ...{ dataplane: true, vrrp: true, datapath: 'auto' },
    interfaces: [{ name: 'eth0', mode: 'native' }],
    virtual_servers: servers,
    vrrp_instances: [virtualRouter('VI_1', 'MASTER')],
    flows: { slots: 2_097_152, used: 120, expired: 0, evicted: 0 },
    templates: { slots: 65_536, used: 0, evicted: 0, refused: 0 },
    verdicts: { FORWARDED: 1_234_567 },
    ...change,
  };
}

export function virtualRouter(
  name: string,
  state: Status['vrrp_instances'][number]['state'],
): Status['vrrp_instances'][number] {
  return {
    ...{ name, state, interface: 'eth0', virtual_router_id: 51, priority: 150, addresses: ['10.0.0.1/32'] },
    statistics: {},
  };
}

/** Down, as a check of it says. */
export function down(why: string): Partial<DestinationStatus> {
  return { up: false, gone: true, weight: 0, failures: [why] };
}

/** As `xlb drain` leaves it. */
export const drained: Partial<DestinationStatus> = { weight: 0, weight_by_hand: 0 };

/** An hour in which something happened. */
export function hour(): HistoryAnswer {
  const numbers = (most: number) =>
    Array.from({ length: 360 }, (_, at) =>
      Math.round(most * (0.6 + 0.3 * Math.sin(at / 30) + 0.1 * Math.sin(at))),
    );
  const series = {
    connections: numbers(250),
    packets: numbers(9_000),
    bytes: numbers(4_000_000),
    active: numbers(700),
  };
  return {
    step_seconds: 10,
    end: new Date().toISOString(),
    virtual_servers: { 'TCP 10.0.0.1:80': series },
    totals: series,
  };
}
