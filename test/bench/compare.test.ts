import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeOf, compare, compareTable } from '../../bench/compare.ts';
import { runOf, someFigure } from '../helpers/bench_runs.ts';

const lower = { ...someFigure, median: 80, min: 70, max: 89 };

describe('two runs', () => {
  it('whose ranges overlap show no difference', () => {
    const after = { ...someFigure, median: 120, min: 110, max: 130 };
    assert.equal(changeOf(someFigure, after), 'no difference');
  });

  it('differ for the better where less is better and the second is wholly below', () => {
    assert.deepEqual(compare(runOf([someFigure]), runOf([lower])), {
      comparisons: [
        {
          scenario: 'core',
          name: 'new flow',
          unit: 'ns',
          before: someFigure,
          after: lower,
          percent: -20,
          change: 'better',
        },
      ],
      onlyBefore: [],
      onlyAfter: [],
      otherMachine: false,
    });
  });

  it('differ for the worse where more is better and the second is wholly below', () => {
    const more = { better: 'more' } as const;
    assert.equal(changeOf({ ...someFigure, ...more }, { ...lower, ...more }), 'worse');
  });

  it('tell which figures only one of them has', () => {
    const { onlyBefore, onlyAfter } = compare(runOf([someFigure]), runOf([lower], 'http'));
    assert.deepEqual(
      { onlyBefore, onlyAfter },
      { onlyBefore: ['core: new flow'], onlyAfter: ['http: new flow'] },
    );
  });

  it('of different machines are said to be that', () => {
    const other = runOf([lower]);
    const text = compareTable(runOf([someFigure]), {
      ...other,
      machine: { ...other.machine, processor: '6502' },
    });
    assert.match(text, /different machines or kernels/);
  });
});
