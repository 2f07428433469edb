/**
 * What the packet path costs: bpf_stats run time a packet above an empty program that swaps MAC addresses, same run,
 * live frames on veth in native mode. Root.
 *
 *     node dist/bench/forwarding.js [--json FILE] [--rounds N] [--only TEXT]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Cost, Director } from './director.ts';
import { inOwnNamespace } from './lab.ts';
import { machine } from './machine.ts';
import { capacity, type Scenario, scenarios, templateCapacity } from './scenarios.ts';

/** Of a comparison: between two openings of the director. */
const ROUNDS_A_TURN = 3;

interface Figure {
  readonly name: string;
  readonly bound?: number;
  /** The bound holds for what it costs more than this one, which `more` is. */
  readonly over?: string;
  readonly more?: number;
  /** Nanoseconds a packet above the empty program. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The empty program's own, measuring included. */
  readonly empty: number;
  readonly ok?: boolean;
  readonly verdicts: Readonly<Record<string, number>>;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

const tenth = (value: number) => Math.round(value * 10) / 10;

/** One opening of the director, with some rounds: nanoseconds a packet above the empty program, and its own. */
function measured(director: Director, scenario: Scenario, rounds: number): readonly Cost[] {
  director.open(scenario.pool);
  scenario.prepare(director);
  scenario.round(director); // warms up; not counted
  return Array.from({ length: rounds }, () => scenario.round(director));
}

const aboveEmpty = ({ program, empty }: Cost) => program - empty;

function figure(scenario: Scenario, costs: readonly Cost[]): Omit<Figure, 'verdicts'> {
  const above = costs.map(aboveEmpty);
  const middle = tenth(median(above));
  const { name, bound } = scenario;
  return {
    name,
    median: middle,
    min: tenth(Math.min(...above)),
    max: tenth(Math.max(...above)),
    empty: tenth(median(costs.map(({ empty }) => empty))),
    ...(bound === undefined || scenario.over !== undefined ? {} : { bound, ok: middle <= bound }),
  };
}

/** In turn with the one it is held against: what else the machine does changes from minute to minute. */
function compared(director: Director, scenario: Scenario, rounds: number): Omit<Figure, 'verdicts'> {
  const other = scenarios.find(({ name }) => name === scenario.over);
  if (other === undefined) throw new Error(`Cannot compare ${scenario.name} with ${scenario.over}`);
  const costs: Cost[] = [];
  const differences = Array.from({ length: rounds }, () => {
    const base = measured(director, other, ROUNDS_A_TURN);
    const own = measured(director, scenario, ROUNDS_A_TURN);
    costs.push(...own);
    return median(own.map(aboveEmpty)) - median(base.map(aboveEmpty));
  });
  const { bound, over } = scenario;
  const more = tenth(median(differences));
  return {
    ...figure(scenario, costs),
    ...(over === undefined ? {} : { over }),
    ...(bound === undefined ? {} : { bound, more, ok: more <= bound }),
  };
}

function run(director: Director, scenario: Scenario, rounds: number): Figure {
  const result =
    scenario.over === undefined
      ? figure(scenario, measured(director, scenario, rounds))
      : compared(director, scenario, rounds);
  return { ...result, verdicts: director.verdicts };
}

function line({ name, bound, more, median: middle, min, max, empty, ok }: Figure): string {
  const measured = `${middle.toFixed(1)} (${min.toFixed(1)}..${max.toFixed(1)})`;
  const verdict = ok === undefined ? '' : ok ? 'ok' : 'NOT OK';
  const limit = bound === undefined ? '' : more === undefined ? `<=${bound}` : `rr + ${more} <=${bound}`;
  return `${name.padEnd(68)} ${limit.padEnd(18)} ${measured.padEnd(24)} ${empty.toFixed(1).padStart(6)}  ${verdict}\n`;
}

if (await inOwnNamespace(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: '' },
    },
  });
  const rounds = Number(values.rounds);
  const director = new Director();
  const about = machine();
  process.stdout.write(`${about.processor}, ${about.processors} processors, Linux ${about.kernel}\n`);
  process.stdout.write(
    `${rounds} rounds a figure; ns a packet above the empty program: median (min..max)\n` +
      'rr + N: median of the differences to rr, measured in turn\n\n',
  );
  const figures: Figure[] = [];
  for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
    figures.push(run(director, scenario, rounds));
    process.stdout.write(figures.slice(-1).map(line).join(''));
  }
  const held = capacity(director);
  const room = held.flows === 1_000_000 && held.evicted === 0;
  process.stdout.write(
    `\n${held.flows} flows held in ${held.mebibytes} MiB, ${held.evicted} evicted  ${room ? 'ok' : 'NOT OK'}\n`,
  );
  const { lines, firstMs, allMs } = held.listed;
  process.stdout.write(`${lines} connections listed: the first after ${firstMs} ms, all in ${allMs} ms\n`);
  const templates = templateCapacity(director);
  const kept = templates.made === 1_000_000 && templates.evicted + templates.refused === 0;
  process.stdout.write(
    `${templates.made} templates held in ${templates.mebibytes} MiB, ${templates.evicted} evicted, ` +
      `${templates.refused} refused  ${kept ? 'ok' : 'NOT OK'}\n`,
  );
  director.close();
  const result = {
    machine: about,
    driver: 'veth',
    mode: 'native',
    frameBytes: 64,
    rounds,
    unit: 'ns',
    figures,
    capacity: held,
    templates,
  };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  if (!room || !kept || figures.some(({ ok }) => ok === false)) process.exitCode = 1;
}
