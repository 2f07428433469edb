import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recent } from '../../src/check/recent.ts';

describe('things by number, of which few stay', () => {
  it('finds those that stayed while thousands came and went', () => {
    const things = new Recent<string>();
    things.add(1, 'hangs');
    things.add(2, 'hangs too');
    for (let number = 3; number < 20_000; number++) {
      things.add(number, 'goes');
      assert.equal(things.delete(number), true);
    }
    things.add(20_000, 'new');
    assert.deepEqual(
      [1, 2, 3, 20_000].map((number) => things.get(number)),
      ['hangs', 'hangs too', undefined, 'new'],
    );
    assert.equal(things.size, 3);
  });

  it('forgets each once', () => {
    const things = new Recent<string>();
    for (const number of [7, 7 + 4_096]) things.add(number, `of ${number}`);
    const forgotten = [7, 7, 7 + 4_096, 7 + 4_096, 8].map((number) => things.delete(number));
    assert.deepEqual(forgotten, [true, false, true, false, false]);
    assert.deepEqual([things.size, things.get(7), things.get(7 + 4_096)], [0, undefined, undefined]);
  });

  it('takes numbers that begin anew', () => {
    const things = new Recent<string>();
    things.add(2 ** 32 - 1, 'last');
    things.add(1, 'first');
    assert.deepEqual([things.get(2 ** 32 - 1), things.get(1)], ['last', 'first']);
  });
});
