import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLog, type LoggedEvent } from '../../src/daemon/event_log.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const opened = (name: string) => [{ kind: 'pool_opened', virtual_server: name }, `${name} opened`] as const;
const namesOf = (events: readonly LoggedEvent[]) => events.map(({ text }) => text.split(' ')[0]);

describe('the event log', () => {
  it('says when, what and a sentence of each event', () => {
    const log = new EventLog(new FakeClock());
    log.add(...opened('A'));
    assert.deepEqual(log.last(), [
      {
        at: new Date(new FakeClock().wallMs()).toISOString(),
        kind: 'pool_opened',
        virtual_server: 'A',
        text: 'A opened',
      },
    ]);
  });

  it('keeps the newest, and gives as many of them as are asked for, the newest last', () => {
    const log = new EventLog(new FakeClock(), 3);
    for (const name of ['A', 'B', 'C', 'D']) log.add(...opened(name));
    assert.deepEqual([log.last(), log.last(2), log.last(0), log.last(-1)].map(namesOf), [
      ['B', 'C', 'D'],
      ['C', 'D'],
      [],
      [],
    ]);
  });

  it('tells its listeners until they have had enough, or fail', () => {
    const log = new EventLog(new FakeClock());
    const heard: string[] = [];
    const enough = log.subscribe(({ text }) => heard.push(`one: ${text}`));
    log.subscribe(({ text }) => {
      heard.push(`two: ${text}`);
      throw new Error('it has a fault');
    });
    log.add(...opened('A'));
    log.add(...opened('B'));
    enough();
    log.add(...opened('C'));
    assert.deepEqual(heard, ['one: A opened', 'two: A opened', 'one: B opened']);
  });
});
