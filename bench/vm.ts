/**
 * What a packet costs a director on Debian's stock kernel, in a VM: guest instructions a packet of xlb, of the kernel's
 * own IPVS (direct routing) and of an empty program that sends frames back, in one run. The processor is emulated and
 * its clock counts instructions, so that the figures are the same on every machine.
 */
import { figure } from './figures.ts';
import { demand } from './needs.ts';
import type { Figure, Scenario } from './scenario.ts';
import type { GuestResult } from './vm/guest.ts';
import { fetchedKernel, runInVm } from './vm/machine.ts';

/** Of the host: to boot, and to take along. */
const programs = [
  ...['qemu-system-x86_64', 'ip', 'nsenter', 'ethtool', 'sysctl'],
  ...['ipvsadm', 'perl', 'taskset', 'chrt'],
];

/** Of xlb, in instructions a packet. */
const bounds = { established: 520, new: 900 } as const;
const names = {
  floor: 'an empty program that sends the frame back',
  'xlb established': 'xlb, established, 1,152 flows',
  'xlb new': 'xlb, new connections',
  'ipvs established': 'IPVS, established, 1,152 flows',
  'ipvs new': 'IPVS, new connections',
} as const;

function chartPlace(what: string): Pick<Figure, 'place'> {
  const [series = '', x = 'all'] = what.split(' ');
  const place = { chart: 'a packet', series, x, axis: '' };
  return series === 'floor' ? {} : { place };
}

/** Pure: how many times as many as xlb's IPVS takes is its own figure. */
export function vmFigures(costs: GuestResult['costs']): readonly Figure[] {
  const measured = Object.entries(names).map(([what, name]) =>
    figure(
      {
        name,
        unit: 'instructions',
        better: 'less',
        ...(what.startsWith('xlb ') ? { bound: what === 'xlb new' ? bounds.new : bounds.established } : {}),
        ...chartPlace(what),
      },
      costs[what] ?? [],
    ),
  );
  const times = (['established', 'new'] as const).map((kind) => {
    const [own, other] = [costs[`xlb ${kind}`] ?? [], costs[`ipvs ${kind}`] ?? []];
    const name = `IPVS takes how many times as many, ${kind}`;
    return figure(
      { name, unit: 'x', better: 'more' },
      own.map((one, at) => (other[at] ?? 0) / one),
    );
  });
  return [...measured, ...times];
}

export const vm: Scenario = {
  rounds: 3,
  async run({ rounds, progress }) {
    demand(programs, fetchedKernel());
    progress('the VM boots, which takes half a minute');
    const { result, seconds } = await runInVm({ file: 'bench/vm/guest.js', words: [rounds] }, ['counted']);
    const { kernel, costs } = result as GuestResult;
    return {
      figures: vmFigures(costs),
      about: {
        kernel,
        processor: 'emulated, 1, counted instructions',
        driver: 'veth',
        frame: '64 bytes',
        seconds,
      },
      notes: [
        'guest instructions of the thread that takes frames in, forwards them and hands them on; by threaded NAPI',
        'IPVS: round robin, 4 real servers, its table as it is by default (4,096 buckets)',
      ],
    };
  },
};
