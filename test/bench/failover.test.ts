import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configuration } from '../../bench/failover/directors.ts';
import { type Answer, outageOf } from '../../bench/failover/outage.ts';
import { failoverFigures } from '../../bench/failover.ts';

const answer = (atMs: number, who: string, lateMs = 0): Answer => ({ atMs, who, lateMs });

describe('an outage', () => {
  const answers = [answer(0, 'a'), answer(5, 'a'), answer(10, 'a'), answer(322, 'b'), answer(327, 'b')];

  it('is the longest time between answers, and lasts until the other one answers', () => {
    assert.deepEqual(outageOf(answers, { atMs: 12, who: 'b' }), { gapMs: 312, takeoverMs: 310 });
  });

  it('is not known before that one has answered', () => {
    assert.equal(outageOf(answers.slice(0, 3), { atMs: 12, who: 'b' }), undefined);
  });

  it('does not count what the probe itself was late', () => {
    const late = [answer(0, 'a'), answer(45, 'b', 40)];
    assert.deepEqual(outageOf(late, { atMs: 2, who: 'b' }), { gapMs: 5, takeoverMs: 43 });
  });
});

describe('the figures of a fail-over', () => {
  it('are of each couple and each trouble, over the rounds', () => {
    const couple = { a: 'xlb', b: 'keepalived' } as const;
    const outage = (gapMs: number) => ({ gapMs, takeoverMs: gapMs + 1 });
    const suffered = [310, 320, 330].map((gap) => ({
      couple,
      trouble: 'crash' as const,
      gone: outage(gap),
      back: outage(8),
    }));
    const figures = failoverFigures(suffered);
    assert.deepEqual(
      figures.map(({ name, median, min, max }) => [name, median, min, max]),
      [
        ['xlb/keepalived, crash of the master: nobody answers for', 320, 310, 330],
        ['xlb/keepalived, crash of the master: the backup answers after', 321, 311, 331],
        ['xlb/keepalived, crash of the master: return: nobody answers for', 8, 8, 8],
        ['xlb/keepalived, crash of the master: return: the master answers after', 9, 9, 9],
      ],
    );
  });

  it('come of configurations that differ in role and priority only', () => {
    const [a, b] = (['a', 'b'] as const).map((side) => configuration(side, 0.1, '/flag').split('\n'));
    const differing = a?.filter((line, at) => line !== b?.[at]).map((line) => line.trim().split(' ')[0]);
    assert.deepEqual(differing, ['router_id', 'state', 'priority']);
  });
});
