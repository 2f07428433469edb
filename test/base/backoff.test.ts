import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Backoff } from '../../src/base/backoff.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

it('what dies again and again is started less and less often, and soon again where it has lived for 30 s', () => {
  const clock = new FakeClock();
  const backoff = new Backoff(clock, 1_000);
  const delays = [1, 2, 3, 4, 5].map(() => {
    backoff.started();
    return backoff.nextMs();
  });
  backoff.started();
  clock.advance(30_000);
  assert.deepEqual([...delays, backoff.nextMs()], [1_000, 2_000, 4_000, 8_000, 10_000, 1_000]);
});
