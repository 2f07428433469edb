/**
 * What the tracked objects make of a virtual router: its effective priority, and whether it has a fault. keepalived's
 * arithmetic (vrrp_track.c): all contributions are summed, then clamped. Pure.
 *
 * - weight 0: down is a fault; with `reverse`, up is.
 * - weight +n: n is added while up. weight -n: n is subtracted while down. `reverse` turns the sign of what is added.
 * - a file: its number times the weight is added; -254 or less is a fault. With weight 0, every number but 0 is.
 * - what has no result yet adds nothing, and with weight 0 the virtual router waits for it.
 */
import type { SessionStates } from '../base/sessions.ts';
import type { TrackConfig, TrackingConfig } from '../config/model.ts';
import { OWNER_PRIORITY } from './virtual_router.ts';

/** Of anything but a file. `disabled`: it cannot be run, and counts as if it were not tracked. */
export type TrackStatus = 'unknown' | 'up' | 'down' | 'disabled';

/** Current values by name. What is missing is `unknown`; a missing interface is down, a missing file says 0. */
export interface TrackValues {
  readonly scripts: ReadonlyMap<string, TrackStatus>;
  readonly interfaces: ReadonlyMap<string, 'up' | 'down'>;
  readonly files: ReadonlyMap<string, number>;
  readonly processes: ReadonlyMap<string, TrackStatus>;
  readonly bfds: ReadonlyMap<string, TrackStatus>;
}

export interface TrackFault {
  readonly kind: 'script' | 'interface' | 'file' | 'process' | 'bfd';
  readonly name: string;
}

export interface Tracked {
  /** Effective: 1 to 254; an owner's stays 255. */
  readonly priority: number;
  /** Each thing once. Not empty: the virtual router has a fault. */
  readonly faults: readonly TrackFault[];
  /** First results that are still to come, and that could be faults: keepalived starts no election before them. */
  readonly awaited: readonly TrackFault[];
}

/** keepalived's limits of what one entry can do: at the lower one it is a fault. */
const FAULT_SUM = -254;
const LARGEST_SUM = 253;

type Contribution = { readonly adds: number } | 'fault' | 'awaited';

/** `tracking`: of the instance, then of its sync group. */
export function evaluateTracking(
  priority: number,
  tracking: readonly TrackingConfig[],
  values: TrackValues,
): Tracked {
  const found = tracking.flatMap((one) => contributions(one, values));
  const sum = found.reduce((total, { part }) => total + (typeof part === 'object' ? part.adds : 0), priority);
  return {
    priority: priority === OWNER_PRIORITY ? priority : Math.max(1, Math.min(OWNER_PRIORITY - 1, sum)),
    faults: those(found, 'fault'),
    awaited: those(found, 'awaited'),
  };
}

interface Found extends TrackFault {
  readonly part: Contribution;
}

function contributions(
  { scripts, interfaces, files, processes, bfds }: TrackingConfig,
  values: TrackValues,
): Found[] {
  const all = (
    kind: TrackFault['kind'],
    entries: readonly TrackConfig[],
    of: (one: TrackConfig) => Contribution,
  ) => entries.map((one) => ({ kind, name: one.name, part: of(one) }));
  return [
    ...all('interface', interfaces, (one) => ofStatus(one, values.interfaces.get(one.name) ?? 'down')),
    ...all('file', files, (one) => ofNumber(one, values.files.get(one.name) ?? 0)),
    ...all('process', processes, (one) => ofStatus(one, values.processes.get(one.name) ?? 'unknown')),
    ...all('bfd', bfds, (one) => ofStatus(one, values.bfds.get(one.name) ?? 'unknown')),
    ...all('script', scripts, (one) => ofStatus(one, values.scripts.get(one.name) ?? 'unknown')),
  ];
}

function those(found: readonly Found[], part: 'fault' | 'awaited'): TrackFault[] {
  const byKey = new Map<string, TrackFault>();
  for (const { kind, name, part: own } of found)
    if (own === part) byKey.set(`${kind} ${name}`, { kind, name });
  return [...byKey.values()];
}

function ofStatus({ weight, reverse }: TrackConfig, status: TrackStatus): Contribution {
  if (status === 'disabled') return { adds: 0 };
  if (status === 'unknown') return weight === 0 ? 'awaited' : { adds: 0 };
  if (weight === 0) return (status === 'up') === reverse ? 'fault' : { adds: 0 };
  const counts = (status === 'up') === weight > 0;
  return { adds: counts ? weight * (reverse ? -1 : 1) : 0 };
}

function ofNumber({ weight, reverse }: TrackConfig, value: number): Contribution {
  if (weight === 0) return (value !== 0) !== reverse ? 'fault' : { adds: 0 };
  const adds = value * weight * (reverse ? -1 : 1);
  return adds <= FAULT_SUM ? 'fault' : { adds: Math.min(LARGEST_SUM, adds) };
}

/** What stands in a configuration and is not tracked, a sentence each. */
export function untracked(
  tracking: readonly Pick<TrackingConfig, 'scripts'>[],
  { scripts }: Pick<TrackValues, 'scripts'>,
): string[] {
  const names = tracking.flatMap((one) => one.scripts.map(({ name }) => name));
  return [...new Set(names)]
    .filter((name) => scripts.get(name) === 'disabled')
    .map((name) => `vrrp_script ${name} is disabled: it cannot run, and is not tracked`);
}

/** keepalived's: a session that is not up is down, also before it was ever up. */
export function trackedSessions(states: SessionStates): ReadonlyMap<string, TrackStatus> {
  return new Map([...states].map(([name, status]) => [name, status === 'up' ? 'up' : 'down']));
}

export function describeFault({ kind, name }: TrackFault): string {
  switch (kind) {
    case 'interface':
      return `tracked interface ${name} is down`;
    case 'script':
      return `script ${name} has failed`;
    case 'file':
      return `track_file ${name} says so`;
    case 'process':
      return `process ${name} is not as it should be`;
    case 'bfd':
      return `BFD session ${name} is not as it should be`;
  }
}
