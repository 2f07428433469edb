/**
 * Carries out the steps of a plan (plan.ts) on the states of virtual servers. Pure. Nothing is compared here: what no
 * step names stays the very object that it was, and what is told of a reload is what its steps say.
 */
import type { Config, RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import type { DirectorEvent } from './event.ts';
import { type Change, planVirtualServer } from './plan.ts';
import {
  isAlive,
  type RealServerState,
  realServerChecks,
  realServerName,
  startRealServer,
  virtualServerName,
} from './real_server.ts';
import {
  lifeEvents,
  settle,
  startVirtualServer,
  type VirtualServerState,
  type VirtualServerTransition,
} from './virtual_server.ts';

export interface StatesTransition {
  readonly states: Map<string, VirtualServerState>;
  readonly events: readonly DirectorEvent[];
}

/** `plan` is what turns the configuration of `states` into `wanted`; steps for others are passed over. */
export function reloadVirtualServers(
  before: ReadonlyMap<string, VirtualServerState>,
  wanted: Config,
  plan: readonly Change[],
): StatesTransition {
  const steps = byVirtualServer(plan);
  const states = new Map<string, VirtualServerState>();
  const events: DirectorEvent[] = [];
  for (const config of wanted.virtualServers) {
    const virtualServer = virtualServerName(config);
    const own = steps.get(virtualServer) ?? [];
    const state = before.get(virtualServer);
    if (own.some((step) => step.do === 'add_virtual_server')) {
      states.set(virtualServer, startVirtualServer(config));
      events.push({ kind: 'virtual_server_added', virtualServer });
    } else if (state !== undefined) {
      const changed = reloadVirtualServer(state, config, own);
      states.set(virtualServer, changed.state);
      events.push(...changed.events);
    }
  }
  for (const step of plan) {
    if (step.do !== 'remove_virtual_server') continue;
    events.push({ kind: 'virtual_server_removed', virtualServer: step.virtualServer });
  }
  return { states, events };
}

function byVirtualServer(plan: readonly Change[]): Map<string, Change[]> {
  const steps = new Map<string, Change[]>();
  for (const step of plan) {
    if (step.do === 'change_global') continue;
    const own = steps.get(step.virtualServer);
    if (own === undefined) steps.set(step.virtualServer, [step]);
    else own.push(step);
  }
  return steps;
}

/**
 * The state under a new configuration of the same virtual server (the one of that name). Real servers
 * that stay keep their place, what their checks found and what was done by hand; one whose failed check is no
 * longer configured counts as up again, as in keepalived. New ones go to the head of the list, in service unless
 * they have alpha.
 */
export function reloadVirtualServer(
  state: VirtualServerState,
  config: VirtualServerConfig,
  steps: readonly Change[] = planVirtualServer(state.config, config),
): VirtualServerTransition {
  if (steps.length === 0) return { state, events: [] };
  const before = new Map(state.realServers.map((realServer) => [realServer.config.address, realServer]));
  const realServers = config.realServers.map((realServer) => {
    const known = before.get(realServer.address);
    return known === undefined
      ? startRealServer(config, realServer)
      : reloadRealServer(known, realServer, config);
  });
  const after = { ...state, config, realServers };
  return settle(state, { state: after, events: reloadEvents(state, after, steps) });
}

function reloadRealServer(
  before: RealServerState,
  realServer: RealServerConfig,
  virtualServer: VirtualServerConfig,
): RealServerState {
  const checks = realServerChecks(virtualServer, realServer);
  const keys = new Set(checks.map(({ key }) => key));
  const failed = before.failedChecks.filter((key) => keys.has(key));
  // One that is in service stays there; one that is out needs a pass of what is new, too.
  const waiting = isAlive(before) ? [] : startRealServer(virtualServer, realServer).failedChecks;
  const old = new Set(realServerChecks(virtualServer, before.config).map(({ key }) => key));
  const { checkWeights, ...rest } = before;
  const weights = Object.entries(checkWeights ?? {}).filter(([key]) => keys.has(key));
  return {
    ...rest,
    config: realServer,
    failedChecks: [...failed, ...waiting.filter((key) => !old.has(key))],
    ...(weights.length === 0 ? {} : { checkWeights: Object.fromEntries(weights) }),
  };
}

/** What the steps say, and what they mean for who is alive and what it weighs. */
function reloadEvents(
  before: VirtualServerState,
  after: VirtualServerState,
  steps: readonly Change[],
): DirectorEvent[] {
  const { config } = after;
  const previous = new Map(before.realServers.map((server) => [server.config.address, server]));
  const changed = new Map<string, DirectorEvent[]>();
  for (const step of steps) {
    const event = eventOf(step);
    const about = 'realServer' in step ? (step.realServer ?? '') : '';
    if (event !== undefined) changed.set(about, [...(changed.get(about) ?? []), event]);
  }
  const events = [...(changed.get('') ?? [])];
  for (const server of after.realServers) {
    const realServer = realServerName(server.config, config);
    events.push(...(changed.get(realServer) ?? []));
    changed.delete(realServer);
    const known = previous.get(server.config.address);
    if (known !== undefined) events.push(...lifeEvents(config, known, server));
  }
  changed.delete('');
  // Those that are there no more.
  return [...events, ...[...changed.values()].flat()];
}

/** Undefined: nothing is told of it, or only what it means for the state. */
function eventOf(step: Change): DirectorEvent | undefined {
  switch (step.do) {
    case 'change_scheduler': {
      const { do: _do, ...change } = step;
      return { kind: 'scheduler_changed', ...change };
    }
    case 'change_setting': {
      const { do: _do, ...change } = step;
      return { kind: 'setting_changed', ...change };
    }
    case 'change_members': {
      const { do: _do, ...change } = step;
      return { kind: 'members_changed', ...change };
    }
    case 'change_thresholds': {
      const { do: _do, ...change } = step;
      return { kind: 'thresholds_changed', ...change };
    }
    case 'add_real_server':
    case 'remove_real_server': {
      const { virtualServer, realServer } = step;
      const kind = step.do === 'add_real_server' ? 'real_server_added' : 'real_server_removed';
      return { kind, virtualServer, realServer };
    }
    case 'add_virtual_server':
    case 'remove_virtual_server':
    case 'change_global':
    case 'change_weight':
    case 'change_inhibit_on_failure':
    case 'add_check':
    case 'change_check':
    case 'remove_check':
    case 'change_others':
      return undefined;
  }
}
