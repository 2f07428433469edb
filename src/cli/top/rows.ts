/** Pure: what `xlb top` lists, made of two answers of the daemon. */
import { formatEndpoint } from '../../base/address.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../../control/status.ts';

/** An answer, and when it came. */
export interface Sample {
  readonly status: Status;
  /** Monotonic. */
  readonly atMs: number;
  readonly wallMs: number;
}

/** A second; undefined before there are two samples, and where a counter began anew. */
export interface Rates {
  readonly connections: number | undefined;
  readonly packets: number | undefined;
  readonly bits: number | undefined;
}

export type Tone = 'good' | 'warn' | 'bad';

export interface Row extends Rates {
  /** Stays the same from sample to sample. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly tone: Tone;
  /** Of a virtual server: undefined. */
  readonly weight: number | undefined;
  readonly active: number;
  readonly inactive: number;
}

export interface MemberRow extends Row {
  /** As POST /weight wants them. */
  readonly virtualServer: string;
  readonly realServer: string;
  /** Its weight may be set by hand. */
  readonly canDrain: boolean;
  readonly drained: boolean;
}

export interface ServerRow extends Row {
  readonly members: readonly MemberRow[];
}

/** In the order of the daemon, which is that of the configuration. */
export function rowsOf(now: Sample, before: Sample | undefined): ServerRow[] {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  const known = new Map((before?.status.virtual_servers ?? []).map((server) => [idOf(server), server]));
  return now.status.virtual_servers.map((server) => serverRow(server, known.get(idOf(server)), seconds));
}

/** Of everything together. */
export function totalOf(rows: readonly Rates[]): Rates {
  const sum = (what: keyof Rates) => {
    const values = rows.flatMap((row) => row[what] ?? []);
    return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);
  };
  return { connections: sum('connections'), packets: sum('packets'), bits: sum('bits') };
}

/** Counters by name that have grown, a second. */
export function growth(
  now: Readonly<Record<string, number>> | undefined,
  before: Readonly<Record<string, number>> | undefined,
  seconds: number,
): [name: string, perSecond: number][] {
  return Object.entries(now ?? {}).flatMap(([name, count]) => {
    const more = count - (before?.[name] ?? 0);
    return more > 0 && seconds > 0 ? [[name, more / seconds]] : [];
  });
}

function serverRow(
  server: VirtualServerStatus,
  before: VirtualServerStatus | undefined,
  seconds: number,
): ServerRow {
  const { destinations, protocol, quorum, scheduler, suspended } = server;
  const own = destinations.filter(({ gone, sorry }) => !gone && sorry !== true);
  const up = own.filter((one) => one.up).length;
  const lost = quorum?.up === false || up === 0;
  const known = new Map((before?.destinations ?? []).map((one) => [endpointOf(one), one]));
  const name = wordFor(server);
  return {
    id: idOf(server),
    name: printable(`${protocol} ${name} ${scheduler}`),
    state: suspended === true ? 'resting' : `${up}/${own.length} up`,
    tone: lost ? 'bad' : up < own.length ? 'warn' : 'good',
    weight: undefined,
    active: destinations.reduce((sum, one) => sum + one.active, 0),
    inactive: destinations.reduce((sum, one) => sum + one.inactive, 0),
    ...ratesOf(server, before, seconds),
    members: destinations.map((one) => ({
      ...memberRow(one, known.get(endpointOf(one)), seconds),
      id: `${idOf(server)} ${endpointOf(one)}`,
      virtualServer: orderNameOf(server),
    })),
  };
}

function memberRow(
  one: DestinationStatus,
  before: DestinationStatus | undefined,
  seconds: number,
): Omit<MemberRow, 'id' | 'virtualServer'> {
  const [state, tone] = stateOf(one);
  return {
    name: endpointOf(one),
    state,
    tone,
    weight: one.weight,
    active: one.active,
    inactive: one.inactive,
    ...ratesOf(one, before, seconds),
    realServer: endpointOf(one),
    canDrain: one.sorry !== true && one.since !== undefined,
    drained: one.weight_by_hand === 0,
  };
}

function stateOf(one: DestinationStatus): readonly [state: string, tone: Tone] {
  if (one.sorry === true) return one.up ? ['serves', 'warn'] : ['sorry', 'good'];
  if (!one.up) return one.since === undefined ? ['gone', 'warn'] : ['down', 'bad'];
  if (one.weight_by_hand === 0) return ['drained', 'warn'];
  if (one.nexthop.kind === 'unresolved') return ['no MAC', 'bad'];
  if (one.overloaded) return ['full', 'warn'];
  if (one.slow_start_percent !== undefined) return [`up ${Math.round(one.slow_start_percent)} %`, 'good'];
  return ['up', 'good'];
}

type Counters = Pick<VirtualServerStatus, 'connections' | 'packets' | 'bytes'>;

function ratesOf(now: Counters, before: Counters | undefined, seconds: number): Rates {
  const rate = (what: keyof Counters) => {
    const more = before === undefined ? -1 : now[what] - before[what];
    return more < 0 || seconds <= 0 ? undefined : more / seconds;
  };
  const bytes = rate('bytes');
  return {
    connections: rate('connections'),
    packets: rate('packets'),
    bits: bytes === undefined ? undefined : bytes * 8,
  };
}

function idOf(server: VirtualServerStatus): string {
  return `${server.protocol} ${server.address} ${wordFor(server)}`;
}

/** As an operator writes it: '10.0.0.1:80', 'fwmark:7', 'group:WEB'. */
function wordFor({ address, fwmark, group, port }: VirtualServerStatus): string {
  if (group !== undefined) return `group:${group}`;
  return fwmark === undefined ? formatEndpoint(address, port) : `fwmark:${fwmark}`;
}

/** This one alone: another protocol or family may have the same word. */
function orderNameOf(server: VirtualServerStatus): string {
  const family = server.address.includes(':') ? 'inet6' : 'inet';
  return `${server.fwmark === undefined ? server.protocol.toLowerCase() : family}:${wordFor(server)}`;
}

function endpointOf({ address, port }: DestinationStatus): string {
  return formatEndpoint(address, port);
}

/** A name of the configuration must not drive a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}
