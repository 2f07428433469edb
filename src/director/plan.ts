/** What a new configuration changes of virtual servers, in steps; reload.ts carries them out. Pure. */
import { areSameSettings, changedKeys } from '../base/same_settings.ts';
import type { CheckConfig, Config, RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import { realServerChecks, realServerName, virtualServerName } from './real_server.ts';
import {
  changedGlobals,
  changedMembers,
  changedSettings,
  changedThresholds,
  type MemberChange,
  type SettingChange,
} from './settings.ts';

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
  /** `check` is its keyword. One that changes probes the same thing, at other times or more patiently. */
  | ({
      readonly do: 'add_check' | 'change_check' | 'remove_check';
      readonly check: CheckConfig['kind'];
    } & RealServerChange)
  /** Who is told, and what else changes nothing in the pool; of a virtual server where there is no real server. */
  | {
      readonly do: 'change_others';
      readonly virtualServer: string;
      readonly realServer?: string;
      readonly settings: readonly string[];
    }
  | ({ readonly do: 'remove_real_server' } & RealServerChange)
  | { readonly do: 'remove_virtual_server'; readonly virtualServer: string };

/** What turns the virtual servers of `running` into those of `wanted`; in no order. */
export function planVirtualServers(running: Config, wanted: Config): Change[] {
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
  return changes;
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
    case 'add_check':
      return `add ${change.check} of ${change.realServer} in ${change.virtualServer}`;
    case 'change_check':
      return `change ${change.check} of ${change.realServer} in ${change.virtualServer}`;
    case 'remove_check':
      return `remove ${change.check} of ${change.realServer} in ${change.virtualServer}`;
    case 'change_others': {
      const { realServer, settings, virtualServer } = change;
      const whose = realServer === undefined ? virtualServer : `${realServer} in ${virtualServer}`;
      return `change ${settings.join(', ')} of ${whose}`;
    }
    case 'remove_real_server':
      return `remove real server ${change.realServer} from ${change.virtualServer}`;
    case 'remove_virtual_server':
      return `remove virtual server ${change.virtualServer}`;
  }
}

/** None exactly where both say the same. */
export function planVirtualServer(running: VirtualServerConfig, wanted: VirtualServerConfig): Change[] {
  if (areSameSettings(running, wanted)) return [];
  const virtualServer = virtualServerName(wanted);
  const runningByAddress = new Map(running.realServers.map((server) => [server.address, server]));
  const staying = new Set(wanted.realServers.map((server) => server.address));
  const changes: Change[] = [];
  const members = changedMembers(running, wanted);
  if (members !== undefined) changes.push({ do: 'change_members', virtualServer, ...members });
  const { scheduler: from } = running;
  const { scheduler: to } = wanted;
  if (from !== to) changes.push({ do: 'change_scheduler', virtualServer, from, to });
  for (const one of changedSettings(running, wanted))
    changes.push({ do: 'change_setting', virtualServer, ...one });
  const settings = otherSettings(running, wanted, virtualServerWords);
  if (settings.length > 0) changes.push({ do: 'change_others', virtualServer, settings });
  for (const server of wanted.realServers) {
    const names = { virtualServer, realServer: realServerName(server, wanted) };
    const before = runningByAddress.get(server.address);
    if (before === undefined) changes.push({ do: 'add_real_server', ...names, weight: server.weight });
    else changes.push(...planRealServer(before, server, { ...names, protocol: wanted.protocol }));
  }
  for (const server of running.realServers) {
    if (staying.has(server.address)) continue;
    changes.push({ do: 'remove_real_server', virtualServer, realServer: realServerName(server, running) });
  }
  if (changes.length > 0) return changes;
  return [{ do: 'change_others', virtualServer, settings: ['order of real servers and checks'] }];
}

function planRealServer(
  running: RealServerConfig,
  wanted: RealServerConfig,
  named: RealServerChange & Pick<VirtualServerConfig, 'protocol'>,
): Change[] {
  if (areSameSettings(running, wanted)) return [];
  const { protocol: _protocol, ...names } = named;
  const changes: Change[] = [];
  const { weight: from } = running;
  const { weight: to } = wanted;
  if (from !== to) changes.push({ do: 'change_weight', ...names, from, to });
  for (const one of changedThresholds(running, wanted))
    changes.push({ do: 'change_thresholds', ...names, ...one });
  if (running.inhibitOnFailure !== wanted.inhibitOnFailure) {
    changes.push({ do: 'change_inhibit_on_failure', ...names, to: wanted.inhibitOnFailure });
  }
  const settings = otherSettings(running, wanted, realServerWords);
  if (settings.length > 0) changes.push({ do: 'change_others', ...names, settings });
  return [...changes, ...planChecks(running, wanted, named)];
}

function planChecks(
  running: RealServerConfig,
  wanted: RealServerConfig,
  { protocol, ...names }: RealServerChange & Pick<VirtualServerConfig, 'protocol'>,
): Change[] {
  if (areSameSettings(running.checks, wanted.checks)) return [];
  // What is probed makes the key; the virtual server's name does not matter here.
  const owner = { protocol, address: '', port: 0 };
  const keyed = (server: RealServerConfig) =>
    new Map(realServerChecks(owner, { ...server, port: wanted.port }).map(({ key, check }) => [key, check]));
  const [old, now] = [keyed(running), keyed(wanted)];
  const changes: Change[] = [];
  for (const [key, check] of now) {
    const before = old.get(key);
    if (before === undefined) changes.push({ do: 'add_check', ...names, check: check.kind });
    else if (!areSameSettings(before, check))
      changes.push({ do: 'change_check', ...names, check: check.kind });
  }
  for (const [key, { kind }] of old)
    if (!now.has(key)) changes.push({ do: 'remove_check', ...names, check: kind });
  return changes;
}

/** Words for what no other step says. */
const virtualServerWords = {
  quorumUp: 'quorum_up',
  quorumDown: 'quorum_down',
  omega: 'omega',
  mail: 'smtp_alert',
  delayLoopMs: 'delay_loop',
} as const satisfies Partial<Record<keyof VirtualServerConfig, string>>;

const realServerWords = {
  port: 'port',
  notifyUp: 'notify_up',
  notifyDown: 'notify_down',
  slowStartMs: 'xlb_slow_start',
  noMail: 'no_smtp_alert',
} as const satisfies Partial<Record<keyof RealServerConfig, string>>;

function otherSettings<Kind extends object>(
  running: Kind,
  wanted: Kind,
  words: Partial<Readonly<Record<keyof Kind, string>>>,
): string[] {
  return changedKeys(running, wanted).flatMap((key) => words[key] ?? []);
}

function byName(virtualServers: readonly VirtualServerConfig[]): Map<string, VirtualServerConfig> {
  return new Map(virtualServers.map((virtualServer) => [virtualServerName(virtualServer), virtualServer]));
}
