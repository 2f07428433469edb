/**
 * What forwarding costs while the director is watched, beside while nobody looks: the real `xlb run` with 100 virtual
 * servers in a namespace; /metrics once a second and the streams of status pages; no `xlb trace`. Turn about, so that
 * what else the machine does falls on both. Packets are made and handled on one processor; the daemon and those who
 * watch have the other one.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab } from '../src/demo/lab.ts';
import { until, within } from '../src/demo/pause.ts';
import { ipv4 } from './director.ts';
import { figure, median, rounded } from './figures.ts';
import { laboratoryProcessor, moveTo } from './lab.ts';
import { demand } from './needs.ts';
import { secondsOf } from './options.ts';
import type { Figure, Scenario } from './scenario.ts';
import { httpPort, type Watching, watch } from './viewers.ts';
import type { FromTraffic, ToTraffic, Traffic, TurnCost } from './watched_child.ts';

const viewers = 10;
const virtualServers = 100;
/** Of the cost, and of the rate the other way round. */
const bound = 1.05;
const settleMs = 1_500;
const answersWithinMs = 60_000;
/** The other processor is the laboratory's. */
const directorProcessor = 0;
const realServers = [1, 2, 3, 4].map((n) => ipv4([10, 100], n));
const child = fileURLToPath(new URL('./watched_child.js', import.meta.url));

/** One round: the same traffic while nobody looks, and while the director is watched. */
export interface Pass {
  readonly alone: TurnCost;
  readonly watched: TurnCost;
}

/** Pure. */
export function watchedFigures(traffic: string, passes: readonly Pass[]): readonly Figure[] {
  const cost = ({ program, empty }: TurnCost) => program - empty;
  const of = (which: keyof Pass) => {
    const empty = rounded(median(passes.map((pass) => pass[which].empty)));
    const name = `${traffic}: ${which === 'alone' ? 'nobody looks' : 'watched'}`;
    return figure(
      { name, unit: 'ns', better: 'less', note: `the empty program alone: ${empty}` },
      passes.map((pass) => cost(pass[which])),
    );
  };
  const rate = (which: keyof Pass) =>
    figure(
      {
        name: `${traffic}: ${which === 'alone' ? 'nobody looks' : 'watched'}, rate`,
        unit: 'packets/s',
        better: 'more',
      },
      passes.map((pass) => pass[which].rate),
    );
  return [
    of('alone'),
    of('watched'),
    figure(
      { name: `${traffic}: cost, watched to not`, unit: 'of 1', better: 'less', bound },
      passes.map(({ alone, watched }) => cost(watched) / cost(alone)),
    ),
    rate('alone'),
    rate('watched'),
    figure(
      { name: `${traffic}: time of a packet, watched to not`, unit: 'of 1', better: 'less', bound },
      passes.map(({ alone, watched }) => alone.rate / watched.rate),
    ),
  ];
}

function configuration(): string {
  const pool = realServers.map((address) => `  real_server ${address} 80 {\n    weight 1\n  }\n`).join('');
  const servers = Array.from(
    { length: virtualServers },
    (_, n) =>
      `virtual_server ${ipv4([10, 200], n)} 80 {\n  lb_algo rr\n  lb_kind DR\n  protocol TCP\n${pool}}\n`,
  );
  return `global_defs {\n  xlb_interfaces xlbr\n  xlb_http 127.0.0.1 ${httpPort}\n}\n${servers.join('')}`;
}

/** The process that sends, in the director's namespace, with a veth pair of its own into the program. */
class Sender {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(lab: Lab) {
    const argv = ['taskset', '-c', String(laboratoryProcessor), process.execPath, child];
    this.#child = lab.spawn(lab.director, argv, { stdout: 'inherit', stderr: 'inherit', ipc: true });
    this.#ended = once(this.#child, 'close').then((): never => {
      throw new Error('the process that sends has ended');
    });
    this.#ended.catch(() => undefined); // it is nobody's fault when the lab is closed
  }

  async said(): Promise<FromTraffic> {
    const heard = Promise.race([once(this.#child, 'message'), this.#ended]);
    const [message] = await within('the process that sends', answersWithinMs, heard);
    return message as FromTraffic;
  }

  async do(order: ToTraffic): Promise<FromTraffic> {
    this.#child.send(order);
    return await this.said();
  }

  async turn(traffic: Traffic, seconds: number): Promise<TurnCost> {
    const answer = await this.do({ kind: 'turn', traffic, seconds });
    if (answer.kind !== 'cost') throw new Error(`the process that sends said ${answer.kind}`);
    return answer;
  }
}

async function start(lab: Lab): Promise<{ readonly director: DirectorProcess; readonly sender: Sender }> {
  // Nothing but what is counted shall come to the program.
  const quiet = ['all', 'default'].map((which) => `net.ipv6.conf.${which}.disable_ipv6=1`);
  await lab.run(lab.director, ['sysctl', '-qw', ...quiet]);
  const sender = new Sender(lab);
  const links = await sender.said();
  if (links.kind !== 'links') throw new Error(`the process that sends said ${links.kind}`);
  const input = [
    `address add ${ipv4([10, 100], 254)}/24 dev xlbr`,
    ...realServers.map((address) => `neighbour add ${address} lladdr ${links.realServers} dev xlbr`),
  ].join('\n');
  await lab.run(lab.director, ['ip', '-batch', '-'], { input: `${input}\n` });
  const director = new DirectorProcess(lab, configuration());
  await director.start();
  await sender.do({ kind: 'open', pins: `/sys/fs/bpf/xlb/${lab.instance}` });
  return { director, sender };
}

async function watching(lab: Lab): Promise<Watching> {
  const found = watch(lab, { viewers, metrics: true });
  await until('everybody to watch', { everyMs: 100, atMostMs: 20_000 }, async () =>
    found.open === viewers && found.scrapes > 0 ? found : undefined,
  );
  return found;
}

export const watched: Scenario = {
  rounds: 9,
  async run(context) {
    demand(['ip', 'nsenter', 'ethtool', 'taskset', 'sysctl']);
    const { rounds, progress } = context;
    const seconds = secondsOf(context, 2);
    moveTo(directorProcessor); // and all that is started from here
    const lab = await createLab({ realServers: 0, name: 'bench' });
    try {
      const { director, sender } = await start(lab);
      const kinds: readonly Traffic[] = ['established', 'new'];
      const passes: Record<Traffic, Pass[]> = { established: [], new: [] };
      const scrapes: number[] = [];
      const turns = async () => ({
        established: await sender.turn('established', seconds),
        new: await sender.turn('new', seconds),
      });
      const alone = async () => {
        await pause(settleMs);
        return await turns();
      };
      const beside = async () => {
        const eyes = await watching(lab);
        const before = eyes.scrapes;
        const found = await turns();
        scrapes.push(eyes.scrapes - before);
        if (eyes.open !== viewers) throw new Error(`${eyes.open} of ${viewers} streams are open`);
        eyes.end();
        return found;
      };
      await turns(); // warms up; not counted
      for (let round = 0; round < rounds; round++) {
        progress(`round ${round + 1} of ${rounds}`);
        const first = round % 2 === 0 ? await alone() : undefined;
        const seen = await beside();
        const unseen = first ?? (await alone());
        for (const kind of kinds) passes[kind].push({ alone: unseen[kind], watched: seen[kind] });
      }
      await director.end('SIGTERM');
      return {
        figures: kinds.flatMap((kind) =>
          watchedFigures(kind === 'new' ? 'new flows' : 'established, 1,000 flows', passes[kind]),
        ),
        about: { driver: 'veth', mode: 'native', virtual_servers: virtualServers, viewers, seconds },
        notes: [
          `watched: ${viewers} streams of the status page, /metrics each second (${scrapes.join(', ')} times)`,
          'ns: of a packet above an empty program, sent in turn with it, by bpf_stats; nobody traces',
          `packets on processor ${laboratoryProcessor}, the daemon and those who watch on ${directorProcessor}`,
        ],
        detail: passes,
      };
    } finally {
      await lab.close();
    }
  },
};
