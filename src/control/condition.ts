/** How a real server or a virtual server is, in one word and a level that becomes a colour. Pure, for browsers too. */
import type { DestinationStatus, VirtualServerStatus } from './status.ts';

/** idle: on purpose, and nobody has to do anything. */
export type Level = 'good' | 'warning' | 'bad' | 'idle';

export interface Condition {
  readonly level: Level;
  readonly word: string;
  /** For a person, in sentences; nothing to say where empty. */
  readonly why: readonly string[];
}

export function realServerCondition(server: DestinationStatus): Condition {
  const { failures = [], gone, sorry, unchecked = [], up, warnings = [] } = server;
  if (sorry === true)
    return up
      ? { level: 'warning', word: 'serves', why: ['Sorry server: it answers, since no quorum is left'] }
      : { level: 'idle', word: 'stands by', why: ['Sorry server'] };
  if (!up && server.since === undefined)
    return { level: 'idle', word: 'leaving', why: ['Not in the configuration any more; its flows go on'] };
  if (!up) {
    const why = failures.length > 0 ? failures : ['Its checks fail'];
    return { level: 'bad', word: 'down', why: gone ? why : [...why, 'Its flows go on (inhibit_on_failure)'] };
  }
  const also = [...byHand(server), ...warnings, ...unchecked];
  if (server.nexthop.kind === 'unresolved' && !gone && server.weight > 0)
    return {
      level: 'warning',
      word: 'no MAC',
      why: ['Its MAC address is not known: it gets no packets', ...also],
    };
  if (server.overloaded) return { level: 'warning', word: 'full', why: [overload(server), ...also] };
  if (server.weight_by_hand === 0) return { level: 'idle', word: 'drained', why: also };
  if (server.weight === 0) return { level: 'idle', word: 'weight 0', why: ['Gets no new flows', ...also] };
  const doubtful = warnings.length > 0 || unchecked.length > 0;
  if (server.slow_start_percent !== undefined)
    return {
      level: doubtful ? 'warning' : 'good',
      word: 'starting',
      why: [`Has ${server.slow_start_percent} % of its weight for now (slow start)`, ...also],
    };
  return {
    level: doubtful ? 'warning' : 'good',
    word: unchecked.length > 0 ? 'unchecked' : doubtful ? 'warning' : 'up',
    why: also,
  };
}

function byHand({ weight_by_hand: weight }: DestinationStatus): string[] {
  if (weight === undefined) return [];
  return [
    weight === 0 ? 'Drained by hand: its flows go on, it gets no new ones' : `Weight ${weight} by hand`,
  ];
}

function overload({ upper_threshold: upper, lower_threshold: lower }: DestinationStatus): string {
  const again = lower === undefined ? 'below three quarters of that' : `below ${lower}`;
  return `Has had ${upper ?? 'too many'} connections: new ones again ${again}`;
}

export interface Pool {
  /** Real servers, without the sorry server and those that are only leaving. */
  readonly all: number;
  readonly up: number;
  /** By hand. */
  readonly drained: number;
}

export function poolOf({ destinations }: VirtualServerStatus): Pool {
  const own = destinations.filter(({ since, sorry, up }) => sorry !== true && (up || since !== undefined));
  return {
    all: own.length,
    up: own.filter(({ up }) => up).length,
    drained: own.filter((one) => one.up && one.weight_by_hand === 0).length,
  };
}

export function virtualServerCondition(server: VirtualServerStatus): Condition {
  const { destinations, quorum, suspended } = server;
  const pool = poolOf(server);
  if (suspended === true)
    return { level: 'idle', word: 'rests', why: ['Checks rest: another director is master of the address'] };
  const sorry = destinations.some((one) => one.sorry === true && one.up);
  if (sorry) return { level: 'bad', word: 'sorry', why: ['No quorum: the sorry server answers'] };
  const takes = destinations.some((one) => one.up && !one.gone && one.weight > 0);
  if (quorum?.up === false || !takes) {
    const why =
      pool.up === 0
        ? ['No real server is up']
        : takes
          ? [`Quorum lost: live real servers weigh ${quorum?.weight ?? 0}`]
          : ['No real server takes new flows'];
    return { level: 'bad', word: 'down', why };
  }
  if (pool.up < pool.all)
    return { level: 'warning', word: 'degraded', why: [`${pool.all - pool.up} of ${pool.all} down`] };
  const troubled = destinations.filter((one) => realServerCondition(one).level === 'warning').length;
  if (troubled > 0) return { level: 'warning', word: 'up', why: [`${troubled} of ${pool.all} need a look`] };
  return { level: 'good', word: 'up', why: [] };
}
