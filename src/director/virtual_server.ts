/** A virtual server and its pool: which real servers are destinations, in which order. Pure. */
import type { DestinationSpec, VirtualServerSpec } from '../addon/addon.ts';
import type { RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import { withoutDestinations } from '../dataplane/difference.ts';
import type { DirectorEvent } from './event.ts';
import {
  belongsToPool,
  effectiveWeight,
  isAlive,
  type RealServerState,
  realServerName,
  virtualServerName,
} from './real_server.ts';

export interface VirtualServerState {
  readonly config: VirtualServerConfig;
  /** In the order of the configuration. */
  readonly realServers: readonly RealServerState[];
  /** Addresses of the destinations in the order of IPVS's list, head first. */
  readonly destinations: readonly string[];
}

export interface VirtualServerTransition {
  readonly state: VirtualServerState;
  readonly events: readonly DirectorEvent[];
}

/** Every real server is in service until a check of it fails. */
export function startVirtualServer(config: VirtualServerConfig): VirtualServerState {
  const realServers = config.realServers.map((realServer) => ({ config: realServer, failedChecks: [] }));
  return { config, realServers, destinations: settleDestinations([], realServers) };
}

/** Takes the result of one check. `realServer` is its address, `check` its key. All checks must pass. */
export function checkChanged(
  state: VirtualServerState,
  { realServer: address, check }: { readonly realServer: string; readonly check: string },
  healthy: boolean,
): VirtualServerTransition {
  const before = state.realServers.find((realServer) => realServer.config.address === address);
  if (before === undefined) return { state, events: [] };
  const others = before.failedChecks.filter((failed) => failed !== check);
  const after = { ...before, failedChecks: healthy ? others : [...others, check] };
  const realServers = state.realServers.map((realServer) => (realServer === before ? after : realServer));
  const destinations = settleOne(state.destinations, after);
  return { state: { ...state, realServers, destinations }, events: lifeEvents(state.config, before, after) };
}

/**
 * The list with those that belong put in and the others taken out. As in the kernel (ip_vs_add_dest), who
 * comes, or comes back, is put at the head; who stays keeps the place.
 */
export function settleDestinations(
  destinations: readonly string[],
  realServers: readonly RealServerState[],
): readonly string[] {
  const wanted = realServers.filter(belongsToPool).map((realServer) => realServer.config.address);
  const wantedSet = new Set(wanted);
  const listed = new Set(destinations);
  const coming = wanted.filter((address) => !listed.has(address));
  return [...coming.reverse(), ...destinations.filter((address) => wantedSet.has(address))];
}

/** The same where only `changed` may come or go. Checks that speak of a thousand real servers at once come by here. */
function settleOne(destinations: readonly string[], changed: RealServerState): readonly string[] {
  const { address } = changed.config;
  const listed = destinations.includes(address);
  if (listed === belongsToPool(changed)) return destinations;
  return listed ? destinations.filter((one) => one !== address) : [address, ...destinations];
}

/** What is to be said when a real server that was there before has died or come back. */
export function lifeEvents(
  config: VirtualServerConfig,
  before: RealServerState,
  after: RealServerState,
): readonly DirectorEvent[] {
  if (isAlive(before) === isAlive(after)) return [];
  return [
    {
      kind: isAlive(after) ? 'real_server_up' : 'real_server_down',
      virtualServer: virtualServerName(config),
      realServer: realServerName(after.config, config),
      inhibited: after.config.inhibitOnFailure,
    },
  ];
}

/** What the data path is to be told. */
export function toSpec({ config, realServers, destinations }: VirtualServerState): VirtualServerSpec {
  const servers = new Map(realServers.map((server) => [server.config.address, server]));
  return {
    ...withoutDestinations(config),
    destinations: destinations.flatMap((one) => {
      const server = servers.get(one);
      return server === undefined ? [] : [destinationSpec(server)];
    }),
  };
}

function destinationSpec(server: RealServerState): DestinationSpec {
  const { address } = server.config;
  return { address, weight: effectiveWeight(server), ...thresholdsOf(server.config) };
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
