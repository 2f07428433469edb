/** Pure: what the parts of a daemon know, put together as the control socket answers it. */
import type { AfXdpCounts, DestinationState, VerdictCount, VirtualServerState } from '../addon/addon.ts';
import type { SessionState } from '../bfd/status.ts';
import { checkResults } from '../check/checker.ts';
import type { CheckState } from '../check/runner.ts';
import type { Datapath } from '../config/model.ts';
import {
  afXdpNames,
  type BfdSessionStatus,
  type DestinationStatus,
  type InterfaceStatus,
  type Status,
  type VirtualServerStatus,
  type VrrpInstanceStatus,
} from '../control/status.ts';
import { keysOf, nameOf } from '../dataplane/difference.ts';
import type { DataplaneState, InterfaceState } from '../dataplane/messages.ts';
import { STEPS } from '../director/slow_start.ts';
import type { RealServerSnapshot, VirtualServerSnapshot } from '../director/snapshot.ts';
import { schedulerFlagNames } from '../ipvsadm/scheduler_flags.ts';
import type { Lost } from '../notify/notifier.ts';
import type { InstanceStatus } from '../vrrp/status.ts';
import { historyStatus, isoTime, type KnownChecks, resultsOfEach, rounded } from './history_status.ts';

export interface StatusParts {
  readonly identity: Pick<Status, 'instance' | 'pid' | 'version' | 'config' | 'since'>;
  /** Undefined while the dataplane worker is being restarted. */
  readonly dataplane: DataplaneState | undefined;
  /** As configured, or set by hand. */
  readonly datapath?: Datapath;
  readonly virtualServers: readonly VirtualServerSnapshot[];
  /** None before the first check. */
  readonly checks?: readonly CheckState[];
  /** Of a check by its key; only where history is asked for. */
  readonly historyOf?: NonNullable<KnownChecks['historyOf']>;
  /** Undefined while the VRRP worker is being restarted. */
  readonly vrrpInstances: readonly InstanceStatus[] | undefined;
  /** Undefined while the BFD worker is being restarted. */
  readonly sessions?: readonly SessionState[] | undefined;
  readonly lost?: Lost;
  /** Of xlb_events, by outlet. */
  readonly eventsLost?: Readonly<Record<string, number>>;
}

export function buildStatus(parts: StatusParts): Status {
  const { identity, dataplane, virtualServers, checks = [], historyOf, sessions = [], vrrpInstances } = parts;
  const known: KnownChecks = {
    states: new Map(checks.map((check) => [check.key, check])),
    resultsOfEach: resultsOfEach(
      virtualServers
        .flatMap(({ realServers }) => realServers)
        .reduce((sum, one) => sum + one.checks.length, 0),
    ),
    ...(historyOf === undefined ? {} : { historyOf }),
  };
  // The tables may have a group under another of its members.
  const tables = new Map(
    dataplane?.virtualServers.flatMap((server) => keysOf(server).map((key) => [nameOf(key), server])),
  );
  const counted = (dataplane?.verdicts ?? []).filter(({ packets }) => packets > 0);
  return {
    ...identity,
    dataplane: dataplane !== undefined,
    vrrp: vrrpInstances !== undefined,
    ...(parts.datapath === undefined ? {} : { datapath: parts.datapath }),
    interfaces: (dataplane?.interfaces ?? []).map(interfaceStatus),
    virtual_servers: virtualServers.map((server) =>
      virtualServerStatus(server, tables.get(nameOf(server)), known),
    ),
    vrrp_instances: (vrrpInstances ?? []).map(vrrpInstanceStatus),
    ...(sessions.length === 0 ? {} : { bfd_sessions: sessions.map(bfdSessionStatus) }),
    flows: {
      slots: dataplane?.flows.slots ?? 0,
      used: dataplane?.flows.used ?? 0,
      expired: dataplane?.flows.expired ?? 0,
      evicted: dataplane?.flows.evicted ?? 0,
    },
    templates: dataplane?.flows.templates ?? { slots: 0, used: 0, evicted: 0, refused: 0 },
    verdicts: Object.fromEntries(counted.map(({ name, packets }) => [name, packets])),
    ...drops(counted),
    ...afXdp(dataplane?.afXdp),
    ...(dataplane?.notHeld === undefined ? {} : { not_held: dataplane.notHeld }),
    ...notificationsLost(parts.lost),
    ...eventsLost(parts.eventsLost),
  };
}

function interfaceStatus({ afXdp: sockets, holdingQueues, ...rest }: InterfaceState): InterfaceStatus {
  return {
    ...rest,
    ...(sockets === undefined ? {} : { af_xdp: { queues: sockets.queues, zero_copy: sockets.zeroCopy } }),
    ...(holdingQueues === undefined ? {} : { holding_queues: holdingQueues }),
  };
}

function drops(counted: readonly VerdictCount[]): Pick<Status, 'drops'> {
  const dropped = counted.filter(({ action }) => action === 'drop');
  if (dropped.length === 0) return {};
  return { drops: Object.fromEntries(dropped.map(({ name, packets }) => [name, packets])) };
}

function afXdp(counts: AfXdpCounts | undefined): Pick<Status, 'af_xdp'> {
  const counted = Object.entries(counts ?? {}).flatMap(([field, frames]) =>
    frames === 0 ? [] : [[afXdpNames[field as keyof AfXdpCounts], frames] as const],
  );
  return counted.length === 0 ? {} : { af_xdp: Object.fromEntries(counted) };
}

function notificationsLost(lost: Lost | undefined): Pick<Status, 'notifications_lost'> {
  const lines = Object.entries(lost?.fifoLines ?? {}).filter(([, count]) => count > 0);
  const mails = lost?.mails ?? 0;
  if (mails === 0 && lines.length === 0) return {};
  return { notifications_lost: { mails, fifo_lines: Object.fromEntries(lines) } };
}

/** Also 0 of an outlet that has lost nothing: that it is there is worth knowing. */
function eventsLost(lost: StatusParts['eventsLost'] = {}): Pick<Status, 'events_lost'> {
  return Object.keys(lost).length === 0 ? {} : { events_lost: lost };
}

function vrrpInstanceStatus(instance: InstanceStatus): VrrpInstanceStatus {
  const { addresses, faults, leaving, master, name, priority, rival, role, statistics } = instance;
  return {
    name,
    state: role,
    ...(leaving ? { leaving } : {}),
    interface: instance.interface,
    virtual_router_id: instance.virtualRouterId,
    priority,
    addresses,
    ...(master === undefined ? {} : { master }),
    ...(rival === undefined ? {} : { rival }),
    ...(faults.length === 0 ? {} : { faults }),
    ...(instance.untracked === undefined ? {} : { untracked: instance.untracked }),
    statistics: Object.fromEntries(Object.entries(statistics).filter(([, count]) => count > 0)),
  };
}

function bfdSessionStatus(session: SessionState): BfdSessionStatus {
  const { detectionTimeUs, diagnostic, name, neighbor, remoteState, sinceMs, state, trouble } = session;
  return {
    name,
    neighbor,
    state,
    remote_state: remoteState,
    ...(diagnostic === undefined ? {} : { diagnostic }),
    ...(detectionTimeUs === undefined ? {} : { detection_time_ms: detectionTimeUs / 1000 }),
    transmit_interval_ms: session.transmitIntervalUs / 1000,
    since: new Date(sinceMs).toISOString(),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** Real servers in the configuration's order, with what the table counts for them; then those that only linger. */
function virtualServerStatus(
  server: VirtualServerSnapshot,
  table: VirtualServerState | undefined,
  known: KnownChecks,
): VirtualServerStatus {
  const { protocol, address, port, scheduler, realServers, sorryServer } = server;
  const destinations = table?.destinations ?? [];
  const configured = new Set(realServers.map((one) => one.address));
  if (sorryServer !== undefined) configured.add(sorryServer.address);
  const counted = new Map(destinations.map((one) => [one.address, one]));
  const find = (wanted: string) => counted.get(wanted);
  return {
    protocol,
    address,
    port,
    ...extras(server),
    scheduler,
    connections: table?.connections ?? 0,
    packets: table?.packets ?? 0,
    bytes: table?.bytes ?? 0,
    destinations: [
      ...realServers.map((one) => ({
        ...realServerStatus(one, find(one.address)),
        ...failures(one.failedChecks, known),
        ...latency(one.checks, known),
        ...unchecked(one.checks, known),
        ...warnings(one.checks, known),
        since: isoTime(one.sinceMs),
        ...historyStatus(one, known),
      })),
      ...sorryServerStatus(server, sorryServer && find(sorryServer.address)),
      ...destinations
        .filter((one) => !configured.has(one.address))
        .map(
          (one): DestinationStatus => ({
            address: one.address,
            port,
            weight: one.weight,
            ...counts(one),
            gone: true,
            up: false,
          }),
        ),
    ],
  };
}

function failures(keys: readonly string[], { states }: KnownChecks): Pick<DestinationStatus, 'failures'> {
  const texts = keys.map((key) => {
    const { kind, result } = states.get(key) ?? {};
    return kind === undefined || result === undefined ? 'not checked yet' : sentence(kind, result);
  });
  return texts.length === 0 ? {} : { failures: texts };
}

function latency(keys: readonly string[], { states }: KnownChecks): Pick<DestinationStatus, 'latency_ms'> {
  const took = keys.flatMap((key) => states.get(key)?.result?.latencyMs ?? []);
  return took.length === 0 ? {} : { latency_ms: rounded(Math.max(...took)) };
}

function unchecked(keys: readonly string[], { states }: KnownChecks): Pick<DestinationStatus, 'unchecked'> {
  const texts = keys.flatMap((key) => {
    const { kind, result } = states.get(key) ?? {};
    if (kind === undefined || result === undefined) return [];
    return checkResults[result.code].healthy === undefined ? [sentence(kind, result)] : [];
  });
  return texts.length === 0 ? {} : { unchecked: texts };
}

/** 'MISC_CHECK: check disabled: its script is not there'. */
function sentence(kind: string, { code, detail }: NonNullable<CheckState['result']>): string {
  return `${kind}: ${checkResults[code].meaning}${detail === undefined ? '' : `: ${detail}`}`;
}

/** Several checks of a real server see the same. */
function warnings(keys: readonly string[], { states }: KnownChecks): Pick<DestinationStatus, 'warnings'> {
  const texts = new Set(keys.flatMap((key) => states.get(key)?.result?.warning ?? []));
  return texts.size === 0 ? {} : { warnings: [...texts] };
}

/** What only some virtual servers have. */
function extras({
  fwmark,
  group,
  members,
  scheduler,
  schedulerFlags,
  persistence,
  onePacket,
  quorum,
  suspended,
}: VirtualServerSnapshot): Partial<VirtualServerStatus> {
  const flags = schedulerFlagNames(schedulerFlags ?? 0, scheduler)
    .split(',')
    .filter(Boolean);
  return {
    ...(fwmark === undefined ? {} : { fwmark }),
    ...(group === undefined ? {} : { group, members: members?.length ?? 0 }),
    ...(flags.length === 0 ? {} : { scheduler_flags: flags }),
    ...(persistence === undefined ? {} : { persistence }),
    ...(onePacket === true ? { one_packet: onePacket } : {}),
    ...(quorum.up && quorum.quorum === 1 && quorum.hysteresis === 0 ? {} : { quorum }),
    ...(suspended === true ? { suspended } : {}),
  };
}

function sorryServerStatus(
  { sorryServer, port }: VirtualServerSnapshot,
  counted: DestinationState | undefined,
): DestinationStatus[] {
  if (sorryServer === undefined) return [];
  const { address, inPool, serving } = sorryServer;
  return [
    {
      address,
      port,
      weight: serving ? 1 : 0,
      ...(counted === undefined ? nothingCounted : counts(counted)),
      gone: !inPool,
      up: serving,
      sorry: true,
    },
  ];
}

function realServerStatus(
  server: RealServerSnapshot,
  counted: DestinationState | undefined,
): DestinationStatus {
  const { address, port, weight, inPool, alive, upperThreshold, lowerThreshold } = server;
  const { weightByHand, rampStep } = server;
  return {
    address,
    port,
    weight,
    ...(upperThreshold === undefined ? {} : { upper_threshold: upperThreshold }),
    ...(lowerThreshold === undefined ? {} : { lower_threshold: lowerThreshold }),
    ...(counted === undefined ? nothingCounted : counts(counted)),
    gone: !inPool,
    up: alive,
    ...(weightByHand === undefined ? {} : { weight_by_hand: weightByHand }),
    ...(rampStep === undefined ? {} : { slow_start_percent: (rampStep * 100) / STEPS }),
  };
}

function counts(counted: DestinationState): Counted {
  const { active, inactive, persistent, overloaded, connections, packets, bytes, nexthop } = counted;
  return { active, inactive, persistent, overloaded, connections, packets, bytes, nexthop };
}

type Counted = Pick<
  DestinationStatus,
  'active' | 'inactive' | 'persistent' | 'overloaded' | 'connections' | 'packets' | 'bytes' | 'nexthop'
>;

const nothingCounted: Counted = {
  active: 0,
  inactive: 0,
  persistent: 0,
  overloaded: false,
  connections: 0,
  packets: 0,
  bytes: 0,
  nexthop: { kind: 'unresolved' },
};
