/** What the director shows of its state, and since when it is so. Pure, but for the history's own memory. */
import type { SchedulerName } from '../addon/addon.ts';
import type { RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import type { DirectorEvent } from './event.ts';
import { isOpen, thresholdsOf } from './pool.ts';
import { countQuorum, type QuorumCount } from './quorum.ts';
import {
  effectiveWeight,
  isAlive,
  realServerChecks,
  realServerName,
  type VirtualServerAddress,
  virtualServerName,
} from './real_server.ts';
import { specWithoutDestinations, type VirtualServerState } from './virtual_server.ts';

export interface RealServerSnapshot extends Pick<RealServerConfig, 'upperThreshold' | 'lowerThreshold'> {
  /** As in `[10.0.0.2]:tcp:80`. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly configuredWeight: number;
  /** 0 while it is down. Of a real server that returns: what it has at the end of its slow start. */
  readonly weight: number;
  readonly weightByHand?: number;
  /** xlb_slow_start: tenths of its weight that it has for now. */
  readonly rampStep?: number;
  readonly alive: boolean;
  /** Among the destinations; a dead one only with inhibit_on_failure. */
  readonly inPool: boolean;
  /** Keys. */
  readonly checks: readonly string[];
  readonly failedChecks: readonly string[];
  /** Wall clock milliseconds: when it last went up or down, or was added. */
  readonly sinceMs: number;
  /** When it went up and down last: the newest first, KEPT_TRANSITIONS at most. */
  readonly transitions: readonly Transition[];
}

export interface Transition {
  /** Wall clock milliseconds. */
  readonly atMs: number;
  readonly alive: boolean;
  /** What a check said; absent where it was none. */
  readonly why?: string;
}

export interface QuorumSnapshot extends QuorumCount {
  readonly up: boolean;
}

export interface VirtualServerSnapshot
  extends VirtualServerAddress,
    Pick<VirtualServerConfig, 'members' | 'schedulerFlags' | 'persistence' | 'onePacket'> {
  /** As in `[10.0.0.1]:tcp:80`. */
  readonly name: string;
  readonly scheduler: SchedulerName;
  readonly quorum: QuorumSnapshot;
  readonly sorryServer?: { readonly address: string; readonly inPool: boolean; readonly serving: boolean };
  /** ha_suspend: its checks rest. */
  readonly suspended?: true;
  /** In the order of the configuration. */
  readonly realServers: readonly RealServerSnapshot[];
}

/** When every real server last changed, and how. */
export interface History {
  /** `why`: what a check said. */
  record(event: DirectorEvent, wallMs: number, why?: string): void;
  sinceMs(virtualServer: string, realServer: string): number;
  transitions(virtualServer: string, realServer: string): readonly Transition[];
}

/** Of each real server. */
export const KEPT_TRANSITIONS = 8;

interface Changed {
  readonly sinceMs: number;
  readonly transitions: readonly Transition[];
}

export function createHistory(startMs: number): History {
  const added = new Map<string, number>();
  const changed = new Map<string, Map<string, Changed>>();
  const change = (virtualServer: string, realServer: string, next: Changed) => {
    const servers = changed.get(virtualServer) ?? new Map<string, Changed>();
    changed.set(virtualServer, servers.set(realServer, next));
  };
  return {
    record(event, wallMs, why) {
      switch (event.kind) {
        case 'real_server_added':
          change(event.virtualServer, event.realServer, { sinceMs: wallMs, transitions: [] });
          break;
        case 'real_server_up':
        case 'real_server_down': {
          const { virtualServer, realServer, kind } = event;
          const earlier = changed.get(virtualServer)?.get(realServer)?.transitions ?? [];
          const alive = kind === 'real_server_up';
          const newest = { atMs: wallMs, alive, ...(why === undefined ? {} : { why }) };
          const transitions = [newest, ...earlier.slice(0, KEPT_TRANSITIONS - 1)];
          change(virtualServer, realServer, { sinceMs: wallMs, transitions });
          break;
        }
        case 'real_server_removed':
          changed.get(event.virtualServer)?.delete(event.realServer);
          break;
        case 'virtual_server_added':
          added.set(event.virtualServer, wallMs);
          break;
        case 'virtual_server_removed':
          added.delete(event.virtualServer);
          changed.delete(event.virtualServer);
          break;
        case 'weight_changed':
        case 'weight_by_hand':
        case 'quorum_gained':
        case 'quorum_lost':
        case 'sorry_server_added':
        case 'sorry_server_removed':
        case 'pool_closed':
        case 'pool_opened':
        case 'checks_suspended':
        case 'checks_resumed':
        case 'scheduler_changed':
        case 'setting_changed':
        case 'members_changed':
        case 'thresholds_changed':
          break;
      }
    },
    sinceMs: (virtualServer, realServer) =>
      changed.get(virtualServer)?.get(realServer)?.sinceMs ?? added.get(virtualServer) ?? startMs,
    transitions: (virtualServer, realServer) =>
      changed.get(virtualServer)?.get(realServer)?.transitions ?? [],
  };
}

export function snapshotOf(
  state: VirtualServerState,
  history: History,
  suspended: ReadonlySet<string> = new Set(),
): VirtualServerSnapshot {
  const { config, realServers } = state;
  const virtualServer = virtualServerName(config);
  const destinations = new Set(state.destinations);
  return {
    name: virtualServer,
    ...specWithoutDestinations(state),
    ...(config.group === undefined ? {} : { group: config.group }),
    quorum: { ...countQuorum(config, realServers), up: state.quorumUp },
    ...sorryServer(state, destinations),
    ...(suspended.has(virtualServer) ? { suspended: true } : {}),
    realServers: realServers.map((server) => {
      const name = realServerName(server.config, config);
      return {
        name,
        address: server.config.address,
        port: server.config.port,
        configuredWeight: server.config.weight,
        weight: effectiveWeight(server),
        ...(server.byHand === undefined ? {} : { weightByHand: server.byHand }),
        ...(server.ramp === undefined ? {} : { rampStep: server.ramp.step }),
        alive: isAlive(server),
        ...thresholdsOf(server.config),
        inPool: destinations.has(server.config.address),
        checks: realServerChecks(config, server.config).map(({ key }) => key),
        failedChecks: server.failedChecks,
        sinceMs: history.sinceMs(virtualServer, name),
        transitions: history.transitions(virtualServer, name),
      };
    }),
  };
}

function sorryServer(
  { config, quorumUp }: VirtualServerState,
  destinations: ReadonlySet<string>,
): Pick<VirtualServerSnapshot, 'sorryServer'> {
  if (config.sorryServer === undefined) return {};
  const { address } = config.sorryServer;
  const serving = !isOpen({ config, quorumUp });
  return { sorryServer: { address, inPool: destinations.has(address), serving } };
}
