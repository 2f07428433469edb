/** What becomes of a virtual server's state under a new configuration. Pure; plan.ts says what that is in steps. */
import { areSameSettings } from '../base/same_settings.ts';
import type { RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import type { DirectorEvent } from './event.ts';
import {
  isAlive,
  type RealServerState,
  realServerChecks,
  realServerName,
  startRealServer,
  virtualServerName,
} from './real_server.ts';
import { changedMembers, changedSettings, changedThresholds } from './settings.ts';
import {
  lifeEvents,
  settle,
  type VirtualServerState,
  type VirtualServerTransition,
} from './virtual_server.ts';

/**
 * The state under a new configuration of the same virtual server (the one of that name). Real servers
 * that stay keep their place, what their checks found and what was done by hand; one whose failed check is no
 * longer configured counts as up again, as in keepalived. New ones go to the head of the list, in service unless
 * they have alpha.
 */
export function reloadVirtualServer(
  state: VirtualServerState,
  config: VirtualServerConfig,
): VirtualServerTransition {
  if (areSameSettings(state.config, config)) return { state, events: [] };
  const before = new Map(state.realServers.map((realServer) => [realServer.config.address, realServer]));
  const realServers = config.realServers.map((realServer) => {
    const known = before.get(realServer.address);
    return known === undefined
      ? startRealServer(config, realServer)
      : reloadRealServer(known, realServer, config);
  });
  const after = { ...state, config, realServers };
  return settle(state, { state: after, events: reloadEvents(state, after) });
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

function reloadEvents(before: VirtualServerState, after: VirtualServerState): DirectorEvent[] {
  const { config } = after;
  const virtualServer = virtualServerName(config);
  const beforeByAddress = new Map(before.realServers.map((server) => [server.config.address, server]));
  const staying = new Set(after.realServers.map((server) => server.config.address));
  const events: DirectorEvent[] = [];
  const { scheduler: from } = before.config;
  const { scheduler: to } = config;
  if (from !== to) events.push({ kind: 'scheduler_changed', virtualServer, from, to });
  for (const one of changedSettings(before.config, config))
    events.push({ kind: 'setting_changed', virtualServer, ...one });
  const members = changedMembers(before.config, config);
  if (members !== undefined) events.push({ kind: 'members_changed', virtualServer, ...members });
  for (const server of after.realServers) {
    const realServer = realServerName(server.config, config);
    const previous = beforeByAddress.get(server.config.address);
    if (previous === undefined) {
      events.push({ kind: 'real_server_added', virtualServer, realServer });
      continue;
    }
    for (const one of changedThresholds(previous.config, server.config))
      events.push({ kind: 'thresholds_changed', virtualServer, realServer, ...one });
    events.push(...lifeEvents(config, previous, server));
  }
  for (const server of before.realServers) {
    if (staying.has(server.config.address)) continue;
    const realServer = realServerName(server.config, before.config);
    events.push({ kind: 'real_server_removed', virtualServer, realServer });
  }
  return events;
}
