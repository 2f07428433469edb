/** A metric is one row: its name, what it means, and how its samples are read from the facts of a scrape. */
import { Counter, Gauge, type MetricObjectWithValues, type MetricType, type MetricValue } from 'prom-client';
import type { Facts } from './facts.ts';

export interface Sample<Label extends string = string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
  /** Of a histogram: what follows the name. */
  readonly suffix?: string;
}

export interface MetricRow {
  readonly name: string;
  /** The HELP text. */
  readonly help: string;
  /** Counters keep counting over a restart of the daemon where they stand in the pinned tables. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: (facts: Facts) => readonly Sample[];
}

const none = {};

/** The facts of the scrape under way. */
export interface Scrape {
  facts: Facts | undefined;
}

/** prom-client's object for a row: it keeps no values of its own, each scrape reads them. */
export function collectorOf(row: MetricRow, scrape: Scrape): Gauge | Counter {
  const { name, help } = row;
  const options = { name, help, registers: [] };
  // A histogram of theirs would be written by what it counted itself.
  const collector = row.type === 'counter' ? new Counter(options) : new Gauge(options);
  const plain = collector.get.bind(collector);
  collector.get = async (): Promise<MetricObjectWithValues<MetricValue<string>>> => {
    const { facts } = scrape;
    // prom-client writes shared labels once for all metrics that have the same object: 10,000 real servers are 100,000
    // samples, and a tenth as many sets of labels.
    const values =
      facts === undefined
        ? []
        : row.samples(facts).map(({ labels, suffix, value }) => ({
            value,
            labels: none,
            sharedLabels: labels,
            ...(suffix === undefined ? {} : { metricName: `${name}${suffix}` }),
          }));
    return { ...(await plain()), type: row.type as unknown as MetricType, values };
  };
  return collector;
}

/** The sample of a metric without labels. */
export function only(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

export function flag(value: boolean): number {
  return value ? 1 : 0;
}
