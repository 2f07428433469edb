import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CheckLatencies, LATENCY_BUCKETS } from '../../src/check/latencies.ts';

describe('the latencies of checks', () => {
  it('are counted by kind, in buckets that hold what those below them hold', () => {
    const latencies = new CheckLatencies();
    for (const latencyMs of [0.5, 1, 30, 700, 31_000])
      latencies.add('TCP_CHECK', { code: 'L4OK', latencyMs });
    latencies.add('TCP_CHECK', { code: 'NOTRUN', latencyMs: 1 });
    latencies.add('HTTP_GET', { code: 'L7STS', latencyMs: 2 });
    assert.deepEqual(
      latencies.all().map(({ within, ...rest }) => ({
        ...rest,
        within: Object.fromEntries(LATENCY_BUCKETS.map((end, at) => [end, within[at]])),
      })),
      [
        {
          kind: 'TCP_CHECK',
          count: 5,
          sumSeconds: 0.0005 + 0.001 + 0.03 + 0.7 + 31,
          within: {
            ...{ 0.001: 2, 0.0025: 2, 0.005: 2, 0.01: 2, 0.025: 2, 0.05: 3, 0.1: 3, 0.25: 3, 0.5: 3 },
            ...{ 1: 4, 2.5: 4, 5: 4, 10: 4, 30: 4 },
          },
        },
        {
          kind: 'HTTP_GET',
          count: 1,
          sumSeconds: 0.002,
          within: {
            ...{ 0.001: 0, 0.0025: 1, 0.005: 1, 0.01: 1, 0.025: 1, 0.05: 1, 0.1: 1, 0.25: 1, 0.5: 1 },
            ...{ 1: 1, 2.5: 1, 5: 1, 10: 1, 30: 1 },
          },
        },
      ],
    );
  });
});
