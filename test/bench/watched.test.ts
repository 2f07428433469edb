/** What the rounds of the scenario `watched` become. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchedFigures } from '../../bench/watched.ts';

const turn = (program: number, rate: number) => ({ program, empty: 40, rate });

describe('the figures of forwarding while the director is watched', () => {
  const figures = watchedFigures('new flows', [
    { alone: turn(90, 2_000_000), watched: turn(91, 2_000_000) },
    { alone: turn(140, 1_000_000), watched: turn(145, 800_000) },
    { alone: turn(80, 2_000_000), watched: turn(90, 1_600_000) },
  ]);

  it('hold each round against its own, above the empty program', () => {
    assert.deepEqual(figures[2], {
      name: 'new flows: cost, watched to not',
      unit: 'of 1',
      better: 'less',
      bound: 1.05,
      ok: true,
      rounds: 3,
      median: 1.05,
      min: 1.02,
      max: 1.25,
    });
  });

  it('say what a packet takes of the time of the processor, and that it is too much', () => {
    assert.deepEqual(figures[5], {
      name: 'new flows: time of a packet, watched to not',
      unit: 'of 1',
      better: 'less',
      bound: 1.05,
      ok: false,
      rounds: 3,
      median: 1.25,
      min: 1,
      max: 1.25,
    });
  });
});
