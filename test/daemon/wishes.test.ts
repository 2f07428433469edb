import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Wishes } from '../../src/daemon/wishes.ts';

describe('wishes to the dataplane', () => {
  const settle = () => new Promise(setImmediate);
  function world() {
    const answers: (() => void)[] = [];
    const worker = { running: true };
    const wishes = new Wishes(
      () => new Promise<void>((resolve) => answers.push(resolve)),
      () => worker.running,
    );
    return { answers, wishes, worker };
  }

  it('are sent at once, and those of changes meanwhile together when it is answered', async () => {
    const { answers, wishes } = world();
    for (let count = 0; count < 3; count++) wishes.changed();
    const first = answers.length;
    answers[0]?.();
    await settle();
    answers[1]?.();
    await settle();
    assert.deepEqual([first, answers.length], [1, 2]);
    wishes.changed();
    assert.equal(answers.length, 3);
  });

  it('that wait are sent before somebody asks what is in the tables, and then not again', async () => {
    const { answers, wishes } = world();
    wishes.sendAll();
    const none = answers.length;
    wishes.changed();
    wishes.changed();
    wishes.sendAll();
    wishes.sendAll();
    const sent = answers.length;
    for (const answer of answers) answer();
    await settle();
    assert.deepEqual([none, sent, answers.length], [0, 2, 2]);
  });

  it('do not pile up while their worker is being restarted, however many ask', async () => {
    const { answers, wishes, worker } = world();
    wishes.changed();
    worker.running = false;
    for (let count = 0; count < 3; count++) {
      wishes.changed();
      wishes.sendAll();
    }
    const sent = answers.length;
    worker.running = true;
    answers[0]?.();
    await settle();
    assert.deepEqual([sent, answers.length], [1, 2]);
  });
});
