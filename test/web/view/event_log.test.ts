import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLog } from '../../../src/web/view/event_log.ts';

const line = (text: string) => ({ at: '2026-01-31T12:00:00.000Z', kind: 'real_server_up', text });
const texts = (log: EventLog) => log.lines.map(({ text }) => text);

describe('the events that the page knows', () => {
  it('keep what the stream told after the question', () => {
    const log = new EventLog();
    log.add(line('before'));
    const question = log.ask();
    log.add(line('after'));
    log.answer(question, [line('older'), line('before')]);
    assert.deepEqual(texts(log), ['older', 'before', 'after']);
  });

  it('are told once where the answer and the stream have them, whichever comes first', () => {
    const log = new EventLog();
    const question = log.ask();
    log.add(line('one'));
    log.answer(question, [line('one'), line('two')]);
    assert.equal(log.add(line('two')), false);
    assert.deepEqual(texts(log), ['one', 'two']);
  });

  it('are not those of an earlier question where a later one was answered', () => {
    const log = new EventLog();
    const [first, second] = [log.ask(), log.ask()];
    log.answer(second, [line('late')]);
    assert.equal(log.answer(first, [line('early')]), false);
    assert.deepEqual(texts(log), ['late']);
  });

  it('are those of an earlier question as long as the later one is not answered', () => {
    const log = new EventLog();
    const [first] = [log.ask(), log.ask()];
    log.answer(first, [line('early')]);
    assert.deepEqual(texts(log), ['early']);
  });

  it('are at most 200, the newest', () => {
    const log = new EventLog();
    for (let index = 0; index < 250; index += 1) log.add(line(String(index)));
    assert.deepEqual([log.lines.length, texts(log)[0], texts(log).at(-1)], [200, '50', '249']);
  });
});
