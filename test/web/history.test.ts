import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Totals } from '../../src/dataplane/totals.ts';
import { HISTORY_STEP_MS, History, MAX_HISTORY_BYTES } from '../../src/web/history.ts';
import { HistorySampler } from '../../src/web/history_sampler.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

type Counted = readonly [connections: number, packets: number, bytes: number, active: number];

const totals = (servers: Readonly<Record<string, Counted>>): Totals => ({
  names: Object.keys(servers),
  counted: new Float64Array(Object.values(servers).flat()),
});

/** One sample each 10 s; undefined: nobody could be asked. */
function historyOf(...samples: readonly (Readonly<Record<string, Counted>> | undefined)[]): History {
  const history = new History(0);
  for (const [step, sample] of samples.entries())
    history.take(sample && totals(sample), { nowMs: step * 10_000, wallMs: step * 10_000 });
  return history;
}

const web = 'TCP 10.0.0.1:80';

describe('the history of the last hour', () => {
  it('has rates of what was counted between samples, and of active connections the number itself', () => {
    const history = historyOf({ [web]: [100, 1_000, 50_000, 7] }, { [web]: [120, 1_500, 90_000, 9] });
    const series = {
      connections: [null, 2],
      packets: [null, 50],
      bytes: [null, 4_000],
      active: [7, 9],
    };
    assert.deepEqual(history.read(), {
      step_seconds: 10,
      end: '1970-01-01T00:00:10.000Z',
      virtual_servers: { [web]: series },
      totals: series,
    });
  });

  it('is made once a step for all who ask for the whole', () => {
    const history = historyOf({ [web]: [0, 0, 0, 0] });
    const [first, second] = [history.read(), history.read()];
    history.take(undefined, { nowMs: 10_000, wallMs: 10_000 });
    assert.deepEqual([first === second, history.read().end], [true, '1970-01-01T00:00:10.000Z']);
  });

  it('knows nothing of a step in which nobody could be asked, and counts on from before it', () => {
    const history = historyOf({ [web]: [0, 0, 0, 0] }, undefined, { [web]: [40, 0, 0, 0] });
    assert.deepEqual(history.read().virtual_servers[web]?.connections, [null, null, 2]);
  });

  it('takes a counter that is smaller than before for one that began anew', () => {
    const history = historyOf({ [web]: [500, 0, 0, 0] }, { [web]: [30, 0, 0, 0] });
    assert.deepEqual(history.read().virtual_servers[web]?.connections, [null, 3]);
  });

  it('does not take what an older process counted for a rate of a virtual server that appears', () => {
    const history = historyOf({}, { [web]: [1_000_000, 0, 0, 0] }, { [web]: [1_000_010, 0, 0, 0] });
    assert.deepEqual(history.read().totals.connections, [null, 0, 1]);
  });

  it('forgets what is older than an hour', () => {
    const history = historyOf(
      ...Array.from({ length: 400 }, (_, step) => ({ [web]: [step * 10, 0, 0, step] as const })),
    );
    const { active, connections } = history.read().totals;
    assert.deepEqual(
      [active.length, active[0], active.at(-1), connections.every((rate) => rate === 1)],
      [360, 40, 399, true],
    );
  });

  it('forgets a virtual server when its last hour is over', () => {
    const history = historyOf({ [web]: [0, 0, 0, 1] }, ...Array.from({ length: 359 }, () => ({})));
    const before = history.rings;
    history.take(totals({}), { nowMs: 3_600_000, wallMs: 0 });
    history.take(totals({}), { nowMs: 3_610_000, wallMs: 0 });
    assert.deepEqual([before, history.rings], [1, 0]);
  });

  it('holds 512 virtual servers in 3 MB at most, and those beyond them in the totals', () => {
    const many = (count: number, connections: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`TCP 10.0.0.1:${at}`, [connections, 0, 0, 1] as const]),
      );
    const history = historyOf(many(600, 0), many(600, 10));
    assert.deepEqual(
      [
        history.rings,
        history.read().totals.connections,
        history.read().totals.active,
        MAX_HISTORY_BYTES < 3_000_000,
      ],
      [512, [null, 600], [600, 600], true],
    );
  });

  it('gives the ring of a virtual server that is gone to a new one where there is no other', () => {
    const ports = (first: number) =>
      Object.fromEntries(
        Array.from({ length: 512 }, (_, at) => [`TCP 10.0.0.1:${first + at}`, [0, 0, 0, 1] as const]),
      );
    const history = historyOf(ports(1), ports(2));
    const { virtual_servers: servers } = history.read(['TCP 10.0.0.1:1', 'TCP 10.0.0.1:513']);
    assert.deepEqual([history.rings, Object.keys(servers)], [512, ['TCP 10.0.0.1:513']]);
  });

  it('is told of chosen virtual servers only, where somebody chooses', () => {
    const history = historyOf({ a: [0, 0, 0, 1], b: [0, 0, 0, 2] });
    assert.deepEqual(Object.keys(history.read(['b', 'c']).virtual_servers), ['b']);
  });
});

describe('sampling', () => {
  it('asks each 10 s until it is stopped', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const ask = async () => totals({ [web]: [++asked * 10, 0, 0, 0] });
    const sampler = new HistorySampler({ clock, ask });
    await clock.run(20_000);
    sampler.stop();
    await clock.run(60_000);
    assert.deepEqual([asked, sampler.history.read().totals.connections, clock.pending], [3, [null, 1, 1], 0]);
  });

  it('asks nobody who has not answered yet, and has a gap for that time', async () => {
    const clock = new FakeClock();
    let asked = 0;
    let answer: (sample: Totals) => void = () => assert.fail('not asked');
    const sampler = new HistorySampler({
      clock,
      ask: () => {
        asked++;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    await clock.run(2 * HISTORY_STEP_MS);
    answer(totals({ [web]: [0, 0, 0, 5] }));
    await clock.run(0);
    sampler.stop();
    assert.deepEqual([asked, sampler.history.read().totals.active], [1, [null, null, 5]]);
  });

  it('has a gap while the dataplane worker is being restarted', async () => {
    const clock = new FakeClock();
    const sampler = new HistorySampler({ clock, ask: () => Promise.reject(new Error('being restarted')) });
    await clock.run(HISTORY_STEP_MS);
    sampler.stop();
    assert.deepEqual(sampler.history.read().totals.active, [null, null]);
  });
});
