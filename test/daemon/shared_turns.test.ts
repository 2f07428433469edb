import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SharedTurns } from '../../src/daemon/shared_turns.ts';

const settle = () => new Promise(setImmediate);

it('a turn is shared by those who came before it began, also when the one before fails', async () => {
  const turns: { done: (value: string) => void; fail: (error: Error) => void }[] = [];
  const shared = new SharedTurns(
    () => new Promise<string>((resolve, reject) => turns.push({ done: resolve, fail: reject })),
  );
  const got: string[] = [];
  const ask = () =>
    void shared.ask().then(
      (value) => got.push(value),
      (error: Error) => got.push(error.message),
    );
  for (let count = 0; count < 3; count++) ask();
  const first = turns.length;
  turns[0]?.fail(new Error('the worker died'));
  await settle();
  const second = turns.length;
  turns[1]?.done('tables');
  await settle();
  ask();
  assert.deepEqual([first, second, turns.length, got], [1, 2, 3, ['the worker died', 'tables', 'tables']]);
});
