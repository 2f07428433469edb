import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figure, rounded, summary } from '../../bench/figures.ts';

describe('a figure', () => {
  it('has the median, the least and the most of its rounds', () => {
    assert.deepEqual(summary([3, 1, 2]), { rounds: 3, median: 2, min: 1, max: 3 });
  });

  it('of an even number of rounds has the mean of the two in the middle', () => {
    assert.deepEqual(summary([4, 1, 2, 3]), { rounds: 4, median: 2.5, min: 1, max: 4 });
  });

  it('that was never measured is none', () => {
    assert.throws(() => summary([]), /it was never measured/);
  });

  it('says whether its bound holds, of the median', () => {
    const described = { name: 'start', unit: 'ms', better: 'less', bound: 2 } as const;
    const expected = { ...described, rounds: 3, median: 2, min: 1, max: 9, ok: true };
    assert.deepEqual(figure(described, [1, 2, 9]), expected);
  });

  it('of which more is better is held to at least its bound', () => {
    const described = { name: 'rate', unit: '1/s', better: 'more', bound: 3 } as const;
    const expected = { ...described, rounds: 1, median: 2, min: 2, max: 2, ok: false };
    assert.deepEqual(figure(described, [2]), expected);
  });

  it('is rounded to what can be told apart', () => {
    assert.deepEqual([0.12345, 12.345, 12345.6].map(rounded), [0.123, 12.3, 12346]);
  });
});
