import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figuresOf } from '../../bench/checks.ts';

const kind = { kind: 'HTTP_GET', checks: 20_000, answer: 'L7OK' } as const;
const run = {
  per_second: 4_000,
  cores: 0.5,
  late_ms: { p50: 1, p99: 20, max: 30 },
  timer_late_ms: { p50: 2, p99: 10, max: 40 },
  cores_beside: 0.75,
  cores_stolen: 0.25,
  results: { L7OK: 60_000 },
  kib_per_check: 2,
};

describe('the figures of the checks', () => {
  it('are what was measured, that of the machine beside it too', () => {
    assert.deepEqual(
      figuresOf(kind, [run]).map(({ name, median, unit }) => `${name}: ${median} ${unit}`),
      [
        'made: 4000 1/s',
        'processors: 0.5 cores',
        'late, p99: 20 ms',
        'a bare timer beside it, late, p99: 10 ms',
        'processors, all else: 0.75 cores',
        'processors, the hypervisor for others: 0.25 cores',
        'memory of one: 2 KiB',
      ].map((line) => `20000 HTTP_GETs every 5 s: ${line}`),
    );
  });

  it('are none where a check of a healthy server failed', () => {
    assert.throws(() => figuresOf(kind, [{ ...run, results: { L7OK: 1, L4TOUT: 1 } }]), {
      message: 'a HTTP_GET of a healthy server ended with L4TOUT',
    });
  });
});
