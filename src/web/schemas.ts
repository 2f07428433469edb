/** What answers look like, for the OpenAPI document, and loaded for it only; tests hold it against answers. */
import type {
  BfdSessionStatus,
  CheckStatus,
  DestinationStatus,
  Status,
  VirtualServerStatus,
  VrrpInstanceStatus,
} from '../control/status.ts';
import type { TableDestination, TableService, TablesAnswer } from '../control/tables.ts';
import { object } from './order_schemas.ts';
import type { Schema } from './route.ts';

/** Every field, or it does not compile; `optional`: those that may be absent. Nothing else is there. */
function exactly<T>(
  properties: Record<keyof Required<T>, Schema>,
  optional: readonly (keyof T & string)[] = [],
): Schema {
  return { ...object(properties, optional), additionalProperties: false };
}

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const always: Schema = { const: true, description: 'Absent where it is not so.' };
const number: Schema = { type: 'number', minimum: 0 };
const total: Schema = { type: 'integer', minimum: 0 };
const time: Schema = { type: 'string', format: 'date-time' };
const texts = listOf(text);
const totals: Schema = { type: 'object', additionalProperties: total };

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

function component(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

const persistence = object({ seconds: total, netmask: text });
const protocol: Schema = { enum: ['TCP', 'UDP', 'FWM'] };
const fwmark: Schema = { ...total, description: 'Of protocol FWM only.' };

const check = exactly<CheckStatus>(
  {
    kind: { ...text, description: "The block's keyword." },
    up: flag,
    since: time,
    next: { ...time, description: 'Absent while an attempt is under way.' },
    latency_ms: object({ min: number, avg: number, max: number }),
    results: listOf(
      object({ at: time, code: { ...text, examples: ['L4OK'] }, detail: text, latency_ms: number }, [
        'detail',
      ]),
    ),
  },
  ['next', 'latency_ms'],
);

const destination = exactly<DestinationStatus>(
  {
    address: text,
    port: total,
    weight: { ...total, description: 'In the table now.' },
    active: total,
    inactive: total,
    persistent: { ...total, description: 'Persistence templates.' },
    upper_threshold: total,
    lower_threshold: total,
    overloaded: flag,
    connections: total,
    packets: total,
    bytes: total,
    gone: { ...flag, description: 'Out of service, though flows of it may remain.' },
    up: { ...flag, description: 'What the checks say.' },
    failures: { ...texts, description: 'Which checks it fails, and why.' },
    latency_ms: { ...number, description: 'The longest of its last checks.' },
    unchecked: { ...texts, description: 'Checks that say nothing about it, and why.' },
    warnings: texts,
    sorry: { ...always, description: 'The sorry server; up: it serves.' },
    weight_by_hand: { ...total, description: '0: drained.' },
    slow_start_percent: number,
    nexthop: {
      type: 'object',
      properties: { kind: text },
      required: ['kind'],
      description: 'How its packets leave; unresolved: nobody has answered for its address.',
    },
    since: { ...time, description: 'Up or down, or there.' },
    transitions: listOf(object({ at: time, up: flag, why: text }, ['why'])),
    checks: listOf(component('Check')),
  },
  [
    ...([
      'upper_threshold',
      'lower_threshold',
      'failures',
      'latency_ms',
      'unchecked',
      'warnings',
      'sorry',
    ] as const),
    ...(['weight_by_hand', 'slow_start_percent', 'since', 'transitions', 'checks'] as const),
  ],
);

const virtualServer = exactly<VirtualServerStatus>(
  {
    protocol,
    address: text,
    port: total,
    fwmark,
    group: text,
    members: { ...total, description: 'Further addresses and ports of the group.' },
    scheduler: text,
    scheduler_flags: texts,
    persistence,
    one_packet: always,
    connections: total,
    packets: total,
    bytes: total,
    quorum: object({ up: flag, weight: total, quorum: total, hysteresis: total }),
    suspended: always,
    destinations: listOf(component('RealServer')),
  },
  ['fwmark', 'group', 'members', 'scheduler_flags', 'persistence', 'one_packet', 'quorum', 'suspended'],
);

const known = object({ address: text, priority: total });

const vrrpInstance = exactly<VrrpInstanceStatus>(
  {
    name: text,
    state: { enum: ['INIT', 'BACKUP', 'MASTER', 'FAULT'] },
    leaving: always,
    interface: text,
    virtual_router_id: total,
    priority: total,
    addresses: texts,
    master: known,
    rival: { ...known, description: 'Another that says it is master, too.' },
    faults: texts,
    untracked: { ...texts, description: 'What it should track and does not: a script that cannot run.' },
    statistics: totals,
  },
  ['leaving', 'master', 'rival', 'faults', 'untracked'],
);

const bfdState: Schema = { enum: ['AdminDown', 'Down', 'Init', 'Up'] };

const bfdSession = exactly<BfdSessionStatus>(
  {
    name: text,
    neighbor: text,
    state: bfdState,
    remote_state: bfdState,
    diagnostic: text,
    detection_time_ms: number,
    transmit_interval_ms: number,
    since: time,
    trouble: text,
  },
  ['diagnostic', 'detection_time_ms', 'trouble'],
);

const status = exactly<Status>(
  {
    instance: text,
    pid: total,
    version: text,
    config: { ...text, description: 'The configuration file in force.' },
    since: time,
    dataplane: { ...flag, description: 'False: its worker is being restarted; forwarding goes on.' },
    vrrp: { ...flag, description: 'False: its worker is being restarted; addresses stay.' },
    interfaces: listOf(
      object(
        {
          name: text,
          mode: { enum: ['native', 'generic'] },
          reason: text,
          af_xdp: object({ queues: total, zero_copy: flag }),
          holding_queues: total,
        },
        ['reason', 'af_xdp', 'holding_queues'],
      ),
    ),
    virtual_servers: listOf(component('VirtualServer')),
    vrrp_instances: listOf(component('VrrpInstance')),
    bfd_sessions: listOf(bfdSession),
    flows: object({ slots: total, used: total, expired: total, evicted: total }),
    templates: object({ slots: total, used: total, evicted: total, refused: total }),
    datapath: text,
    af_xdp: totals,
    not_held: { ...text, description: 'Why packets cannot wait for a neighbour, where they are dropped.' },
    verdicts: {
      ...totals,
      description: 'Packets by what became of them; those that never occurred are left out.',
    },
    drops: { ...totals, description: 'Of the verdicts, those whose packets were dropped.' },
    notifications_lost: object({ mails: total, fifo_lines: totals }),
    events_lost: { ...totals, description: 'By the outlet of xlb_events.' },
  },
  ['bfd_sessions', 'datapath', 'af_xdp', 'not_held', 'drops', 'notifications_lost', 'events_lost'],
);

const counted = object({ connections: number, packets: number, bytes: number });
const key = { protocol, address: text, port: total, fwmark };

const tableDestination = exactly<TableDestination>(
  {
    address: text,
    local: always,
    weight: total,
    upperThreshold: total,
    lowerThreshold: total,
    active: total,
    inactive: total,
    persistent: total,
    counters: counted,
    rates: counted,
  },
  ['local'],
);

const tables = exactly<TablesAnswer>({
  timeouts: object({ tcp: total, tcpFin: total, udp: total }),
  services: listOf(
    exactly<TableService>(
      {
        ...key,
        scheduler: text,
        schedulerFlags: total,
        persistence,
        onePacket: flag,
        members: listOf(object(key, ['fwmark'])),
        destinations: listOf(tableDestination),
        counters: counted,
        rates: counted,
      },
      ['fwmark', 'persistence'],
    ),
  ),
});

const reloadOutcome: Schema = {
  oneOf: [
    object({
      outcome: { const: 'reloaded' },
      file: text,
      steps: texts,
      problems: texts,
      milliseconds: total,
    }),
    object({ outcome: { const: 'refused' }, file: text, diagnostics: texts }),
    object({ outcome: { const: 'failed' }, file: text, reason: text }),
    object({ outcome: { const: 'stopping' } }),
  ],
};

const series: Schema = listOf({ type: ['number', 'null'], description: 'null: not known.' });
const chart = object({ connections: series, packets: series, bytes: series, active: series });

export const schemas: Readonly<Record<string, Schema>> = {
  Error: object({ error: { ...text, description: 'One sentence: what is wrong, and the cure.' } }),
  Health: object({ ok: flag }),
  Readiness: object({ ready: flag, reasons: texts }),
  Session: object({ actions: flag, token: flag }),
  Status: status,
  VirtualServer: virtualServer,
  RealServer: destination,
  Check: check,
  VrrpInstance: vrrpInstance,
  Tables: tables,
  Event: {
    type: 'object',
    properties: { at: time, kind: { ...text, examples: ['real_server_down'] }, text },
    required: ['at', 'kind'],
    description: 'What it is about has the names of the status.',
  },
  History: object({
    step_seconds: number,
    end: { ...time, description: 'When the last step ended.' },
    virtual_servers: { type: 'object', additionalProperties: chart },
    totals: chart,
  }),
  WeightAnswer: object({
    changed: listOf(object({ virtualServer: text, realServer: text })),
    problems: { ...texts, description: 'What the tables could not take of it; it is tried again.' },
  }),
  Problems: object({ problems: texts }),
  ReloadOutcome: reloadOutcome,
  PlanAnswer: object({ file: text, diagnostics: texts, steps: texts }, ['steps']),
  ChangeResults: object({ results: listOf({ type: ['string', 'null'] }), problems: texts }),
};
