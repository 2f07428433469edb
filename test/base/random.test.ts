import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';

describe('a seeded random', () => {
  it('repeats itself under the same seed', () => {
    const [one, other] = [seededRandom(7), seededRandom(7)];
    const draw = (random: { next(): number }) => Array.from({ length: 5 }, () => random.next());
    assert.deepEqual(draw(one), draw(other));
  });

  it('stays within 0 to 1 and covers it', () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 10_000 }, () => random.next());
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    assert.ok(Math.min(...drawn) >= 0 && Math.max(...drawn) < 1);
    assert.ok(Math.abs(mean - 0.5) < 0.02);
  });
});
