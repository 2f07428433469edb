/** The first line of the page: how the director is, in words. What is wrong comes first. Pure. */

import { type Level, poolOf, realServerCondition, virtualServerCondition } from '../../control/condition.ts';
import type { Status } from '../../control/status.ts';

export interface Summary {
  readonly level: Exclude<Level, 'idle'>;
  readonly text: string;
}

interface Part {
  readonly level: Summary['level'];
  readonly text: string;
}

const FULL = 0.9;
const ranks: Readonly<Record<Summary['level'], number>> = { bad: 0, warning: 1, good: 2 };

export function summarize(status: Status): Summary {
  const parts: Part[] = [
    ...virtualServers(status),
    ...virtualRouters(status),
    ...realServers(status),
    ...bfdSessions(status),
    ...dataPath(status),
  ];
  const sorted = parts.toSorted((a, b) => ranks[a.level] - ranks[b.level]);
  return { level: sorted[0]?.level ?? 'good', text: sorted.map(({ text }) => text).join(' · ') };
}

function virtualServers({ virtual_servers: all }: Status): Part[] {
  if (all.length === 0) return [{ level: 'good', text: 'No virtual server configured' }];
  const down = all.filter((one) => virtualServerCondition(one).level === 'bad').length;
  const resting = all.filter(({ suspended }) => suspended === true).length;
  const rest: Part[] = resting === 0 ? [] : [{ level: 'good', text: `${resting} rest` }];
  if (down > 0) return [{ level: 'bad', text: `${of(down, all.length, 'virtual server')} down` }, ...rest];
  const text = all.length === 1 ? 'The virtual server is up' : `All ${all.length} virtual servers up`;
  return resting === all.length ? rest : [{ level: 'good', text }, ...rest];
}

function virtualRouters({ vrrp, vrrp_instances: all }: Status): Part[] {
  if (!vrrp) return [{ level: 'warning', text: 'VRRP is being restarted' }];
  const parts: Part[] = all.flatMap(({ name, rival }) =>
    rival === undefined
      ? []
      : [{ level: 'bad' as const, text: `two masters of ${name}: ${rival.address} is one too` }],
  );
  for (const state of ['FAULT', 'MASTER', 'BACKUP', 'INIT'] as const) {
    const names = all.filter((one) => one.state === state).map(({ name }) => name);
    if (names.length === 0) continue;
    const whom = names.length <= 2 ? names.join(' and ') : `${names.length} virtual routers`;
    const level = state === 'FAULT' ? 'bad' : state === 'INIT' ? 'warning' : 'good';
    parts.push({ level, text: `${state}${state === 'FAULT' || state === 'INIT' ? ':' : ' of'} ${whom}` });
  }
  return parts;
}

function realServers({ virtual_servers: servers }: Status): Part[] {
  const pools = servers.map(poolOf);
  const sum = (name: 'all' | 'up' | 'drained') => pools.reduce((total, pool) => total + pool[name], 0);
  const [all, up, drained] = [sum('all'), sum('up'), sum('drained')];
  const parts: Part[] = [];
  if (up < all) parts.push({ level: 'warning', text: `${of(all - up, all, 'real server')} down` });
  else if (all > 0)
    parts.push({ level: 'good', text: all === 1 ? '1 real server up' : `all ${all} real servers up` });
  const troubled = servers
    .flatMap(({ destinations }) => destinations)
    .filter((one) => one.sorry !== true && realServerCondition(one).level === 'warning').length;
  if (troubled > 0)
    parts.push({
      level: 'warning',
      text: `${of(troubled, all, 'real server')} need${troubled === 1 ? 's' : ''} a look`,
    });
  if (drained > 0) parts.push({ level: 'good', text: `${drained} drained` });
  return parts;
}

function bfdSessions({ bfd_sessions: all = [] }: Status): Part[] {
  const down = all.filter(({ state }) => state !== 'Up' && state !== 'AdminDown');
  return down.length === 0
    ? []
    : [{ level: 'warning', text: `${of(down.length, all.length, 'BFD session')} not up` }];
}

function dataPath({
  dataplane,
  flows,
  interfaces,
  events_lost: events = {},
  notifications_lost: lost,
  virtual_servers: servers,
}: Status): Part[] {
  if (!dataplane)
    return [{ level: 'warning', text: 'the dataplane worker is being restarted, forwarding goes on' }];
  const parts: Part[] = [];
  if (interfaces.length === 0 && servers.length > 0)
    parts.push({ level: 'bad', text: 'no interface takes traffic' });
  if (flows.slots > 0 && flows.used / flows.slots >= FULL)
    parts.push({
      level: 'warning',
      text: `flow table ${Math.floor((100 * flows.used) / flows.slots)} % full`,
    });
  if (lost !== undefined) parts.push({ level: 'warning', text: 'notifications were lost' });
  if (Object.values(events).some((count) => count > 0))
    parts.push({ level: 'warning', text: 'events were lost' });
  return parts;
}

/** '3 of 40 real servers', 'the only real server' where there is one. */
function of(some: number, all: number, what: string): string {
  return all === 1 ? `the only ${what}` : `${some} of ${all} ${what}s`;
}
