import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NewlyIgnored, NONE_IGNORED } from '../../../src/check/vip/ignored.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';

describe('what probes have ignored since it was told', () => {
  it('is told once a second at most, and nothing of it twice', () => {
    const clock = new FakeClock();
    let total = { ...NONE_IGNORED, wrong: 2 };
    const newly = new NewlyIgnored(
      () => total,
      () => clock.nowMs(),
    );
    const told = [newly.take()];
    total = { ...total, wrong: 5, elsewhere: 1 };
    told.push(newly.take());
    clock.advance(1_000);
    told.push(newly.take());
    clock.advance(1_000);
    told.push(newly.take());
    assert.deepEqual(told, [
      { ...NONE_IGNORED, wrong: 2 },
      undefined,
      { ...NONE_IGNORED, wrong: 3, elsewhere: 1 },
      undefined,
    ]);
  });
});
