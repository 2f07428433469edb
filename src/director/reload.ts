/** What a new configuration changes, as a plan to print and as new states. Pure. */
import type { Config, RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import type { DirectorEvent } from './event.ts';
import {
  isAlive,
  type RealServerState,
  realServerChecks,
  realServerName,
  startRealServer,
  virtualServerName,
} from './real_server.ts';
import {
  changedGlobals,
  changedMembers,
  changedSettings,
  changedThresholds,
  type MemberChange,
  type SettingChange,
} from './settings.ts';
import {
  lifeEvents,
  settle,
  type VirtualServerState,
  type VirtualServerTransition,
} from './virtual_server.ts';

interface RealServerChange {
  /** Names as in `[10.0.0.1]:tcp:80`. */
  readonly virtualServer: string;
  readonly realServer: string;
}

export type Change =
  | { readonly do: 'add_virtual_server'; readonly virtualServer: string; readonly realServers: number }
  | ({ readonly do: 'add_real_server'; readonly weight: number } & RealServerChange)
  | {
      readonly do: 'change_scheduler';
      readonly virtualServer: string;
      readonly from: string;
      readonly to: string;
    }
  | ({ readonly do: 'change_setting'; readonly virtualServer: string } & SettingChange)
  | ({ readonly do: 'change_members'; readonly virtualServer: string } & MemberChange)
  /** For all virtual servers. */
  | ({ readonly do: 'change_global' } & SettingChange)
  | ({ readonly do: 'change_thresholds' } & RealServerChange & SettingChange)
  | ({ readonly do: 'change_weight'; readonly from: number; readonly to: number } & RealServerChange)
  | ({ readonly do: 'change_inhibit_on_failure'; readonly to: boolean } & RealServerChange)
  /** Something else is probed, or at other times. */
  | ({ readonly do: 'change_checks' } & RealServerChange)
  | ({ readonly do: 'remove_real_server' } & RealServerChange)
  | { readonly do: 'remove_virtual_server'; readonly virtualServer: string };

/** Additions come first, so no flow is ever left without a home. */
const order: { readonly [Do in Change['do']]: number } = {
  add_virtual_server: 0,
  add_real_server: 1,
  change_global: 2,
  change_members: 3,
  change_scheduler: 4,
  change_setting: 5,
  change_weight: 6,
  change_thresholds: 7,
  change_inhibit_on_failure: 8,
  change_checks: 9,
  remove_real_server: 10,
  remove_virtual_server: 11,
};

/** What turns `running` into `wanted`. Empty where nothing changes for virtual servers. */
export function planReload(running: Config, wanted: Config): readonly Change[] {
  const runningByName = byName(running.virtualServers);
  const wantedByName = byName(wanted.virtualServers);
  const changes: Change[] = changedGlobals(running, wanted).map((one) => ({ do: 'change_global', ...one }));
  for (const [name, virtualServer] of wantedByName) {
    const before = runningByName.get(name);
    if (before !== undefined) changes.push(...planVirtualServer(before, virtualServer));
    else {
      const realServers = virtualServer.realServers.length;
      changes.push({ do: 'add_virtual_server', virtualServer: name, realServers });
    }
  }
  for (const name of runningByName.keys()) {
    if (!wantedByName.has(name)) changes.push({ do: 'remove_virtual_server', virtualServer: name });
  }
  return changes.toSorted((left, right) => order[left.do] - order[right.do]);
}

/** One line for people. */
export function describeChange(change: Change): string {
  switch (change.do) {
    case 'add_virtual_server':
      return `add virtual server ${change.virtualServer} (real servers: ${change.realServers})`;
    case 'add_real_server':
      return `add real server ${change.realServer} to ${change.virtualServer} (weight ${change.weight})`;
    case 'change_scheduler':
      return `change scheduler of ${change.virtualServer} from ${change.from} to ${change.to}`;
    case 'change_setting':
      return `change ${change.setting} of ${change.virtualServer} from ${change.from} to ${change.to}`;
    case 'change_members':
      return `change addresses of ${change.virtualServer} (${change.added} added, ${change.removed} removed)`;
    case 'change_global':
      return `change ${change.setting} from ${change.from} to ${change.to}`;
    case 'change_thresholds': {
      const { realServer, virtualServer, from, to } = change;
      return `change thresholds of ${realServer} in ${virtualServer} from ${from} to ${to}`;
    }
    case 'change_weight': {
      const { realServer, virtualServer, from, to } = change;
      return `change weight of ${realServer} in ${virtualServer} from ${from} to ${to}`;
    }
    case 'change_inhibit_on_failure':
      return `turn inhibit_on_failure of ${change.realServer} in ${change.virtualServer} ${change.to ? 'on' : 'off'}`;
    case 'change_checks':
      return `change checks of ${change.realServer} in ${change.virtualServer}`;
    case 'remove_real_server':
      return `remove real server ${change.realServer} from ${change.virtualServer}`;
    case 'remove_virtual_server':
      return `remove virtual server ${change.virtualServer}`;
  }
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
): VirtualServerTransition {
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

function planVirtualServer(running: VirtualServerConfig, wanted: VirtualServerConfig): Change[] {
  const virtualServer = virtualServerName(wanted);
  const runningByAddress = new Map(running.realServers.map((server) => [server.address, server]));
  const staying = new Set(wanted.realServers.map((server) => server.address));
  const changes: Change[] = [];
  const { scheduler: from } = running;
  const { scheduler: to } = wanted;
  if (from !== to) changes.push({ do: 'change_scheduler', virtualServer, from, to });
  for (const one of changedSettings(running, wanted))
    changes.push({ do: 'change_setting', virtualServer, ...one });
  const members = changedMembers(running, wanted);
  if (members !== undefined) changes.push({ do: 'change_members', virtualServer, ...members });
  for (const server of wanted.realServers) {
    const names = { virtualServer, realServer: realServerName(server, wanted) };
    const before = runningByAddress.get(server.address);
    if (before === undefined) changes.push({ do: 'add_real_server', ...names, weight: server.weight });
    else changes.push(...planRealServer(before, server, names));
  }
  for (const server of running.realServers) {
    if (staying.has(server.address)) continue;
    changes.push({ do: 'remove_real_server', virtualServer, realServer: realServerName(server, running) });
  }
  return changes;
}

function planRealServer(
  running: RealServerConfig,
  wanted: RealServerConfig,
  names: RealServerChange,
): Change[] {
  const changes: Change[] = [];
  const { weight: from } = running;
  const { weight: to } = wanted;
  if (from !== to) changes.push({ do: 'change_weight', ...names, from, to });
  for (const one of changedThresholds(running, wanted))
    changes.push({ do: 'change_thresholds', ...names, ...one });
  if (running.inhibitOnFailure !== wanted.inhibitOnFailure) {
    changes.push({ do: 'change_inhibit_on_failure', ...names, to: wanted.inhibitOnFailure });
  }
  if (checksText(running) !== checksText(wanted)) changes.push({ do: 'change_checks', ...names });
  return changes;
}

/** Everything about the checks but where in the file they stand. */
function checksText({ checks }: RealServerConfig): string {
  return JSON.stringify(
    checks.map(({ span: _span, ...check }) =>
      Object.entries(check).sort(([left], [right]) => (left < right ? -1 : 1)),
    ),
  );
}

function byName(virtualServers: readonly VirtualServerConfig[]): Map<string, VirtualServerConfig> {
  return new Map(virtualServers.map((virtualServer) => [virtualServerName(virtualServer), virtualServer]));
}
