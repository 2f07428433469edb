/**
 * What the packet path costs: bpf_stats run time a packet above an empty program that swaps MAC addresses, same run,
 * live frames on veth in native mode.
 */
import { type Cost, Director } from './director.ts';
import { figure, judged, median, rounded, summary } from './figures.ts';
import { type Case, capacity, cases, templateCapacity } from './forwarding_cases.ts';
import { laboratoryProcessor } from './lab.ts';
import type { Context, Figure, Scenario } from './scenario.ts';

/** Of a comparison: between two openings of the director. */
const roundsATurn = 3;
const million = 1_000_000;

/** One opening of the director, with some rounds: nanoseconds a packet, its own and the empty program's. */
function measured(director: Director, { pool, prepare, round }: Case, rounds: number): readonly Cost[] {
  director.open(pool);
  prepare(director);
  round(director); // warms up; not counted
  return Array.from({ length: rounds }, () => round(director));
}

const aboveEmpty = ({ program, empty }: Cost) => program - empty;

function single({ name, bound }: Case, costs: readonly Cost[]): Figure {
  const empty = rounded(median(costs.map((cost) => cost.empty)));
  const note = `the empty program alone: ${empty}`;
  const described = { name, unit: 'ns', better: 'less', note } as const;
  return figure({ ...described, ...(bound === undefined ? {} : { bound }) }, costs.map(aboveEmpty));
}

/** In turn with the one it is held against: what else the machine does changes from minute to minute. */
function compared(director: Director, one: Case, rounds: number): readonly Figure[] {
  const other = cases.find(({ name }) => name === one.over);
  if (other === undefined) throw new Error(`Cannot compare ${one.name} with ${one.over}`);
  const costs: Cost[] = [];
  const differences = Array.from({ length: rounds }, () => {
    const base = measured(director, other, roundsATurn);
    const own = measured(director, one, roundsATurn);
    costs.push(...own);
    return median(own.map(aboveEmpty)) - median(base.map(aboveEmpty));
  });
  const { name, bound, ...rest } = one;
  const more = { name: `${name}: above rr`, unit: 'ns', better: 'less', ...summary(differences) } as const;
  return [
    single({ name, ...rest }, costs),
    judged({ ...more, note: 'measured in turn', ...(bound === undefined ? {} : { bound }) }),
  ];
}

/** Whether the tables hold what they say, and how fast they are listed. */
function held(director: Director, { progress }: Context): readonly Figure[] {
  progress('a million flows and a million templates');
  const flows = capacity(director);
  const templates = templateCapacity(director);
  const once = (name: string, value: number, bound?: number): Figure =>
    judged({
      name,
      unit: name.startsWith('list') ? 'ms' : 'of 1,000,000',
      better: name.startsWith('list') ? 'less' : 'more',
      ...summary([value]),
      ...(bound === undefined ? {} : { bound }),
    });
  return [
    once(`flows held in ${flows.mebibytes} MiB, none evicted`, flows.flows - flows.evicted, million),
    once(
      `templates held in ${templates.mebibytes} MiB, none refused`,
      templates.made - templates.evicted - templates.refused,
      million,
    ),
    once(`list of ${flows.listed.lines} connections: first lines`, flows.listed.firstMs),
    once(`list of ${flows.listed.lines} connections: all`, flows.listed.allMs),
  ];
}

export const forwarding: Scenario = {
  rounds: 7,
  async run(context) {
    const only = context.option('only') ?? '';
    const director = new Director();
    const verdicts: Record<string, Readonly<Record<string, number>>> = {};
    const figures = cases
      .filter(({ name }) => name.includes(only))
      .flatMap((one) => {
        context.progress(one.name);
        const found =
          one.over === undefined
            ? [single(one, measured(director, one, context.rounds))]
            : compared(director, one, context.rounds);
        verdicts[one.name] = director.verdicts;
        return found;
      });
    const tables = held(director, context);
    director.close();
    return {
      figures: [...figures, ...tables],
      about: { driver: 'veth', mode: 'native', frame: '64 bytes', processor: laboratoryProcessor },
      notes: ['nanoseconds a packet above an empty program that sends the frame back, by bpf_stats'],
      detail: { verdicts },
    };
  },
};
