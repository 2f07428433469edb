/**
 * After a crash: a real server that was out of service when the process before died stays out until a check of it
 * passes. Without this, a daemon that dies would bring dead servers back.
 */
import type { VirtualServerState } from '../addon/addon.ts';
import { keysOf, nameOf } from '../dataplane/difference.ts';
import type { Director } from '../director/director.ts';
import type { RealServerSnapshot } from '../director/snapshot.ts';

type CheckKey = string;

/**
 * The checks of real servers that the adopted tables have out of service: gone, or with weight 0 where the
 * configuration gives another, or absent. Absent is one that died so long ago that its last flow has expired, or one
 * that the file has only now: both wait for their first attempt, which is made at once. A virtual server that the
 * tables do not have is new, and starts as at any start; a real server without a check is never out of service.
 */
export function outOfService(
  director: Pick<Director, 'snapshot'>,
  adopted: readonly VirtualServerState[],
): CheckKey[] {
  // A group may be there under another of its members.
  const adoptedByName = new Map(
    adopted.flatMap((server) => keysOf(server).map((key) => [nameOf(key), server])),
  );
  return director.snapshot().flatMap((server) => {
    const before = adoptedByName.get(nameOf(server));
    if (before === undefined) return [];
    const inService = new Set(
      before.destinations
        .filter(({ gone }) => !gone)
        .filter(({ address, weight }) => weight > 0 || weightOf(server.realServers, address) === 0)
        .map(({ address }) => address),
    );
    return server.realServers
      .filter(({ address }) => !inService.has(address))
      .flatMap(({ checks }) => checks);
  });
}

function weightOf(
  realServers: readonly Pick<RealServerSnapshot, 'address' | 'configuredWeight' | 'weightByHand'>[],
  address: string,
): number | undefined {
  const server = realServers.find((one) => one.address === address);
  return server?.weightByHand ?? server?.configuredWeight;
}
