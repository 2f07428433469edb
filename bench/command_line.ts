/** Pure: argv of `xlb bench` -> what shall be done. */
import { parseArgs } from 'node:util';
import { reasonOf, XlbError } from '../src/base/errors.ts';
import type { Row } from './registry.ts';

export interface RunOrder {
  readonly kind: 'run';
  readonly rows: readonly Row[];
  readonly rounds?: number;
  readonly json?: string;
  readonly report?: string;
  /** Of the scenarios themselves. */
  readonly options: Readonly<Record<string, string>>;
}

export type BenchOrder =
  | { readonly kind: 'list' }
  | { readonly kind: 'compare'; readonly files: readonly [string, string] }
  | { readonly kind: 'report'; readonly from: string; readonly report: string }
  | RunOrder;

function usage(message: string, help: string): XlbError {
  return new XlbError('USAGE', message, { help });
}

const own = ['list', 'json', 'report', 'rounds'];

export function readCommandLine(argv: readonly string[], registry: readonly Row[]): BenchOrder {
  const { values, positionals } = parsed(argv, registry);
  const { json, report, rounds } = values;
  if (values.list === true) return { kind: 'list' };
  const [first, ...names] = positionals;
  if (first === 'compare') {
    const [before, after, ...more] = names;
    if (before === undefined || after === undefined || more.length > 0)
      throw usage(`Cannot compare ${names.length} runs`, 'xlb bench compare A.json B.json');
    return { kind: 'compare', files: [before, after] };
  }
  if (first === 'report') {
    const [from, to, ...more] = names;
    if (from === undefined || to === undefined || more.length > 0)
      throw usage(`Cannot make a report of ${names.length} files`, 'xlb bench report RUN.json FILE.html');
    return { kind: 'report', from, report: to };
  }
  const options = Object.entries(values).flatMap(([name, value]) =>
    own.includes(name) || value === undefined ? [] : [[name, String(value)]],
  );
  return {
    kind: 'run',
    rows: chosen(positionals, registry),
    ...(json === undefined ? {} : { json }),
    ...(report === undefined ? {} : { report }),
    ...(rounds === undefined ? {} : { rounds: roundsOf(rounds) }),
    options: Object.fromEntries(options),
  };
}

function parsed(argv: readonly string[], registry: readonly Row[]) {
  const ofScenarios = registry.flatMap(({ options }) => options);
  const type = (value: string | undefined) => ({ type: value === undefined ? 'boolean' : 'string' }) as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(ofScenarios.map(({ name, value }) => [name, type(value)])),
        list: { type: 'boolean' },
        json: { type: 'string' },
        report: { type: 'string' },
        rounds: { type: 'string' },
      },
    });
  } catch (error) {
    throw usage(`Cannot read the command line: ${reasonOf(error)}`, 'xlb bench --help');
  }
}

function chosen(names: readonly string[], registry: readonly Row[]): readonly Row[] {
  if (names.length === 0) return registry.filter(({ standard }) => standard);
  if (names.length === 1 && names[0] === 'all') return registry;
  return names.map((name) => {
    const row = registry.find((candidate) => candidate.name === name);
    if (row !== undefined) return row;
    throw usage(
      `Cannot run the scenario ${name}: there is none of this name`,
      `one of ${registry.map((candidate) => candidate.name).join(', ')}, or all`,
    );
  });
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1_000) return rounds;
  throw usage(`Cannot measure ${text} rounds: it is not a whole number from 1 to 1000`, '--rounds 7');
}
