/** What is measured. Bounds are nanoseconds a packet above the empty program. */
import { ack, type Cost, type Director, type Pool, syn } from './director.ts';

export interface Case {
  readonly name: string;
  readonly bound?: number;
  /** The bound holds for what it costs more than this one. */
  readonly over?: string;
  readonly pool: Pool;
  /** Once, before the rounds. */
  prepare(director: Director): void;
  round(director: Director): Cost;
}

const million = 1_000_000;
const defaultSlots = 2 ** 21; // 64 MiB
export const one: Pool = { virtualServers: 1, realServers: 4, flowSlots: defaultSlots };

export function established(
  flows: number,
  pool: Pool,
  frameBytes = 64,
): Pick<Case, 'pool' | 'prepare' | 'round'> {
  return {
    pool,
    prepare(director) {
      director.send({ clients: flows, count: flows, flags: syn });
      director.send({ clients: flows, count: flows, flags: ack });
    },
    round: (director) =>
      director.measure({ clients: flows, count: Math.max(flows, 400_000), flags: ack, frameBytes }),
  };
}

/** New flows by SYN, `turns` times the same ones; they are taken away before each turn. */
export function opened(clients: number, turns: number, pool: Pool): Pick<Case, 'pool' | 'prepare' | 'round'> {
  const load = { clients, count: clients * turns, flags: syn, erase: turns > 1 };
  return {
    pool,
    prepare(director) {
      director.send({ clients, count: clients, flags: syn });
      director.noteFlows();
    },
    round(director) {
      director.clearFlows();
      const before = director.connections;
      const cost = director.measure(load);
      const made = director.connections - before;
      if (made < 0.999 * load.count) throw new Error(`Cannot measure: ${made} new flows of ${load.count}`);
      return cost;
    },
  };
}

/** Of a pool as large, to compare a scheduler with. */
const plain = (realServers: number) => `new flow, rr, ${realServers} real servers (4,096 in turn)`;

const scheduled = (['wlc', 'mh', 'sh'] as const).flatMap((scheduler) =>
  [16, ...(scheduler === 'wlc' ? [256] : [])].map((realServers) => ({
    name: `new flow, ${scheduler}, ${realServers} real servers (4,096 in turn)`,
    over: plain(realServers),
    bound: scheduler !== 'wlc' ? 30 : realServers === 16 ? 100 : 2000,
    ...opened(4096, 100, { ...one, realServers, scheduler }),
  })),
);

export const cases: readonly Case[] = [
  { name: 'established flow, 1,000 flows', bound: 55, ...established(1000, one) },
  { name: 'established flow, 500,000 flows', bound: 230, ...established(500_000, one) },
  { name: 'new flow, 1,024 in turn', bound: 80, ...opened(1024, 400, one) },
  {
    name: 'new flow, 3,000,000 in turn, room for all',
    bound: 300,
    ...opened(3 * million, 1, { ...one, flowSlots: 2 ** 23 }),
  },
  {
    name: 'new flow, 3,000,000 in turn, table full of half-open flows',
    pool: one,
    prepare: (director) => director.send({ clients: 3 * million, count: 3 * million, flags: syn }),
    round: (director) => director.measure({ clients: 3 * million, count: 3 * million, flags: syn }),
  },
  ...[1, 64, 4096].map((virtualServers) => ({
    name: `established flow, ${virtualServers} virtual servers (4,096 flows)`,
    ...established(4096, { ...one, virtualServers }),
  })),
  ...[1, 16, 64, 256, 4096].map((realServers) => ({
    name: plain(realServers),
    ...opened(4096, 100, { ...one, realServers }),
  })),
  ...scheduled,
  {
    name: 'new flow of a persistent client, rr, 16 real servers (4,096 in turn)',
    over: plain(16),
    bound: 120,
    ...opened(4096, 100, { ...one, realServers: 16, persistent: true }),
  },
];

/** Whether a million flows fit into 64 MiB with none pushed out. */
export function capacity(director: Director) {
  director.open(one);
  director.send({ clients: million, count: million, flags: syn });
  const mebibytes = (defaultSlots * 32) / 2 ** 20;
  return { flows: director.noteFlows(), evicted: director.evicted, mebibytes, listed: director.list() };
}

/** Whether a million templates fit into 64 MiB with none pushed out. */
export function templateCapacity(director: Director): {
  readonly made: number;
  readonly evicted: number;
  readonly refused: number;
  readonly mebibytes: number;
} {
  director.open({ ...one, flowSlots: 2 ** 22, templateSlots: defaultSlots, persistent: true });
  director.send({ clients: million, count: million, flags: syn });
  return { ...director.templates, mebibytes: (defaultSlots * 32) / 2 ** 20 };
}
