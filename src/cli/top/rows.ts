/** Pure: what `xlb top` lists, made of two answers of the daemon. */
import {
  type Condition,
  type Level,
  poolOf,
  realServerCondition,
  virtualServerCondition,
} from '../../control/condition.ts';
import { endpoint, keyOf, orderName, titleOf } from '../../control/names.ts';
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

const tones: Readonly<Record<Level, Tone>> = { good: 'good', idle: 'good', warning: 'warn', bad: 'bad' };

export interface Row extends Rates {
  /** Stays the same from sample to sample. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly tone: Tone;
  /** In sentences, why it is not simply up; '' where it is. */
  readonly why: string;
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
  const known = new Map((before?.status.virtual_servers ?? []).map((server) => [keyOf(server), server]));
  return now.status.virtual_servers.map((server) => serverRow(server, known.get(keyOf(server)), seconds));
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
  const { destinations, group, protocol, scheduler } = server;
  const id = keyOf(server);
  const condition = virtualServerCondition(server);
  const known = new Map((before?.destinations ?? []).map((one) => [endpoint(one), one]));
  return {
    id,
    name: printable(`${group === undefined ? titleOf(server) : `${protocol} group ${group}`} ${scheduler}`),
    state: poolState(server, condition),
    tone: tones[condition.level],
    why: condition.why.join('; '),
    weight: undefined,
    active: destinations.reduce((sum, one) => sum + one.active, 0),
    inactive: destinations.reduce((sum, one) => sum + one.inactive, 0),
    ...ratesOf(server, before, seconds),
    members: destinations.map((one) => ({
      ...memberRow(one, known.get(endpoint(one)), seconds),
      id: `${id} ${endpoint(one)}`,
      virtualServer: orderName(server),
    })),
  };
}

/** '2/3 up'; a word where numbers would not say what is wrong, or that nothing is. */
function poolState(server: VirtualServerStatus, { level, word }: Condition): string {
  const { all, up } = poolOf(server);
  const saysEnough = level !== 'bad' || (up === 0 && all > 0 && word !== 'sorry');
  if (level === 'idle' || !saysEnough) return word;
  // Thousands leave no room for more.
  return all < 100 ? `${up}/${all} up` : `${up}/${all}`;
}

function memberRow(
  one: DestinationStatus,
  before: DestinationStatus | undefined,
  seconds: number,
): Omit<MemberRow, 'id' | 'virtualServer'> {
  const { level, why, word } = realServerCondition(one);
  return {
    name: endpoint(one),
    state: word,
    tone: tones[level],
    why: why.join('; '),
    weight: one.weight,
    active: one.active,
    inactive: one.inactive,
    ...ratesOf(one, before, seconds),
    realServer: endpoint(one),
    canDrain: one.sorry !== true && one.since !== undefined,
    drained: one.weight_by_hand === 0,
  };
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

/** A name of the configuration must not drive a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}
