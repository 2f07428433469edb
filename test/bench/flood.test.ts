import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { summed } from '../../bench/flood/requests.ts';
import { floodFigures } from '../../bench/flood.ts';
import { numberOf } from '../../bench/options.ts';

const answered = Array.from({ length: 200 }, (_, at) => ({ tookMs: at + 1 }));

describe('requests that ended', () => {
  it('are summed up with the time that 99 of 100 of the answers were there in', () => {
    assert.deepEqual(summed([...answered, { tookMs: 3_000, reason: 'ECONNRESET' }]), {
      answered: 200,
      failed: 1,
      medianMs: 100.5,
      slowMs: 198,
      slowestMs: 200,
      reasons: { ECONNRESET: 1 },
    });
  });

  it('may all have failed', () => {
    const { answered: good, failed, slowMs } = summed([{ tookMs: 3_000, reason: 'no answer in time' }]);
    assert.deepEqual([good, failed, slowMs], [0, 1, 0]);
  });
});

describe('the figures of a flood', () => {
  it('hold failures over connections that are kept to none, answers over new ones to 99 %', () => {
    const none = summed([]);
    const steps = [
      {
        established: summed(answered),
        fresh: { ...none, answered: 98, failed: 2 },
        flood: 1_000_000,
        taken: 900_000,
      },
    ];
    assert.deepEqual(
      floodFigures('full', steps).map(({ name, median, ok }) => [name, median, ok]),
      [
        ['full rate: SYNs that were sent', 1_000_000, undefined],
        ['full rate: packets that the director took', 900_000, undefined],
        ['full rate: established, failed requests', 0, true],
        ['full rate: established, 99 of 100 within', 198, undefined],
        ['full rate: new, answered', 98, false],
        ['full rate: new, 99 of 100 within', 0, undefined],
      ],
    );
  });
});

describe('a number on the command line of a scenario', () => {
  const limits = { otherwise: 4, least: 1, most: 10 };
  const read = (given: string | undefined) => numberOf({ option: () => given }, 'seconds', limits);

  it('has a default', () => {
    assert.deepEqual([read(undefined), read('2.5')], [4, 2.5]);
  });

  for (const wrong of ['', 'nix', '0', '11'])
    it(`refuses "${wrong}"`, () => {
      assert.throws(() => read(wrong), /Cannot take --seconds .*: it is not a number from 1 to 10/);
    });
});
