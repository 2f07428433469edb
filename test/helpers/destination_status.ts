import type { DestinationStatus } from '../../src/control/status.ts';

/** A real server that is up, and of which nothing was counted. */
export function destinationStatus(
  address: string,
  changes: Partial<DestinationStatus> = {},
): DestinationStatus {
  const counted = { active: 0, inactive: 0, persistent: 0, connections: 0, packets: 0, bytes: 0 };
  return {
    ...{ address, port: 80, weight: 1, ...counted, overloaded: false, gone: false, up: true },
    nexthop: { kind: 'link', index: 2, mac: '02:00:00:00:00:aa', source: '02:00:00:00:00:02' },
    ...changes,
  };
}
