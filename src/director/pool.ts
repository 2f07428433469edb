/**
 * Who of a virtual server's real servers, and its sorry server, are destinations, and with which weight. Pure.
 *
 * While a sorry server serves, the real servers that are left are out, as in keepalived. Here those of weight 0 stay
 * all the same: they get no new flows, and the flows of one that is being drained go on.
 */
import type { DestinationSpec } from '../addon/addon.ts';
import type { RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import { effectiveWeight, isAlive, ownWeight, type RealServerState } from './real_server.ts';
import { canRamp, rampWeight } from './slow_start.ts';

export interface Pool {
  readonly config: VirtualServerConfig;
  /** In the order of the configuration. */
  readonly realServers: readonly RealServerState[];
  readonly quorumUp: boolean;
}

/** Real servers get flows. */
export function isOpen({ config, quorumUp }: Pick<Pool, 'config' | 'quorumUp'>): boolean {
  return quorumUp || config.sorryServer === undefined;
}

export function belongsToPool(server: RealServerState, open: boolean): boolean {
  if (server.config.inhibitOnFailure) return true;
  return isAlive(server) && (open || ownWeight(server) === 0);
}

/** Addresses: the real servers in the order of the configuration, then the sorry server. */
export function wantedAddresses(pool: Pool): string[] {
  const open = isOpen(pool);
  const real = pool.realServers.filter((server) => belongsToPool(server, open));
  const { sorryServer } = pool.config;
  const sorry = sorryServer !== undefined && (!open || sorryServer.inhibit) ? [sorryServer.address] : [];
  return [...real.map(({ config }) => config.address), ...sorry];
}

/** Someone in the pool has returned and gets a growing share. */
export function isRamping({ config, realServers }: Pick<Pool, 'config' | 'realServers'>): boolean {
  return canRamp(config.scheduler) && realServers.some(({ ramp }) => ramp !== undefined);
}

/** The destinations with their weights, in the order of the list. */
export function destinationSpecs(pool: Pool, list: readonly string[]): DestinationSpec[] {
  const { config } = pool;
  const open = isOpen(pool);
  const ramping = isRamping(pool);
  const servers = new Map(pool.realServers.map((server) => [server.config.address, server]));
  return list.flatMap((address) => {
    const server = servers.get(address);
    if (server === undefined)
      return address === config.sorryServer?.address ? [{ address, weight: open ? 0 : 1 }] : [];
    const weight = open ? effectiveWeight(server) : 0;
    return [
      {
        address,
        weight: ramping ? rampWeight(weight, config.scheduler, server.ramp) : weight,
        ...thresholdsOf(server.config),
      },
    ];
  });
}

/** uthreshold and lthreshold, where they are written. */
export function thresholdsOf({
  upperThreshold,
  lowerThreshold,
}: RealServerConfig): Pick<DestinationSpec, 'upperThreshold' | 'lowerThreshold'> {
  return {
    ...(upperThreshold === undefined ? {} : { upperThreshold }),
    ...(lowerThreshold === undefined ? {} : { lowerThreshold }),
  };
}
