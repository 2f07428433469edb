import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editDistance, nearest } from '../../src/config/suggest.ts';

describe('the nearest word', () => {
  const cases: [string, string | undefined][] = [
    ['wlcc', 'wlc'],
    ['WRR', 'wrr'],
    ['protocl', 'protocol'],
    ['rp', 'rr'],
    ['persistence', undefined],
    ['x'.repeat(1000), undefined],
  ];
  for (const [word, expected] of cases)
    it(`to ${word.slice(0, 20)} is ${expected ?? 'none'}`, () => {
      assert.equal(nearest(word, ['rr', 'wrr', 'wlc', 'protocol']), expected);
    });

  it('counts a swap of neighbours as one edit', () => {
    assert.deepEqual(
      [editDistance('lb_aglo', 'lb_algo'), editDistance('', 'abc'), editDistance('kitten', 'sitting')],
      [1, 3, 3],
    );
  });
});
