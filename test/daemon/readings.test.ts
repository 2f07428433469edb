import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { PART_MS, type Reading, Readings } from '../../src/daemon/readings.ts';
import type { DataplaneState } from '../../src/dataplane/messages.ts';
import type { VirtualServerSnapshot } from '../../src/director/snapshot.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const state = { interfaces: [] } as unknown as DataplaneState;
let clock = new FakeClock();
let answers: ((state: DataplaneState) => void)[] = [];
let servers: readonly VirtualServerSnapshot[] = [];
let readings = make();

function make(): Readings {
  return new Readings(
    {
      clock,
      dataplane: { read: () => new Promise((resolve) => answers.push(resolve)) },
      vrrp: { status: async () => [] },
      bfd: { status: () => Promise.reject(new Error('it died')) },
    },
    () => servers,
  );
}

const settle = () => new Promise(setImmediate);
const answer = async () => {
  for (const resolve of answers.splice(0)) resolve(state);
  await settle();
};

beforeEach(() => {
  clock = new FakeClock();
  answers = [];
  servers = [];
  readings = make();
});

describe('the threads of a director', () => {
  it('are asked once at a time: who comes meanwhile shares the next', async () => {
    const seen: Reading[] = [];
    const ask = () => void readings.ask().then((reading) => seen.push(reading));
    for (let count = 0; count < 4; count++) ask();
    const first = answers.length;
    await answer();
    const second = [seen.length, answers.length];
    await answer();
    assert.deepEqual([first, second, seen.length, new Set(seen).size, answers.length], [1, [1, 1], 4, 2, 0]);
    ask();
    assert.equal(answers.length, 1);
    await answer();
    assert.equal(new Set(seen).size, 3);
  });

  it('answer about the servers as these were when they were asked, whatever changed meanwhile', async () => {
    const asked = readings.ask();
    servers = [{} as VirtualServerSnapshot];
    await answer();
    assert.deepEqual((await asked).servers, []);
  });

  it('have a limit of time each: one that hangs is as one that is being restarted', async () => {
    const asked = readings.ask();
    await settle();
    const armed = clock.pending;
    clock.advance(PART_MS);
    assert.deepEqual(
      [armed, await asked, clock.pending],
      [1, { dataplane: undefined, vrrpInstances: [], sessions: undefined, servers: [], made: new Map() }, 0],
    );
  });
});
