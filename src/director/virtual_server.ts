/** A virtual server and its pool: which real servers are destinations, in which order. Pure. */
import type { VirtualServerSpec } from '../addon/addon.ts';
import type { VirtualServerConfig } from '../config/model.ts';
import { withoutDestinations } from '../dataplane/difference.ts';
import type { DirectorEvent } from './event.ts';
import { belongsToPool, destinationSpecs, isOpen, isRamping, wantedAddresses } from './pool.ts';
import { countQuorum, hasQuorum } from './quorum.ts';
import {
  type CheckWeight,
  isAlive,
  ownWeight,
  type RealServerState,
  realServerName,
  startRealServer,
  virtualServerName,
} from './real_server.ts';
import { canRamp, moveRamp, nextStepMs, rampScheduler, startRamp } from './slow_start.ts';

export interface VirtualServerState {
  readonly config: VirtualServerConfig;
  /** In the order of the configuration. */
  readonly realServers: readonly RealServerState[];
  readonly quorumUp: boolean;
  /** Addresses of the destinations in the order of IPVS's list, head first. */
  readonly destinations: readonly string[];
}

export interface VirtualServerTransition {
  readonly state: VirtualServerState;
  readonly events: readonly DirectorEvent[];
}

/** What a check says of its real server. */
export interface CheckSaid {
  readonly healthy: boolean;
  /** Absent: nothing about the weight. */
  readonly weight?: CheckWeight | undefined;
  /** When: of the monotonic clock. */
  readonly nowMs: number;
}

/** Every real server is in service until a check of it fails; those with alpha from the first pass on. */
export function startVirtualServer(config: VirtualServerConfig): VirtualServerState {
  const realServers = config.realServers.map((realServer) => startRealServer(config, realServer));
  // Nobody has told anything yet, so nothing is lost or gained.
  const quorumUp = hasQuorum(true, countQuorum(config, realServers));
  const state = { config, realServers, quorumUp, destinations: [] };
  return { ...state, destinations: settleDestinations(state) };
}

/** Takes the result of one check. `realServer` is its address, `check` its key. All checks must pass. */
export function checkChanged(
  state: VirtualServerState,
  { realServer, check }: { readonly realServer: string; readonly check: string },
  { healthy, weight, nowMs }: CheckSaid,
): VirtualServerTransition {
  return changeRealServer(state, realServer, (before) => {
    const others = before.failedChecks.filter((failed) => failed !== check);
    const weights = weight === undefined ? {} : { checkWeights: { ...before.checkWeights, [check]: weight } };
    const after = { ...before, failedChecks: healthy ? others : [...others, check], ...weights };
    return withRamp(before, after, { scheduler: state.config.scheduler, nowMs });
  });
}

/** Sets a weight by hand; undefined: as the configuration and the checks have it again. */
export function weightByHand(
  state: VirtualServerState,
  realServer: string,
  { weight, nowMs }: { readonly weight: number | undefined; readonly nowMs: number },
): VirtualServerTransition {
  return changeRealServer(state, realServer, (before) => {
    const { byHand: _byHand, ...rest } = before;
    const after = weight === undefined ? rest : { ...rest, byHand: weight };
    return withRamp(before, after, { scheduler: state.config.scheduler, nowMs });
  });
}

/** The same state where nothing has changed. */
export function moveRamps(state: VirtualServerState, nowMs: number): VirtualServerState {
  let changed = false;
  const realServers = state.realServers.map((server) => {
    if (server.ramp === undefined) return server;
    const ramp = moveRamp(server.ramp, nowMs);
    if (ramp === server.ramp) return server;
    changed = true;
    const { ramp: _ramp, ...rest } = server;
    return ramp === undefined ? rest : { ...rest, ramp };
  });
  return changed ? { ...state, realServers } : state;
}

/** When moveRamps will change something; undefined: never. */
export function nextRampMs({ realServers }: VirtualServerState): number | undefined {
  const times = realServers.flatMap(({ ramp }) => (ramp === undefined ? [] : [nextStepMs(ramp)]));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** It gets flows again: a ramp begins. It gets none any more: the ramp is forgotten. */
function withRamp(
  before: RealServerState,
  after: RealServerState,
  { scheduler, nowMs }: { readonly scheduler: VirtualServerConfig['scheduler']; readonly nowMs: number },
): RealServerState {
  const takesFlows = (server: RealServerState) => isAlive(server) && ownWeight(server) > 0;
  if (takesFlows(before) && takesFlows(after)) return after;
  const { ramp: _ramp, ...rest } = after;
  const begins = takesFlows(after) && canRamp(scheduler);
  const ramp = begins ? startRamp(after.config.slowStartMs, nowMs) : undefined;
  return ramp === undefined ? rest : { ...rest, ramp };
}

function changeRealServer(
  state: VirtualServerState,
  address: string,
  change: (before: RealServerState) => RealServerState,
): VirtualServerTransition {
  const before = state.realServers.find((realServer) => realServer.config.address === address);
  if (before === undefined) return { state, events: [] };
  const after = change(before);
  const realServers = state.realServers.map((realServer) => (realServer === before ? after : realServer));
  const events = lifeEvents(state.config, before, after);
  return settle(state, { state: { ...state, realServers }, events }, after);
}

/** After real servers have changed: the quorum, and who is in the pool. `only`: the one that has changed. */
export function settle(
  before: VirtualServerState,
  { state, events }: VirtualServerTransition,
  only?: RealServerState,
): VirtualServerTransition {
  const count = countQuorum(state.config, state.realServers);
  const after = { ...state, quorumUp: hasQuorum(before.quorumUp, count) };
  const samePool = isOpen(before) === isOpen(after) && only !== undefined;
  const destinations = samePool ? settleOne(after, only) : settleDestinations(after);
  const news: DirectorEvent[] = [];
  if (before.quorumUp !== after.quorumUp) {
    const virtualServer = virtualServerName(after.config);
    news.push({ kind: after.quorumUp ? 'quorum_gained' : 'quorum_lost', virtualServer, ...count });
  }
  return { state: { ...after, destinations }, events: [...events, ...news, ...sorryEvents(before, after)] };
}

function sorryEvents(before: VirtualServerState, after: VirtualServerState): DirectorEvent[] {
  const { sorryServer } = after.config;
  const [was, is] = [before, after].map((state) => (isOpen(state) ? undefined : state.config.sorryServer));
  if (was?.address === is?.address) return [];
  const virtualServer = virtualServerName(after.config);
  const inhibited = sorryServer?.inhibit ?? false;
  const named = (address: string) => realServerName({ address, port: after.config.port }, after.config);
  return [
    ...(is === undefined
      ? []
      : ([
          { kind: 'sorry_server_added', virtualServer, sorryServer: named(is.address), inhibited },
          ...(was === undefined ? ([{ kind: 'pool_closed', virtualServer }] as const) : []),
        ] as const)),
    ...(was === undefined
      ? []
      : ([
          { kind: 'sorry_server_removed', virtualServer, sorryServer: named(was.address), inhibited },
          ...(is === undefined ? ([{ kind: 'pool_opened', virtualServer }] as const) : []),
        ] as const)),
  ];
}

/**
 * The list with those that belong put in and the others taken out. As in the kernel (ip_vs_add_dest), who
 * comes, or comes back, is put at the head; who stays keeps the place.
 */
export function settleDestinations(state: VirtualServerState): readonly string[] {
  const wanted = wantedAddresses(state);
  const wantedSet = new Set(wanted);
  const listed = new Set(state.destinations);
  const coming = wanted.filter((address) => !listed.has(address));
  return [...coming.reverse(), ...state.destinations.filter((address) => wantedSet.has(address))];
}

/** The same where only `changed` may come or go. Checks that speak of a thousand real servers at once come by here. */
function settleOne(state: VirtualServerState, changed: RealServerState): readonly string[] {
  const { destinations } = state;
  const { address } = changed.config;
  const listed = destinations.includes(address);
  if (listed === belongsToPool(changed, isOpen(state))) return destinations;
  return listed ? destinations.filter((one) => one !== address) : [address, ...destinations];
}

/** What is to be said of a real server that was there before: it has died or come back, or weighs something else. */
export function lifeEvents(
  config: VirtualServerConfig,
  before: RealServerState,
  after: RealServerState,
): readonly DirectorEvent[] {
  const virtualServer = virtualServerName(config);
  const realServer = realServerName(after.config, config);
  const alive = isAlive(after);
  const events: DirectorEvent[] = [];
  const [from, to] = [ownWeight(before), ownWeight(after)];
  if (before.byHand !== after.byHand) {
    const byHand = after.byHand === undefined ? {} : { byHand: after.byHand };
    events.push({ kind: 'weight_by_hand', virtualServer, realServer, from, to, ...byHand });
  } else if (from !== to) events.push({ kind: 'weight_changed', virtualServer, realServer, from, to, alive });
  if (isAlive(before) === alive) return events;
  const inhibited = after.config.inhibitOnFailure;
  const kind = alive ? 'real_server_up' : 'real_server_down';
  return [...events, { kind, virtualServer, realServer, inhibited }];
}

/** What the data path is to be told. */
export function toSpec(state: VirtualServerState): VirtualServerSpec {
  return { ...specWithoutDestinations(state), destinations: destinationSpecs(state, state.destinations) };
}

export function specWithoutDestinations(state: VirtualServerState): Omit<VirtualServerSpec, 'destinations'> {
  const { scheduler } = state.config;
  return {
    ...withoutDestinations(state.config),
    scheduler: isRamping(state) ? rampScheduler(scheduler) : scheduler,
  };
}
