/** Several machines at once: the outages of a change of master, and that every disorder ends with one master. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { masterDownMs, skewTimeMs } from '../../src/vrrp/timers.ts';
import { completeRouter, type VirtualRouter } from '../../src/vrrp/virtual_router.ts';
import { fast, router } from './machine_samples.ts';
import { calm, type Director, Network } from './simulation.ts';

const named = (base: VirtualRouter, name: string, options: Partial<VirtualRouter> = {}): VirtualRouter =>
  completeRouter({ ...base, name, ...options });
const pair = (base: VirtualRouter) => [
  named(base, 'first', { priority: 150, address: '10.0.0.1' }),
  named(base, 'second', { priority: 100, address: '10.0.0.2' }),
];

function startedPair(base: VirtualRouter) {
  const network = new Network(pair(base), seededRandom(1));
  const [first, second] = network.directors as readonly [Director, Director];
  first.start();
  second.start();
  network.clock.advance(5000);
  assert.deepEqual(network.roles(), ['master', 'backup']);
  return { network, first, second };
}

for (const [profile, base] of Object.entries({ 'v2, 1 s': router, 'v3, 100 ms': fast })) {
  describe(`two directors (${profile})`, () => {
    it('leave no gap when the master is stopped', () => {
      const { network, first } = startedPair(base);
      first.tell({ kind: 'stop' });
      assert.equal(network.outageMs(2000), 0);
      assert.deepEqual(network.roles(), ['initialize', 'master']);
    });
    it('leave no gap when a script of the master fails', () => {
      const { network, first } = startedPair(base);
      first.tell({ kind: 'fault', reachable: true });
      assert.equal(network.outageMs(2000), 0);
      assert.deepEqual(network.roles(), ['fault', 'master']);
    });
    it('leave no gap when the master loses its priority', () => {
      const { network, first } = startedPair(base);
      first.tell({ kind: 'priority', priority: 90 });
      assert.equal(network.outageMs(5000), 0);
      assert.deepEqual(network.roles(), ['backup', 'master']);
    });
    it('leave no gap when the better one comes back', () => {
      const { network, first } = startedPair(base);
      first.crash();
      network.clock.advance(5000);
      first.start();
      assert.equal(network.outageMs(5000), 0);
      assert.deepEqual(network.roles(), ['master', 'backup']);
    });
    it('are without a master for three intervals and the skew time at most when it crashes', () => {
      const { network, first, second } = startedPair(base);
      first.crash();
      const bound = masterDownMs(base, second.router.priority, base.advertIntMs);
      const outage = network.outageMs(5000);
      assert.ok(outage > 0 && outage <= bound + 2, `${outage} ms`);
    });
    it('keep their master over a pause that is shorter than the wait', () => {
      const { network, second } = startedPair(base);
      second.pause(2.9 * base.advertIntMs);
      network.clock.advance(10 * base.advertIntMs);
      assert.deepEqual(network.roles(), ['master', 'backup']);
    });
    it('keep their master over a long pause of the backup', () => {
      const { network, second } = startedPair(base);
      for (let pauses = 0; pauses < 20; pauses++) {
        second.pause(6 * base.advertIntMs);
        network.clock.advance(6 * base.advertIntMs);
        assert.deepEqual(network.roles(), ['master', 'backup']);
        network.clock.advance(7 * base.advertIntMs);
        assert.deepEqual(network.roles(), ['master', 'backup']);
      }
    });
  });
}

const between = (random: Random, low: number, high: number) =>
  low + Math.floor(random.next() * (high - low + 1));

/** Two or three directors, of one version, with any priorities (ties too), intervals and preemption. */
function anyRouters(random: Random): VirtualRouter[] {
  const base = random.next() < 0.5 ? router : fast;
  const preempt = random.next() < 0.6;
  return Array.from({ length: between(random, 2, 3) }, (_, index) =>
    named(base, `director ${index}`, {
      address: `10.0.0.${index + 1}`,
      priority: between(random, 1, 4) * 60,
      advertIntMs: base.version === 2 ? 1000 : between(random, 2, 20) * 10,
      preempt,
      lowerPrioNoAdvert: random.next() < 0.3,
      higherPrioSendAdvert: random.next() < 0.3,
    }),
  );
}

function disturb(network: Network): void {
  const { random, clock } = network;
  const director = network.directors[between(random, 0, network.directors.length - 1)];
  if (director === undefined) return;
  switch (between(random, 0, 6)) {
    case 0:
      director.crash();
      break;
    case 1:
      if (director.state.role !== 'initialize') director.tell({ kind: 'stop' });
      break;
    case 2:
      director.start();
      break;
    case 3:
      director.tell({ kind: 'priority', priority: between(random, 1, 254) });
      break;
    case 4:
      director.pause(between(random, 1, 3000));
      break;
    case 5:
      director.tell({ kind: 'fault', reachable: random.next() < 0.5 });
      break;
    case 6:
      network.weather = { lossProbability: random.next(), mostDelayMs: between(random, 1, 500) };
  }
  clock.advance(random.next() * 1500);
}

/** Everybody is up and heard again; who is paused wakes up, who is leaving has left. */
function calmDown(network: Network): void {
  network.weather = calm;
  network.clock.advance(3000);
  for (const director of network.directors) {
    director.tell({ kind: 'recovered' });
    if (director.state.role === 'initialize') director.start();
  }
}

const rank = ({ state, router: { address } }: Director) =>
  state.priority * 1000 + Number(address.split('.')[3]);

describe('directors after any disorder (RFC 5798 §6.1, §6.4)', () => {
  const ROUNDS = 400;
  it('have exactly one master within the master-down time, the best one where it may preempt', () => {
    let takeovers = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seededRandom(seed);
      const network = new Network(anyRouters(random), random);
      for (let events = between(random, 1, 25); events > 0; events--) disturb(network);
      calmDown(network);

      const longestMs = Math.max(...network.directors.map(({ router: { advertIntMs } }) => advertIntMs));
      const [{ router: any } = { router }] = network.directors;
      // Three intervals, the longest skew, and one interval of the loser to hear of it.
      network.clock.advance(4 * longestMs + skewTimeMs(any, 1, longestMs) + calm.mostDelayMs);
      const masters = network.directors.filter(({ state }) => state.role === 'master');
      const story = `seed ${seed}: ${network.roles()}`;
      assert.equal(masters.length, 1, story);
      const best = network.directors.reduce((left, right) => (rank(left) > rank(right) ? left : right));
      if (any.preempt) assert.equal(masters[0]?.state.priority, best.state.priority, story);

      const before = network.roles();
      assert.equal(network.outageMs(5 * longestMs), 0, story);
      assert.deepEqual(network.roles(), before, story);
      if (before[0] !== 'master') takeovers++;
    }
    assert.ok(takeovers > ROUNDS / 10, 'the disorder changed masters');
  });
});
