/**
 * How much of what AF_XDP can do here is left when it runs the packet core: packets a second of processor time of the
 * director's AF_XDP thread beside those of a thread that swaps MAC addresses and does nothing else. The same sockets,
 * one run, in turn; live frames on veth, copy mode, more than either takes.
 */
import { ack, Director, type Load, type Rate, syn } from './director.ts';
import { figure } from './figures.ts';
import type { Figure, Scenario } from './scenario.ts';

/** Of the bare forwarder's. */
const WANTED_PERCENT = 90;

/** Short rounds, many of them: what else happens on the machine comes and goes within a second. */
const framesPerRound = 300_000;

interface Case {
  readonly name: string;
  readonly load: Load;
  /** Once. */
  prepare(director: Director): void;
  beforeRound(director: Director): void;
}

const nothing = (): void => undefined;

function established(flows: number): Case {
  return {
    name: `established flow, ${flows.toLocaleString('en')} flows`,
    load: { clients: flows, count: Math.max(flows, framesPerRound), flags: ack }, // each flow has its turn
    prepare(director) {
      director.send({ clients: flows, count: flows, flags: syn });
      director.send({ clients: flows, count: flows, flags: ack });
    },
    beforeRound: nothing,
  };
}

const cases: readonly Case[] = [
  established(1_000),
  established(500_000),
  {
    name: 'new flow, all different',
    load: { clients: 1_000_000, count: framesPerRound, flags: syn },
    prepare: nothing,
    beforeRound: (director) => director.clearFlows(),
  },
];

const thousands = (value: number) => Math.round(value / 1000);

function measure(director: Director, one: Case, rounds: number): readonly Figure[] {
  director.open({ virtualServers: 1, realServers: 4, flowSlots: 2 ** 21 });
  one.prepare(director); // by the program in the kernel, which loses none
  director.useAfXdp();
  const round = (): Rate => {
    one.beforeRound(director);
    return director.compareRates(one.load);
  };
  round(); // warms up; not counted
  const rates = Array.from({ length: rounds }, round);
  const shares = rates.map(({ program, bare }) => Math.round((program / bare) * 1000) / 10);
  const speed = { unit: 'kpps', better: 'more' } as const;
  return [
    figure(
      { name: `${one.name}: xlb`, ...speed },
      rates.map(({ program }) => thousands(program)),
    ),
    figure(
      { name: `${one.name}: bare`, ...speed },
      rates.map(({ bare }) => thousands(bare)),
    ),
    figure({ name: `${one.name}: share`, unit: '%', better: 'more', bound: WANTED_PERCENT }, shares),
  ];
}

export const afXdp: Scenario = {
  rounds: 15,
  async run({ progress, rounds }) {
    const director = new Director();
    const figures = cases.flatMap((one) => {
      progress(one.name);
      return measure(director, one, rounds);
    });
    director.close();
    return {
      figures,
      about: { driver: 'veth', mode: 'af_xdp, copy', frame: '64 bytes' },
      notes: ['packets a second of the processor time of the AF_XDP thread'],
    };
  },
};
