/** GET /metrics: every metric, in the text format of Prometheus. */
import { Registry } from 'prom-client';
import { bfdMetrics } from './bfd.ts';
import { checkMetrics } from './checks.ts';
import type { Facts } from './facts.ts';
import { keepalivedMetrics } from './keepalived.ts';
import { collectorOf, type MetricRow, type Scrape } from './metric.ts';
import { nodeIpvsMetrics } from './node_ipvs.ts';
import { packetMetrics } from './packets.ts';
import { processMetrics } from './process.ts';
import { serverMetrics } from './servers.ts';
import { vrrpMetrics } from './vrrp.ts';

/** Every metric there is. */
export const metricRows: readonly MetricRow[] = [
  ...processMetrics,
  ...packetMetrics,
  ...serverMetrics,
  ...checkMetrics,
  ...vrrpMetrics,
  ...bfdMetrics,
  ...keepalivedMetrics,
  ...nodeIpvsMetrics,
];

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** `collect` is asked once a scrape; scrapes that come while one is under way share it. */
export function createExposition(collect: () => Promise<Facts>): () => Promise<Exposition> {
  const registry = new Registry();
  const scrape: Scrape = { facts: undefined };
  for (const row of metricRows) registry.registerMetric(collectorOf(row, scrape));
  let underWay: Promise<Exposition> | undefined;

  async function expose(): Promise<Exposition> {
    try {
      scrape.facts = await collect();
      return { contentType: registry.contentType, text: await registry.metrics() };
    } finally {
      scrape.facts = undefined;
      underWay = undefined;
    }
  }

  return () => {
    underWay ??= expose();
    return underWay;
  };
}
