import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import { type Estimate, nextEstimate, ratesOf, startEstimate } from '../../src/dataplane/estimator.ts';
import { Rates } from '../../src/dataplane/rates.ts';
import { tableOf } from '../helpers/fake_host.ts';

const counters = (packets: number) => ({ connections: packets / 10, packets, bytes: packets * 100 });

/** Rates after so many steps of two seconds with the same traffic in each. */
function after(steps: number, packetsAStep: number, from: Estimate = startEstimate(counters(0))): Estimate {
  let estimate = from;
  for (let step = 1; step <= steps; step++) {
    const { last } = estimate;
    estimate = nextEstimate(estimate, counters(last.packets + packetsAStep));
  }
  return estimate;
}

describe('an estimate of rates (ip_vs_est.c)', () => {
  it('takes a quarter of what is new every two seconds', () => {
    assert.deepEqual(ratesOf(after(1, 2_000)), { connections: 25, packets: 250, bytes: 25_000 });
    assert.deepEqual(ratesOf(after(2, 2_000)), { connections: 44, packets: 437, bytes: 43_750 });
  });

  it('comes to the rate and goes back to 0', () => {
    const steady = after(40, 2_000);
    assert.deepEqual(ratesOf(steady), { connections: 100, packets: 1_000, bytes: 99_999 });
    assert.deepEqual(ratesOf(after(60, 0, steady)), { connections: 0, packets: 0, bytes: 0 });
  });

  it('does not count what was there before', () => {
    assert.deepEqual(ratesOf(startEstimate(counters(1_000_000))), { connections: 0, packets: 0, bytes: 0 });
  });
});

describe('the rates of the tables', () => {
  const spec: VirtualServerSpec = {
    protocol: 'TCP',
    address: '10.0.0.1',
    port: 80,
    scheduler: 'rr',
    destinations: [{ address: '10.0.0.2', weight: 1 }],
  };
  const counted = (packets: number) => {
    const table = tableOf(spec);
    const destinations = table.destinations.map((one) => ({ ...one, ...counters(packets) }));
    return { ...table, ...counters(packets), destinations };
  };

  it('are those of each virtual server and destination, and begin anew when counters are zeroed', () => {
    const rates = new Rates([counted(8_000)]);
    rates.take([counted(10_000)]);
    const own = { connections: 25, packets: 250, bytes: 25_000 };
    assert.deepEqual(rates.of(counted(10_000)), { own, destinations: [own] });
    rates.restart([counted(10_000)], spec);
    const none = { connections: 0, packets: 0, bytes: 0 };
    assert.deepEqual(rates.of(counted(10_000)), { own: none, destinations: [none] });
    rates.take([counted(12_000)]);
    assert.deepEqual(
      rates.of(counted(12_000)).own,
      own,
      'nothing is missed between zeroing and the next look',
    );
  });

  it('count a new virtual server from 0', () => {
    const rates = new Rates([]);
    rates.take([counted(2_000)]);
    assert.deepEqual(rates.of(counted(2_000)).own, { connections: 25, packets: 250, bytes: 25_000 });
  });
});
