/**
 * What a packet costs in the packet core, natively: by scheduler and by how many flows there are. The program
 * build/xlb_core_bench runs the packets; what making their frames costs is measured too, and taken away.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schedulerKeywords } from '../src/config/model.ts';
import { figure, median } from './figures.ts';
import { laboratoryProcessor } from './lab.ts';
import type { Context, Figure, Scenario } from './scenario.ts';

const program = fileURLToPath(new URL('../../build/xlb_core_bench', import.meta.url));

type Kind = 'established' | 'new' | 'loop';

interface Packets {
  readonly kind: Kind;
  readonly scheduler: string;
  readonly realServers: number;
  readonly flows: number;
  readonly packets: number;
}

interface Case extends Packets {
  readonly name: string;
  readonly series: string;
  readonly x: number | string;
}

const flowCounts = [1_000, 64_000, 1_000_000, 4_000_000];
const realServers = 16;
const schedulerFlows = 64_000;
const leastPackets = 1_000_000;

const byFlows: readonly Case[] = (['established', 'new'] as const).flatMap((kind) =>
  flowCounts.map((flows) => ({
    name: `${kind}, ${flows.toLocaleString('en-US')} flows, rr`,
    series: kind,
    x: flows,
    kind,
    scheduler: 'rr',
    realServers,
    flows,
    packets: Math.max(flows, leastPackets),
  })),
);

const byScheduler: readonly Case[] = schedulerKeywords.map((scheduler) => ({
  name: `new, ${schedulerFlows.toLocaleString('en-US')} flows, ${scheduler}, ${realServers} real servers`,
  series: 'new',
  x: scheduler,
  kind: 'new',
  scheduler,
  realServers,
  flows: schedulerFlows,
  packets: leastPackets,
}));

export const cases: readonly Case[] = [...byFlows, ...byScheduler];

function run(command: readonly string[]): string {
  const [file = '', ...argv] = command;
  const { status, stdout, stderr, error } = spawnSync(file, argv, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ended with ${status}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

function argvOf(
  { kind, scheduler, realServers, flows, packets }: Packets,
  rounds: number,
): readonly string[] {
  return [program, kind, scheduler, ...[realServers, flows, packets, rounds].map(String)];
}

/** Nanoseconds a packet, by round; pinned, so that it keeps its caches. */
function nanoseconds(packets: Packets, rounds: number): readonly number[] {
  const pinned = [
    'setpriv',
    '--pdeathsig',
    'KILL',
    'taskset',
    '-c',
    String(laboratoryProcessor),
    ...argvOf(packets, rounds),
  ];
  return run(pinned).trim().split('\n').map(Number);
}

const countedFlows = 64_000;
const countedPackets = 20_000;

/** Instructions a packet: of twice as many packets less those of once as many. The same every time. */
function instructions(packets: Packets): number {
  const folder = mkdtempSync(join(tmpdir(), 'xlb-bench-core-'));
  try {
    const counted = (count: number) => {
      const tool = [
        'valgrind',
        '--tool=callgrind',
        `--callgrind-out-file=${folder}/out`,
        '-q',
        '--log-file=/dev/null',
      ];
      run([...tool, ...argvOf({ ...packets, flows: countedFlows, packets: count }, 1)]);
      const summary = run(['grep', '-m', '1', '^summary:\\|^totals:', `${folder}/out`]);
      return Number(summary.split(' ')[1]);
    };
    return (counted(2 * countedPackets) - counted(countedPackets)) / countedPackets;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function counts(chosen: readonly Case[], { progress }: Context): readonly Figure[] {
  const countable = chosen.filter(({ x }) => typeof x === 'string' || x === schedulerFlows);
  const making = instructions({
    kind: 'loop',
    scheduler: 'rr',
    realServers,
    flows: countedFlows,
    packets: 1,
  });
  return countable.map(({ name, series, x, ...packets }) => {
    progress(`${name}: instructions`);
    return figure(
      {
        name: `${name}: instructions`,
        unit: 'instructions',
        better: 'less',
        ...(typeof x === 'string' ? { place: { chart: 'by scheduler', series, x, axis: '' } } : {}),
      },
      [instructions(packets) - making],
    );
  });
}

export const core: Scenario = {
  rounds: 7,
  async run(context) {
    if (!existsSync(program)) throw new Error(`there is no ${program}; npm run build:native makes it`);
    const only = context.option('only') ?? '';
    const chosen = cases.filter(({ name }) => name.includes(only));
    context.progress('making frames');
    const loop = {
      kind: 'loop',
      scheduler: 'rr',
      realServers,
      flows: leastPackets,
      packets: leastPackets,
    } as const;
    const making = median(nanoseconds(loop, context.rounds));
    const figures = chosen.map(({ name, series, x, ...packets }) => {
      context.progress(name);
      const [, ...values] = nanoseconds(packets, context.rounds + 1); // the first warms up
      const [chart, axis] = typeof x === 'number' ? ['by flows', 'flows'] : ['by scheduler', ''];
      return figure(
        { name, unit: 'ns', better: 'less', place: { chart, series, x, axis } },
        values.map((value) => value - making),
      );
    });
    const counted = context.option('instructions') === undefined ? [] : counts(chosen, context);
    return {
      figures: [...figures, ...counted],
      about: { frame: '64 bytes', clients: 'in turn', processor: laboratoryProcessor },
      notes: [
        `nanoseconds a packet of one thread; making its frame (${making.toFixed(1)} ns) is not counted`,
        'the core as the AF_XDP threads run it; in the kernel the same source is compiled by clang',
      ],
    };
  },
};
