/** Pure: from what was counted in the rounds to figures. */
import { figure } from '../figures.ts';
import type { Figure } from '../scenario.ts';
import type { Way } from './ways.ts';
import type { Kind } from './wrk.ts';

/** 'shared': one processor for all of the lab. 'apart': one for client and real server, one for all between them. */
export type Layout = 'shared' | 'apart';

export interface Sample {
  /** Answers a second. */
  readonly rate: number;
  /** Processor time of the machine in the middle, an answer; 0 where there is none, or it is not known. */
  readonly micros: number;
}

export type Round = ReadonlyMap<Way, Sample>;

/** On one processor the way over one machine more takes its share by itself: xlb is held against that. */
const wanted = { ofDirect: 90, ofBare: 90, timesProxy: 3 };
const titles: Readonly<Record<Layout, string>> = { shared: 'all on one processor', apart: 'director apart' };

/** Of one way, in the rounds that have it. */
function series(rounds: readonly Round[], way: Way): readonly Sample[] {
  return rounds.flatMap((round) => round.get(way) ?? []);
}

/** Round by round, in percent. */
function sharesOf(samples: readonly Sample[], whole: readonly Sample[]): readonly number[] {
  return samples.map((one, i) => (100 * one.rate) / (whole[i]?.rate ?? one.rate));
}

function rates(layout: Layout, kind: Kind, rounds: readonly Round[]): readonly Figure[] {
  const chart = titles[layout];
  const direct = series(rounds, 'direct');
  const ways = [...(rounds[0]?.keys() ?? [])];
  return ways.flatMap((way) => {
    const samples = series(rounds, way);
    const place = { chart, series: kind, x: way, axis: '' };
    const name = `${kind}, ${chart}: ${way}`;
    const rate = figure(
      { name, unit: '1/s', better: 'more', place },
      samples.map((one) => one.rate),
    );
    if (way === 'direct') return [rate];
    const bound = layout === 'apart' && way === 'xlb' ? { bound: wanted.ofDirect } : {};
    const share = { unit: '%', better: 'more' } as const;
    const ofDirect = figure({ name: `${name}, of direct`, ...share, ...bound }, sharesOf(samples, direct));
    const ofBare = figure(
      { name: `${name}, of bare`, ...share, bound: wanted.ofBare },
      sharesOf(samples, series(rounds, 'bare')),
    );
    return [rate, ofDirect, ...(way === 'xlb' ? [ofBare] : [])];
  });
}

/** What a second of the processor time of the machine in the middle is enough for. */
function atEqualTime(kind: Kind, rounds: readonly Round[]): readonly Figure[] {
  const own = series(rounds, 'xlb');
  const ways = [...(rounds[0]?.keys() ?? [])].filter((way) => way !== 'direct');
  const chart = "in a second of the director's processor";
  return ways.flatMap((way) => {
    const micros = series(rounds, way).map((one) => one.micros);
    const name = `${kind}, ${chart}: ${way}`;
    const place = { chart, series: kind, x: way, axis: '' };
    const times = { name: `${kind}, at equal processor time: xlb to ${way}`, unit: 'x' } as const;
    return [
      figure({ name: `${kind}, director's time: ${way}`, unit: 'µs', better: 'less' }, micros),
      figure(
        { name, unit: '1/s', better: 'more', place },
        micros.map((one) => 1e6 / one),
      ),
      ...(way === 'xlb' || way === 'bare'
        ? []
        : [
            figure(
              { ...times, better: 'more', bound: wanted.timesProxy },
              micros.map((one, i) => one / (own[i]?.micros ?? one)),
            ),
          ]),
    ];
  });
}

export function httpFigures(layout: Layout, kind: Kind, rounds: readonly Round[]): readonly Figure[] {
  const found = rates(layout, kind, rounds);
  return layout === 'shared' ? found : [...found, ...atEqualTime(kind, rounds)];
}
