/** What wrk prints, and what the rounds of the scenario `http` become. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { httpFigures, type Sample } from '../../bench/http/figures.ts';
import { processorSeconds } from '../../bench/http/interrupts.ts';
import type { Way } from '../../bench/http/ways.ts';
import { answersOf } from '../../bench/http/wrk.ts';

const printed = `Running 1s test @ http://10.77.0.11/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.45ms    1.02ms  23.27ms   95.63%
    Req/Sec    46.36k     3.80k   51.33k    60.00%
  46087 requests in 1.00s, 8.22MB read
Requests/sec:  46070.66
Transfer/sec:      8.22MB
`;

function round(samples: Readonly<Partial<Record<Way, readonly [rate: number, micros: number]>>>) {
  return new Map(
    Object.entries(samples).map(([way, [rate, micros]]) => [way as Way, { rate, micros } satisfies Sample]),
  );
}

const rounds = [
  round({ direct: [50_000, 0], bare: [48_000, 1], xlb: [48_000, 2], haproxy: [30_000, 16] }),
  round({ direct: [40_000, 0], bare: [40_000, 1], xlb: [34_000, 4], haproxy: [28_000, 20] }),
  round({ direct: [60_000, 0], bare: [60_000, 1], xlb: [57_000, 2.5], haproxy: [36_000, 15] }),
];

describe('what wrk prints', () => {
  it('has the answers and their rate', () => {
    assert.deepEqual(answersOf(printed), { count: 46_087, perSecond: 46_070.66 });
  });

  it('is refused where an answer was not one', () => {
    assert.throws(
      () => answersOf(`${printed}  Non-2xx or 3xx responses: 12\n`),
      /Non-2xx or 3xx responses: 12/,
    );
  });

  it('is refused where connections failed or answers came late', () => {
    const errors = (text: string) => () => answersOf(`${printed}  Socket errors: ${text}\n`);
    assert.throws(errors('connect 3, read 0, write 0, timeout 0'), /connect 3/);
    assert.throws(errors('connect 0, read 0, write 0, timeout 7'), /timeout 7/);
  });

  it('is refused where there is no answer', () => {
    const nothing = 'Running 1s test\n  0 requests in 1.00s, 0.00B read\nRequests/sec:      0.00\n';
    assert.throws(() => answersOf(nothing), /there was no answer/);
  });
});

describe('the figures of http', () => {
  const apart = httpFigures('apart', 'requests', rounds);
  const named = (name: string) => apart.find((figure) => figure.name === name);

  it('hold each rate against the direct one of its own round', () => {
    assert.deepEqual(named('requests, director apart: xlb, of direct'), {
      name: 'requests, director apart: xlb, of direct',
      unit: '%',
      better: 'more',
      rounds: 3,
      median: 95,
      min: 85,
      max: 96,
      bound: 90,
      ok: true,
    });
  });

  it('hold xlb against a program in its place that does nothing', () => {
    assert.deepEqual(named('requests, director apart: xlb, of bare'), {
      name: 'requests, director apart: xlb, of bare',
      unit: '%',
      better: 'more',
      rounds: 3,
      median: 95,
      min: 85,
      max: 100,
      bound: 90,
      ok: true,
    });
  });

  it("say what a second of the director's processor is enough for", () => {
    assert.deepEqual(named("requests, in a second of the director's processor: xlb"), {
      name: "requests, in a second of the director's processor: xlb",
      unit: '1/s',
      better: 'more',
      place: {
        chart: "in a second of the director's processor",
        series: 'requests',
        x: 'xlb',
        axis: '',
      },
      rounds: 3,
      median: 400_000,
      min: 250_000,
      max: 500_000,
    });
  });

  it('hold xlb against a proxy by the time that each takes', () => {
    assert.deepEqual(named('requests, at equal processor time: xlb to haproxy'), {
      name: 'requests, at equal processor time: xlb to haproxy',
      unit: 'x',
      better: 'more',
      rounds: 3,
      median: 6,
      min: 5,
      max: 8,
      bound: 3,
      ok: true,
    });
  });

  it('know no time of the director where all share one processor', () => {
    assert.deepEqual(
      httpFigures('shared', 'requests', rounds).map(({ name }) => name),
      [
        'requests, all on one processor: direct',
        'requests, all on one processor: bare',
        'requests, all on one processor: bare, of direct',
        'requests, all on one processor: xlb',
        'requests, all on one processor: xlb, of direct',
        'requests, all on one processor: xlb, of bare',
        'requests, all on one processor: haproxy',
        'requests, all on one processor: haproxy, of direct',
      ],
    );
  });
});

describe('processor time of processes', () => {
  it('has nothing of one that is gone', () => {
    const beyondAll = 2 ** 22 + 1; // more than the kernel's largest process id
    assert.equal(processorSeconds([beyondAll]), 0);
  });
});
