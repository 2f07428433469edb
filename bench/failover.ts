/**
 * How long a virtual address is answered by nobody when the master crashes, is killed, is stopped or steps down, and
 * when it returns: two directors and a client on one segment, which asks every 5 ms. xlb with xlb, with keepalived on
 * either side, and keepalived with keepalived beside them, in turn.
 */
import { Directors, type Kind, type Trouble } from './failover/directors.ts';
import type { Outage } from './failover/outage.ts';
import { figure } from './figures.ts';
import { demand, installed } from './needs.ts';
import { numberOf } from './options.ts';
import type { Figure, Scenario } from './scenario.ts';

interface Couple {
  readonly a: Kind;
  readonly b: Kind;
}

const couples: readonly Couple[] = [
  { a: 'xlb', b: 'xlb' },
  { a: 'xlb', b: 'keepalived' },
  { a: 'keepalived', b: 'xlb' },
  { a: 'keepalived', b: 'keepalived' },
];

const troubles: Readonly<Record<Trouble, string>> = {
  crash: 'crash of the master',
  'kill -9': 'kill -9 of the master',
  SIGTERM: 'SIGTERM to the master',
  'step-down': 'the master steps down',
};

export interface Suffered {
  readonly couple: Couple;
  readonly trouble: Trouble;
  readonly gone: Outage;
  readonly back: Outage;
}

/** Pure: outages, and times until the other one answers, by couple and trouble. */
export function failoverFigures(suffered: readonly Suffered[]): readonly Figure[] {
  const rows = new Map<string, Suffered[]>();
  for (const one of suffered) {
    const name = `${one.couple.a}/${one.couple.b}, ${troubles[one.trouble]}`;
    rows.set(name, [...(rows.get(name) ?? []), one]);
  }
  return [...rows].flatMap(([name, all]) => {
    const [series = '', x = ''] = name.split(', ');
    const of = (what: string, value: (one: Suffered) => number) => {
      const place = { chart: what, series, x, axis: '' };
      return figure({ name: `${name}: ${what}`, unit: 'ms', better: 'less', place }, all.map(value));
    };
    return [
      of('nobody answers for', ({ gone }) => gone.gapMs),
      of('the backup answers after', ({ gone }) => gone.takeoverMs),
      of('return: nobody answers for', ({ back }) => back.gapMs),
      of('return: the master answers after', ({ back }) => back.takeoverMs),
    ];
  });
}

export const failover: Scenario = {
  rounds: 3,
  async run(context) {
    const { rounds, progress } = context;
    demand(['ip', 'nsenter', 'ethtool', 'chrt']);
    const advert = numberOf(context, 'advert', { otherwise: 0.1, least: 0.01, most: 10 });
    const has = installed('keepalived');
    const chosen = couples.filter(({ a, b }) => has || (a === 'xlb' && b === 'xlb'));
    const suffered: Suffered[] = [];
    for (const couple of chosen) {
      const name = `${couple.a}/${couple.b}`;
      progress(`${name} start`);
      const directors = await Directors.start(couple, advert);
      try {
        for (let round = 0; round < rounds; round++)
          for (const trouble of Object.keys(troubles) as Trouble[]) {
            progress(`${name}, ${troubles[trouble]}, round ${round + 1} of ${rounds}`);
            suffered.push({ couple, trouble, ...(await directors.suffer(trouble)) });
          }
      } finally {
        await directors.close();
      }
    }
    const left = 'with keepalived nothing is measured: it is not installed (apt-get install keepalived)';
    return {
      figures: failoverFigures(suffered),
      about: { advert_seconds: advert, probe_every_ms: 5, version: 'VRRPv3' },
      notes: [
        'master/backup; up to 10 ms are two probes, which is noise; when in its interval the master fails is by chance',
        'crash: all its processes are frozen, its link goes down, then they are killed. kill -9: the link stays up',
        'steps down: a track_script, asked every second, lowers its priority',
        ...(has ? [] : [left]),
      ],
    };
  },
};
