/**
 * Packets through the director as they come from the wire: established flows, new ones and a flood, small and large
 * frames, in the driver (xdp) and generic (skb); the same frames through an empty program beside it.
 */
import { type Cost, Director, type Pool, syn } from './director.ts';
import { figure, median, rounded } from './figures.ts';
import { type Case, established, one, opened } from './forwarding_cases.ts';
import { measureInterface } from './interface.ts';
import { laboratoryProcessor } from './lab.ts';
import type { ChartPlace, Figure, Scenario } from './scenario.ts';

interface DatapathCase extends Case {
  readonly place: Omit<ChartPlace, 'series' | 'chart'> & { readonly chart: string; readonly kind: string };
}

const million = 1_000_000;
const counted = (flows: number) => flows.toLocaleString('en-US');

/** Twice as many slots as flows, so that none is pushed out. */
function poolFor(flows: number): Pool {
  return { ...one, flowSlots: Math.max(2 ** 21, 2 ** Math.ceil(Math.log2(2 * flows))) };
}

const establishedCases: readonly DatapathCase[] = [1_000, 64_000, million, 4 * million].map((flows) => ({
  name: `established, ${counted(flows)} flows`,
  ...established(flows, poolFor(flows)),
  place: { chart: 'by flows', kind: 'established', x: flows, axis: 'flows' },
}));

const newCases: readonly DatapathCase[] = [1_024, 64_000, million, 4 * million].map((flows) => ({
  name: `new, ${counted(flows)} flows in turn`,
  ...opened(flows, flows === 1_024 ? 400 : 1, poolFor(flows)),
  place: { chart: 'by flows', kind: 'new', x: flows, axis: 'flows' },
}));

const floodClients = 4 * million;
const flood: DatapathCase = {
  name: `SYN flood of ${counted(floodClients)} sources, table full`,
  pool: { ...one, flowSlots: 2 ** 20 },
  prepare: (director) => director.send({ clients: floodClients, count: floodClients, flags: syn }),
  round: (director) => director.measure({ clients: floodClients, count: floodClients, flags: syn }),
  place: { chart: 'by flows', kind: 'SYN flood', x: floodClients, axis: 'flows' },
};

const sizes: readonly DatapathCase[] = [128, 256, 512, 1_024, 1_514].map((bytes) => ({
  name: `established, 1,000 flows, ${counted(bytes)} bytes`,
  ...established(1_000, one, bytes),
  place: { chart: 'by size', kind: 'established', x: bytes, axis: 'bytes of a frame' },
}));

const cases: readonly DatapathCase[] = [...establishedCases, ...newCases, flood, ...sizes];
const modes = { xdp: 'native', skb: 'generic' } as const;

function figuresOf(mode: keyof typeof modes, { name, place }: DatapathCase, costs: readonly Cost[]) {
  const { kind, ...where } = place;
  const described = (what: string) => ({
    name: `${mode}, ${name}: ${what}`,
    place: { ...where, series: `${mode}, ${kind}` },
  });
  const empty = (of: (cost: Cost) => number) => `the empty program: ${rounded(median(costs.map(of)))}`;
  return [
    figure(
      { ...described('cost'), unit: 'ns', better: 'less', note: empty((cost) => cost.empty) },
      costs.map(({ program, empty: least }) => program - least),
    ),
    figure(
      { ...described('rate'), unit: 'packets/s', better: 'more', note: empty(({ rate }) => rate.empty) },
      costs.map(({ rate }) => rate.program),
    ),
  ];
}

export const datapath: Scenario = {
  rounds: 5,
  async run(context) {
    const { rounds, option, progress } = context;
    const name = option('interface');
    if (name !== undefined) return await measureInterface(name, context);
    const only = option('only') ?? '';
    const figures: Figure[] = [];
    const verdicts: Record<string, Readonly<Record<string, number>>> = {};
    for (const mode of ['xdp', 'skb'] as const) {
      const director = new Director(modes[mode]);
      for (const one of cases.filter(({ name }) => `${mode}, ${name}`.includes(only))) {
        progress(`${mode}, ${one.name}`);
        director.open(one.pool);
        one.prepare(director);
        one.round(director); // warms up; not counted
        figures.push(
          ...figuresOf(
            mode,
            one,
            Array.from({ length: rounds }, () => one.round(director)),
          ),
        );
        verdicts[`${mode}, ${one.name}`] = director.verdicts;
      }
      director.close();
    }
    return {
      figures,
      about: { driver: 'veth', frame: '64 bytes where not said', processor: laboratoryProcessor },
      notes: [
        'cost: nanoseconds a packet above an empty program that sends the frame back, by bpf_stats',
        'rate: of one processor, which makes the packets too and counts run times (some 45 ns a packet)',
        'skb: frames come in by the stack, which builds an skb of each',
      ],
      detail: { verdicts },
    };
  },
};
