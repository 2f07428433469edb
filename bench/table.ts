/** Pure: what a run has found, for a terminal. */
import CliTable from 'cli-table3';
import { printed, verdict } from './figures.ts';
import type { Machine } from './machine.ts';
import type { Row } from './registry.ts';
import type { ScenarioResult } from './result.ts';

/** Columns two spaces apart, without rules. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const [first = []] = rows;
  const none = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
      [side, ''],
      [`${side}-mid`, ''],
      [`mid-${side}`, ''],
      [`${side}-left`, ''],
      [`${side}-right`, ''],
    ]),
  );
  const table = new CliTable({
    chars: { ...none, 'left-mid': '', 'mid-mid': '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: first.map((_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

export function aboutMachine({
  processor,
  processors,
  memory_gib,
  kernel,
  virtual,
  node,
  load,
}: Machine): string {
  const where = virtual ? ' (virtual)' : '';
  return (
    `${processor}, ${processors} processors${where}, ${memory_gib} GiB, Linux ${kernel}, Node.js ${node}, ` +
    `load ${load.toFixed(2)} at the start`
  );
}

export function aboutScenario({ about = {} }: Pick<ScenarioResult, 'about'>): string {
  return Object.entries(about)
    .map(([what, value]) => `${what} ${value}`)
    .join(', ');
}

/** One scenario: its figures, what they were found with, its notes. */
export function scenarioTable(result: ScenarioResult): string {
  const rows = result.figures.map((figure) => [
    figure.name,
    printed(figure.median),
    `${printed(figure.min)}..${printed(figure.max)}`,
    figure.unit,
    `${figure.rounds} x`,
    [verdict(figure), figure.note].filter(Boolean).join('; '),
  ]);
  const about = aboutScenario(result);
  return [
    `${result.name}: ${result.measures}`,
    ...(about === '' ? [] : [about]),
    columns([['', 'median', 'min..max', '', 'rounds', ''], ...rows], [1, 2, 4]),
    ...(result.notes ?? []).map((note) => `- ${note}`),
    '',
  ].join('\n');
}

/** The scenarios, and below them what each of them can be told. */
export function list(rows: readonly Row[]): string {
  const scenarios = rows.map(({ name, measures, needs, standard }) => [
    standard ? `${name} *` : name,
    measures,
    needs,
  ]);
  return [
    columns([['scenario', 'measures', 'needs'], ...scenarios]),
    '* those that run where none is named',
    columns([['option', 'does', 'of'], ...optionsOf(rows)]),
  ].join('\n\n');
}

function optionsOf(rows: readonly Row[]): string[][] {
  const all = new Map(rows.flatMap(({ options }) => options.map((option) => [option.name, option] as const)));
  return [...all.values()].map(({ describe, name, value }) => [
    value === undefined ? `--${name}` : `--${name} <${value}>`,
    describe,
    rows
      .filter(({ options }) => options.some((option) => option.name === name))
      .map((row) => row.name)
      .join(', '),
  ]);
}
