/** Pure: two runs side by side. What lies within the noise of both is no difference. */
import { printed } from './figures.ts';
import type { Run } from './result.ts';
import type { Figure } from './scenario.ts';
import { aboutMachine, columns } from './table.ts';

export type Change = 'better' | 'worse' | 'no difference';

export interface Comparison {
  readonly scenario: string;
  readonly name: string;
  readonly unit: string;
  readonly before: Figure;
  readonly after: Figure;
  /** Of the medians, in percent of the first; undefined where that is 0. */
  readonly percent?: number;
  readonly change: Change;
}

export interface Compared {
  readonly comparisons: readonly Comparison[];
  /** Figures that only one of the runs has, as 'scenario: figure'. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** True where they are of machines, or kernels, that differ: then it is these that are compared. */
  readonly otherMachine: boolean;
}

interface Placed {
  readonly scenario: string;
  readonly figure: Figure;
}

const keyOf = ({ scenario, figure }: Placed) => `${scenario}: ${figure.name}`;

function placed({ scenarios }: Run): readonly Placed[] {
  return scenarios.flatMap(({ name, figures }) => figures.map((figure) => ({ scenario: name, figure })));
}

/** Ranges that touch say nothing; where each was measured only once, neither does any difference. */
export function changeOf(before: Figure, after: Figure): Change {
  const overlap = before.min <= after.max && after.min <= before.max;
  if (overlap) return 'no difference';
  return after.median < before.median === (after.better === 'less') ? 'better' : 'worse';
}

function comparison({ scenario, figure: before }: Placed, after: Figure): Comparison {
  const percent = before.median === 0 ? undefined : (100 * (after.median - before.median)) / before.median;
  return {
    scenario,
    name: before.name,
    unit: before.unit,
    before,
    after,
    ...(percent === undefined ? {} : { percent: Math.round(percent * 10) / 10 }),
    change: changeOf(before, after),
  };
}

export function compare(before: Run, after: Run): Compared {
  const [first, second] = [placed(before), placed(after)];
  const later = new Map(second.map((one) => [keyOf(one), one.figure]));
  const earlier = new Set(first.map(keyOf));
  const pairs = first.flatMap((one) => {
    const other = later.get(keyOf(one));
    return other === undefined || other.unit !== one.figure.unit ? [] : [comparison(one, other)];
  });
  return {
    comparisons: pairs,
    onlyBefore: first.map(keyOf).filter((key) => !later.has(key)),
    onlyAfter: second.map(keyOf).filter((key) => !earlier.has(key)),
    otherMachine:
      before.machine.processor !== after.machine.processor || before.machine.kernel !== after.machine.kernel,
  };
}

const range = ({ median, min, max }: Figure) => `${printed(median)} (${printed(min)}..${printed(max)})`;

export function compareTable(before: Run, after: Run): string {
  const { comparisons, onlyBefore, onlyAfter, otherMachine } = compare(before, after);
  const rows = comparisons.map(({ scenario, name, unit, percent, change, ...runs }) => [
    `${scenario}: ${name}`,
    range(runs.before),
    range(runs.after),
    unit,
    percent === undefined ? '' : `${percent > 0 ? '+' : ''}${percent} %`,
    change,
  ]);
  const once = comparisons.some((one) => Math.min(one.before.rounds, one.after.rounds) < 3);
  return [
    `A: ${before.began}, xlb ${before.xlb}, ${aboutMachine(before.machine)}`,
    `B: ${after.began}, xlb ${after.xlb}, ${aboutMachine(after.machine)}`,
    ...(otherMachine ? ['These are different machines or kernels: the differences may be theirs.'] : []),
    '',
    columns([['', 'A: median (min..max)', 'B: median (min..max)', '', 'B - A', ''], ...rows], [1, 2, 4]),
    '',
    "'no difference': the ranges from min to max overlap.",
    ...(once ? ['Some were measured fewer than 3 times: their ranges say little (--rounds).'] : []),
    ...onlyBefore.map((key) => `only in A: ${key}`),
    ...onlyAfter.map((key) => `only in B: ${key}`),
    '',
  ].join('\n');
}
