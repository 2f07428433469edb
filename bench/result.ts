/** What a run leaves in its JSON file (docs/bench.md), and reading one back. */
import { readFileSync } from 'node:fs';
import { reasonOf, XlbError } from '../src/base/errors.ts';
import type { Machine } from './machine.ts';
import type { Measured } from './scenario.ts';

/** Changes when a program that reads the file has to. */
export const format = 'xlb-bench-1';

export interface ScenarioResult extends Measured {
  readonly name: string;
  readonly measures: string;
}

export interface Run {
  readonly format: typeof format;
  readonly xlb: string;
  /** When it began, UTC. */
  readonly began: string;
  readonly machine: Machine;
  readonly scenarios: readonly ScenarioResult[];
}

/** True where all bounds hold. */
export function isKept({ scenarios }: Pick<Run, 'scenarios'>): boolean {
  return scenarios.every(({ figures }) => figures.every(({ ok }) => ok !== false));
}

export function readRun(file: string): Run {
  const help = 'it takes a file that `xlb bench ... --json FILE` wrote';
  let run: unknown;
  try {
    run = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new XlbError('USAGE', `Cannot read the run in ${file}: ${reasonOf(error)}`, { help });
  }
  if (isRun(run)) return run;
  throw new XlbError('USAGE', `Cannot read the run in ${file}: it is not in the format ${format}`, { help });
}

function isRun(value: unknown): value is Run {
  if (typeof value !== 'object' || value === null) return false;
  const { format: given, scenarios, machine } = value as Partial<Run>;
  return (
    given === format &&
    typeof machine === 'object' &&
    Array.isArray(scenarios) &&
    scenarios.every((one: Partial<ScenarioResult> | null) => Array.isArray(one?.figures))
  );
}
