import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KEPT_RESULTS, ResultRing } from '../../src/check/result_ring.ts';

describe('the last results of a check', () => {
  it('are there newest first, with the range of latencies of those that passed', () => {
    const ring = new ResultRing();
    ring.add(1_000, { code: 'L4OK', latencyMs: 1 });
    ring.add(2_000, { code: 'L4CON', detail: 'ECONNREFUSED', latencyMs: 90 });
    ring.add(3_000, { code: 'L4OK', latencyMs: 2 });
    assert.deepEqual(ring.history(), {
      results: [
        { atMs: 3_000, code: 'L4OK', latencyMs: 2 },
        { atMs: 2_000, code: 'L4CON', detail: 'ECONNREFUSED', latencyMs: 90 },
        { atMs: 1_000, code: 'L4OK', latencyMs: 1 },
      ],
      latencyMs: { min: 1, avg: 1.5, max: 2 },
    });
  });

  it('are no more than are kept, and a detail goes with its result', () => {
    const ring = new ResultRing();
    ring.add(0, { code: 'L4CON', detail: 'ECONNREFUSED', latencyMs: 1 });
    for (let at = 1; at <= KEPT_RESULTS + 2; at++) ring.add(at, { code: 'L4OK', latencyMs: at });
    const { results } = ring.history();
    assert.deepEqual(
      results.map(({ atMs }) => atMs),
      Array.from({ length: KEPT_RESULTS }, (_, back) => KEPT_RESULTS + 2 - back),
    );
    assert.deepEqual(
      results.filter((result) => 'detail' in result),
      [],
    );
  });

  it('are nothing before the first, and a copy goes its own way', () => {
    const ring = new ResultRing();
    assert.deepEqual(ring.history(), { results: [] });
    const copy = ring.copy();
    copy.add(1, { code: 'L7TOUT', latencyMs: 5_000 });
    assert.deepEqual(
      [ring.history().results.length, copy.history()],
      [0, { results: [{ atMs: 1, code: 'L7TOUT', latencyMs: 5_000 }] }],
    );
  });

  it('have a detail of limited length', () => {
    const ring = new ResultRing();
    ring.add(1, { code: 'L7RSP', detail: 'x'.repeat(10_000), latencyMs: 1 });
    assert.equal(ring.history().results[0]?.detail?.length, 100);
  });

  it('take less than 1 KiB a check', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    const rings = Array.from({ length: 10_000 }, () => new ResultRing());
    for (let at = 0; at < KEPT_RESULTS; at++)
      for (const ring of rings) ring.add(1.7e12 + at, { code: 'L4OK', latencyMs: 0.25 });
    collect();
    const each = (process.memoryUsage().heapUsed - before) / rings.length;
    assert.ok(each < 1024, `${each} bytes`);
  });
});
