/**
 * What a client's requests suffer while 64-byte SYNs from random addresses arrive for the same virtual server, at
 * rising rates up to all that one processor makes. Client, director's process and real servers share the other
 * processor. The flood goes into the director as from a driver and through all of its packet path; what it forwards of
 * it is taken away behind it, so that it is not the real servers that are measured.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchStatus } from '../src/control/client.ts';
import { demoConfiguration } from '../src/demo/configuration.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, entry, type Lab } from '../src/demo/lab.ts';
import { pause, within } from '../src/demo/pause.ts';
import { figure } from './figures.ts';
import type { FloodRate, FromFlooder, FromVictim, Requests } from './flood/messages.ts';
import { laboratoryProcessor } from './lab.ts';
import { demand } from './needs.ts';
import { secondsOf } from './options.ts';
import type { Context, Figure, Scenario } from './scenario.ts';
import type { SynOrder } from './syn_source.ts';

const vip = '10.77.0.100';
const port = 80;
/** The daemon reads its counters once a second. */
const countersMs = 1_500;
const rates: readonly FloodRate[] = [0, 10_000, 100_000, 300_000, 'full'];

/** One step of one round. */
export interface Step {
  readonly established: Requests;
  readonly fresh: Requests;
  /** Frames a second that were sent. */
  readonly flood: number;
  /** Packets a second that the director took, all of them; the rest found its ring full. */
  readonly taken: number;
}

function nameOf(rate: FloodRate): string {
  if (rate === 0) return 'no flood';
  return rate === 'full' ? 'full rate' : `${rate.toLocaleString('en-US')}/s`;
}

/** Pure: the figures of one rate, over its rounds. */
export function floodFigures(rate: FloodRate, steps: readonly Step[]): readonly Figure[] {
  const at = nameOf(rate);
  const x = { axis: 'SYNs a second', x: at };
  const answered = ({ answered: good, failed }: Requests) => (100 * good) / Math.max(good + failed, 1);
  const latency = (kind: 'established' | 'new', values: readonly number[]) =>
    figure(
      {
        name: `${at}: ${kind}, 99 of 100 within`,
        unit: 'ms',
        better: 'less',
        place: { chart: '99 of 100 requests are answered within, by SYNs a second', series: kind, ...x },
      },
      values,
    );
  return [
    figure(
      { name: `${at}: SYNs that were sent`, unit: '1/s', better: 'more' },
      steps.map(({ flood }) => flood),
    ),
    figure(
      { name: `${at}: packets that the director took`, unit: '1/s', better: 'more' },
      steps.map(({ taken }) => taken),
    ),
    figure(
      { name: `${at}: established, failed requests`, unit: '', better: 'less', bound: 0 },
      steps.map(({ established }) => established.failed),
    ),
    latency(
      'established',
      steps.map(({ established }) => established.slowMs),
    ),
    figure(
      { name: `${at}: new, answered`, unit: '%', better: 'more', bound: 99 },
      steps.map(({ fresh }) => answered(fresh)),
    ),
    latency(
      'new',
      steps.map(({ fresh }) => fresh.slowMs),
    ),
  ];
}

class Flood {
  readonly #socket: string;
  readonly #flooder: ChildProcess;
  readonly #victim: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(lab: Lab) {
    this.#socket = join(lab.directory, 'xlb.sock');
    const child = (name: string) => fileURLToPath(new URL(`./flood/${name}.js`, import.meta.url));
    const on = (processor: number) => ['taskset', '-c', String(processor), process.execPath];
    const order: SynOrder = { interface: 'director', director: lab.director.mac, address: vip, port };
    const pins = `/sys/fs/bpf/xlb/${lab.instance}`;
    const flooder = [...on(laboratoryProcessor), child('flooder'), pins, JSON.stringify(order)];
    const options = { stdout: 'inherit', stderr: 'inherit', ipc: true } as const;
    this.#flooder = lab.spawn(lab.bridge, flooder, options);
    this.#victim = lab.spawn(lab.client, [...on(0), child('victim'), vip, String(port)], options);
    this.#ended = this.#end();
  }

  /** Rejects, when one of them is no more. */
  #end(): Promise<never> {
    const ended = [this.#flooder, this.#victim].map((child) => once(child, 'close'));
    const failed = Promise.race(ended).then(([code]): never => {
      throw new Error(`a process of the flood ended (${code})`);
    });
    failed.catch(() => undefined); // it is nobody's fault when the lab is closed
    return failed;
  }

  async connected(): Promise<void> {
    await this.#hear<FromVictim>(this.#victim, 30);
  }

  async step(rate: FloodRate, seconds: number): Promise<Step> {
    const before = await this.#packets();
    await this.#setRate(rate);
    this.#victim.send({ kind: 'count', seconds });
    const counted = await this.#hear<FromVictim>(this.#victim, seconds + 30);
    const { frames, seconds: took } = await this.#setRate(0);
    if (counted.kind !== 'counted') throw new Error('the client said something else');
    await pause(countersMs);
    const taken = ((await this.#packets()) - before) / took;
    const { established, fresh } = counted;
    return { established, fresh, flood: Math.round(frames / took), taken: Math.round(taken) };
  }

  /** That the director's program has had, of whatever kind. */
  async #packets(): Promise<number> {
    const { verdicts } = await fetchStatus(this.#socket);
    return Object.values(verdicts).reduce((sum, packets) => sum + packets, 0);
  }

  async #setRate(rate: FloodRate): Promise<FromFlooder> {
    this.#flooder.send({ kind: 'rate', rate });
    return await this.#hear<FromFlooder>(this.#flooder, 30);
  }

  async #hear<T>(child: ChildProcess, seconds: number): Promise<T> {
    const heard = Promise.race([once(child, 'message'), this.#ended]);
    const [message] = await within('a process of the flood', seconds * 1_000, heard);
    return message as T;
  }
}

async function measure(lab: Lab, context: Context): Promise<Map<FloodRate, Step[]>> {
  const seconds = secondsOf(context, 4);
  const steps = new Map<FloodRate, Step[]>(rates.map((rate) => [rate, []]));
  const flood = new Flood(lab);
  await flood.connected();
  for (let round = 0; round < context.rounds; round++)
    for (const [rate, found] of steps) {
      context.progress(`${nameOf(rate)}, round ${round + 1} of ${context.rounds}`);
      found.push(await flood.step(rate, seconds));
    }
  return steps;
}

export const flood: Scenario = {
  rounds: 3,
  async run(context) {
    demand(['ip', 'nsenter', 'ethtool', 'taskset']);
    const lab = await createLab({ realServers: 2, vips: [vip], name: 'bench' });
    try {
      const options = { stdout: 'inherit', stderr: 'inherit', ipc: true } as const;
      for (const server of lab.realServers) {
        const argv = ['taskset', '-c', '0', process.execPath, entry('web_server'), server.ipv4, String(port)];
        await once(lab.spawn(server, argv, options), 'message');
      }
      const realServers = lab.realServers.map(({ ipv4 }) => ipv4);
      const director = new DirectorProcess(
        lab,
        demoConfiguration({ interface: 'eth0', vip, port, realServers }),
      );
      await director.start();
      await pause(2_000); // the real servers are seen to be up
      const steps = await measure(lab, context);
      await director.end('SIGTERM');
      return {
        figures: [...steps].flatMap(([rate, found]) => floodFigures(rate, found)),
        about: { driver: 'veth', mode: 'native', connections: 20, flood_from_processor: laboratoryProcessor },
        notes: [
          'a request without an answer within 3 s has failed; 400 a second over kept connections, 100 over new ones',
          'the flood: SYNs of 64 bytes to the same virtual server, client address and port random',
          'what the director forwards of the flood is taken away behind it: real servers do not suffer from it',
        ],
        detail: Object.fromEntries([...steps].map(([rate, found]) => [nameOf(rate), found])),
      };
    } finally {
      await lab.close();
    }
  },
};
