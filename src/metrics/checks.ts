/** Health checks, as a whole: a label for each real server would have no bound. */
import { LATENCY_BUCKETS } from '../check/latencies.ts';
import type { MetricRow } from './metric.ts';

export const checkMetrics: readonly MetricRow[] = [
  {
    name: 'xlb_check_duration_seconds',
    help: "How long attempts of checks took, those that failed included, by the checker's keyword",
    type: 'histogram',
    samples: ({ latencies = [] }) =>
      latencies.flatMap(({ count, kind: check, sumSeconds, within }) => [
        ...LATENCY_BUCKETS.map((end, at) => ({
          suffix: '_bucket',
          labels: { le: String(end), check },
          value: within[at] ?? 0,
        })),
        { suffix: '_bucket', labels: { le: '+Inf', check }, value: count },
        { suffix: '_sum', labels: { check }, value: sumSeconds },
        { suffix: '_count', labels: { check }, value: count },
      ]),
  },
  {
    name: 'xlb_check_vip_ignored_total',
    help: 'Frames that looked like answers to probes of xlb_check_vip and were none, by reason',
    type: 'counter',
    samples: ({ ignoredByProbes }) =>
      Object.entries(ignoredByProbes ?? {}).map(([reason, value]) => ({ labels: { reason }, value })),
  },
];
