/** What a virtual router has counted since it was started, by keepalived's names. */
import { type Refusal, refusals } from './received_advert.ts';
import type { VrrpStatistic } from './virtual_router.ts';

export type Statistic = VrrpStatistic | Refusal;
export type StatisticsSnapshot = Readonly<Record<Statistic, number>>;

/** Besides the adverts that were refused. */
export const counted = [
  'advert_rcvd',
  'advert_sent',
  'become_master',
  'release_master',
  'pri_zero_rcvd',
  'pri_zero_sent',
  'two_masters',
] as const satisfies readonly VrrpStatistic[];

export class Statistics {
  readonly #counts = Object.fromEntries([...counted, ...refusals].map((name) => [name, 0])) as Record<
    Statistic,
    number
  >;

  count(what: Statistic): void {
    this.#counts[what]++;
  }

  clear(): void {
    for (const name of [...counted, ...refusals]) this.#counts[name] = 0;
  }

  snapshot(): StatisticsSnapshot {
    return { ...this.#counts };
  }
}
