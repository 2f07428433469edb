import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Seldom } from '../../../src/web/view/seldom.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';

it('what is wished for often runs at once, then once in each stretch, and never after the last wish but once', () => {
  const clock = new FakeClock(0);
  const ranMs: number[] = [];
  const seldom = new Seldom(clock, 1_000, () => ranMs.push(clock.nowMs()));
  for (let step = 0; step < 25; step += 1) {
    seldom.wish();
    clock.advance(100);
  }
  clock.advance(10_000);
  seldom.wish();
  assert.deepEqual(ranMs, [0, 1_000, 2_000, 3_000, 12_500]);
});
