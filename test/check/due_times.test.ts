import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Due, DueTimes } from '../../src/check/due_times.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

class Calling extends Due {
  readonly due: () => void;

  constructor(due: () => void) {
    super();
    this.due = due;
  }
}

/** What is called, and when. */
function world() {
  const clock = new FakeClock();
  const dueTimes = new DueTimes(clock);
  const called: string[] = [];
  const named = (name: string) => new Calling(() => void called.push(`${clock.nowMs()} ${name}`));
  return { clock, dueTimes, called, named };
}

describe('due times', () => {
  it('calls what is due within the same 10 ms together, never early, in the order of its coming', () => {
    const { clock, dueTimes, called, named } = world();
    dueTimes.add(25, named('second'));
    dueTimes.add(21, named('third'));
    dueTimes.add(20, named('first'));
    const timers = clock.pending;
    clock.advance(100);
    assert.deepEqual({ timers, called }, { timers: 2, called: ['20 first', '30 second', '30 third'] });
  });

  it('calls what is overdue at the next 10 ms', () => {
    const { clock, dueTimes, called, named } = world();
    clock.advance(95);
    dueTimes.add(40, named('late'));
    clock.advance(5);
    assert.deepEqual(called, ['100 late']);
  });

  it('keeps no timer for what was removed, and calls what is left', () => {
    const { clock, dueTimes, called, named } = world();
    const [gone, other] = [named('gone'), named('other')];
    dueTimes.add(10, gone);
    dueTimes.add(10, other);
    dueTimes.add(20, named('gone, too'));
    dueTimes.remove(gone);
    const timers = clock.pending;
    clock.advance(15);
    dueTimes.remove(gone);
    assert.deepEqual({ timers, called, left: clock.pending }, { timers: 2, called: ['10 other'], left: 1 });
  });

  it('calls what waits elsewhere already at its new time only', () => {
    const { clock, dueTimes, called, named } = world();
    const moved = named('moved');
    dueTimes.add(10, moved);
    dueTimes.add(30, moved);
    const timers = clock.pending;
    clock.advance(50);
    assert.deepEqual({ timers, called }, { timers: 1, called: ['30 moved'] });
  });

  it('takes one out from between others', () => {
    const { clock, dueTimes, called, named } = world();
    const all = [named('first'), named('second'), named('third'), named('fourth')] as const;
    for (const one of all) dueTimes.add(10, one);
    for (const gone of [all[1], all[3], all[0]]) dueTimes.remove(gone);
    dueTimes.add(10, all[1]);
    clock.advance(50);
    assert.deepEqual(called, ['10 third', '10 second']);
  });

  it('leaves out what another removes in the same moment, and waits for what it adds', () => {
    const { clock, dueTimes, called, named } = world();
    const second = named('second');
    dueTimes.add(
      10,
      new Calling(() => {
        dueTimes.remove(second);
        dueTimes.add(clock.nowMs(), named('added'));
      }),
    );
    dueTimes.add(10, second);
    clock.advance(50);
    assert.deepEqual({ called, left: clock.pending }, { called: ['10 added'], left: 0 });
  });

  it('keeps to a finer time where it is asked to', () => {
    const { clock, dueTimes, called, named } = world();
    dueTimes.add(21.4, named('exact'), 1);
    dueTimes.add(21.4, named('ordinary'));
    clock.advance(100);
    assert.deepEqual(called, ['22 exact', '30 ordinary']);
  });

  it('behind with its work, calls what has waited longest first, and everything once', () => {
    const { clock, dueTimes, called, named } = world();
    const stall = new Calling(() => clock.stall(95));
    dueTimes.add(10, stall);
    for (let count = 0; count < 600; count++) dueTimes.add(10, named('first'));
    for (let count = 0; count < 600; count++) dueTimes.add(20, named('second'));
    dueTimes.add(105, named('third'));
    clock.advance(200);
    const names = called.map((text) => text.split(' ')[1]);
    assert.deepEqual(
      { names: names.filter((name, at) => name !== names[at - 1]), count: called.length },
      { names: ['first', 'second', 'third'], count: 1_201 },
    );
  });

  it('lets other events have their turn after 500', () => {
    const { clock, dueTimes, called, named } = world();
    for (let count = 0; count < 1_200; count++) dueTimes.add(10, named('due'));
    const seen: number[] = [];
    const look = () => {
      seen.push(called.length);
      if (called.length < 1_200) clock.setTimer(0, look);
    };
    clock.setTimer(10, look);
    clock.advance(10);
    assert.deepEqual(seen, [500, 1_000, 1_200]);
  });
});
