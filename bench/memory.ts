/**
 * What the daemon keeps in memory: at rest with pools of all sizes, for a health check, for flows, and under churn as a
 * busy hour brings it, a minute of it squeezed into a moment: whatever goes on growing then is a leak. In the demo's
 * namespaces, where one real server has all the addresses.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/base/clock.ts';
import { askStatus, reload, weigh } from '../src/control/client.ts';
import type { Status } from '../src/control/status.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab } from '../src/demo/lab.ts';
import { pause } from '../src/demo/pause.ts';
import { figure } from './figures.ts';
import { laboratoryProcessor } from './lab.ts';
import type { FillOrder } from './memory/filler.ts';
import { growthOf, type Resident, residentOf, tablesOf } from './memory/resident.ts';
import { demand } from './needs.ts';
import { secondsOf } from './options.ts';
import type { Context, Figure, Scenario } from './scenario.ts';

const sizes = [1, 100, 1_000, 10_000] as const;
const checked = 10_000;
const churned = 100;
const million = 1_000_000;
const port = 8_080;
const perVirtualServer = 100;
const bounds = { resident: 150, flowTable: 64, growth: 10 };
const slotBytes = 32;
/** Of fewer the growth is that of garbage: V8 lets 40 MiB pile up for a dozen of them, and then takes them away. */
const leastMinutes = 60;
/** Of scrapes and of whoever looks. */
const questionsAMinute = 20;
/** Reloads from one time that flows are made to the next. */
const fillEvery = 4;
/** After this, what a start needs only once has been given back. */
const settleMs = 2_000;
/** The first round of checks, and some. */
const checksMs = 9_000;
const child = (name: string) => fileURLToPath(new URL(`./memory/${name}.js`, import.meta.url));

export interface Pools {
  readonly realServers: number;
  readonly checks: boolean;
  /** Of the first real server. */
  readonly weight?: number;
}

const addressOf = (n: number) => `10.2.${Math.floor(n / perVirtualServer)}.${(n % perVirtualServer) + 1}`;

/** Pure: a hundred real servers in each virtual server. */
export function configuration({ realServers, checks, weight = 1 }: Pools): string {
  const check = checks ? '    TCP_CHECK {\n      connect_timeout 3\n    }\n' : '';
  const own = (n: number) => `    weight ${n === 0 ? weight : 1}\n${check}`;
  const servers = Array.from(
    { length: realServers },
    (_, n) => `  real_server ${addressOf(n)} ${port} {\n${own(n)}  }\n`,
  );
  const pools = Array.from({ length: Math.ceil(realServers / perVirtualServer) }, (_, v) => {
    const pool = servers.slice(v * perVirtualServer, (v + 1) * perVirtualServer).join('');
    const head = '  delay_loop 6\n  lb_algo wlc\n  lb_kind DR\n  protocol TCP\n';
    return `virtual_server 10.77.1.${v + 1} ${port} {\n${head}${pool}}\n`;
  });
  return `global_defs {\n  xlb_interfaces eth0\n  xlb_http off\n}\n${pools.join('')}`;
}

/** One real server has all the addresses; the director knows where each of them is without asking. */
async function prepare(lab: Lab): Promise<void> {
  const [server] = lab.realServers;
  if (server === undefined) throw new Error('the lab has no real server');
  const all = Array.from({ length: Math.max(...sizes) }, (_, n) => addressOf(n));
  const batch = join(lab.directory, 'neighbours');
  writeFileSync(
    batch,
    all.map((one) => `neigh add ${one} lladdr ${server.mac} dev eth0 nud permanent\n`).join(''),
  );
  await lab.run(lab.director, ['ip', 'route', 'add', '10.2.0.0/16', 'dev', 'eth0']);
  await lab.run(lab.director, ['ip', '-batch', batch]);
  await lab.run(server, ['ip', 'route', 'add', 'local', '10.2.0.0/16', 'dev', 'lo']);
  const listener = lab.spawn(server, [process.execPath, child('listener'), String(port)], {
    stdout: 'inherit',
    stderr: 'inherit',
    ipc: true,
  });
  await once(listener, 'message');
}

/** A daemon with these pools, and what it takes. */
class Daemon {
  readonly socket: string;
  readonly #lab: Lab;
  readonly #director: DirectorProcess;

  constructor(lab: Lab, pools: Pools) {
    this.#lab = lab;
    this.#director = new DirectorProcess(lab, configuration(pools));
    this.socket = join(lab.directory, 'xlb.sock');
  }

  async start(): Promise<void> {
    await this.#director.start();
    await pause(settleMs);
  }

  end(): Promise<void> {
    return this.#director.end('SIGTERM');
  }

  get resident(): Resident {
    return residentOf(readFileSync(`/proc/${this.#pid}/status`, 'utf8'));
  }

  get tables(): number {
    const folder = `/proc/${this.#pid}/fdinfo`;
    const texts = readdirSync(folder).map((name) => {
      try {
        return readFileSync(`${folder}/${name}`, 'utf8');
      } catch {
        return ''; // it was closed meanwhile
      }
    });
    return tablesOf(texts);
  }

  /** Flows to the first virtual server. */
  async fill(flows: number, random: boolean): Promise<void> {
    const order: FillOrder = {
      interface: 'director',
      director: this.#lab.director.mac,
      address: '10.77.1.1',
      port,
      flows,
      random,
    };
    const pins = `/sys/fs/bpf/xlb/${this.#lab.instance}`;
    const on = ['taskset', '-c', String(laboratoryProcessor), process.execPath];
    await this.#lab.run(this.#lab.bridge, [...on, child('filler'), pins, JSON.stringify(order)]);
  }

  async reload(pools: Pools): Promise<void> {
    writeFileSync(join(this.#lab.directory, 'keepalived.conf'), configuration(pools));
    const outcome = await reload(this.socket);
    if (outcome.outcome !== 'reloaded')
      throw new Error(`the reload ended otherwise: ${JSON.stringify(outcome)}`);
  }

  get #pid(): string {
    return readFileSync(`${this.#lab.directory}/xlb.pid`, 'utf8').trim();
  }
}

async function atRest(lab: Lab, pools: Pools, waitMs = 0): Promise<Resident & { tables: number }> {
  const daemon = new Daemon(lab, pools);
  await daemon.start();
  await pause(waitMs);
  const found = { ...daemon.resident, tables: daemon.tables };
  await daemon.end();
  return found;
}

const counted = (n: number) => n.toLocaleString('en-US');
const mebibytes = { unit: 'MiB', better: 'less' } as const;

async function pools(lab: Lab, { rounds, progress }: Context): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const own: number[] = [];
  const tables: number[] = [];
  for (const realServers of sizes) {
    const found: Resident[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`${counted(realServers)} real servers`);
      const one = await atRest(lab, { realServers, checks: false });
      found.push(one);
      if (realServers === checked) own.push(one.own);
      if (realServers === 1) tables.push(one.tables);
    }
    const name = `resident with ${counted(realServers)} real server${realServers === 1 ? '' : 's'}`;
    const place = { chart: 'resident, by real servers', x: counted(realServers), axis: 'real servers' };
    const bound = realServers === 1 ? { bound: bounds.resident } : {};
    figures.push(
      figure(
        { name, ...mebibytes, ...bound, place: { ...place, series: 'all' } },
        found.map(({ all }) => all),
      ),
      figure(
        { name: `${name}: its own`, ...mebibytes, place: { ...place, series: 'its own' } },
        found.map((one) => one.own),
      ),
    );
  }
  progress(`${counted(checked)} real servers with checks`);
  const withChecks = await atRest(lab, { realServers: checked, checks: true }, checksMs);
  const base = Math.min(...own);
  return [
    ...figures,
    figure({ name: `resident with ${counted(checked)} real servers and checks`, ...mebibytes }, [
      withChecks.all,
    ]),
    figure(
      { name: 'for a check', unit: 'KiB', better: 'less', note: 'its own memory, of 10,000 TCP_CHECKs' },
      [((withChecks.own - base) * 1_024) / checked],
    ),
    figure({ name: "the kernel's tables, all", ...mebibytes }, tables),
  ];
}

async function flowTable(daemon: Daemon, { progress }: Context): Promise<readonly Figure[]> {
  const before = daemon.resident;
  // What a full ring did not take is made up for by the next one: they are the same clients.
  let status: Status | undefined;
  let made = 0;
  for (let turn = 0; turn < 3 && made < million; turn++) {
    progress(`a million flows, ${turn === 0 ? 'all' : 'those that were lost'}`);
    await daemon.fill(million, false);
    await pause(settleMs); // counters are read once a second
    status = await askStatus(daemon.socket, {});
    made = (status?.virtual_servers[0]?.connections ?? 0) - (status?.flows.evicted ?? 0);
  }
  const note = `${counted(status?.flows.evicted ?? 0)} evicted`;
  return [
    figure({ name: 'flow table', ...mebibytes, bound: bounds.flowTable }, [
      ((status?.flows.slots ?? 0) * slotBytes) / 2 ** 20,
    ]),
    figure({ name: 'flows held in it, of 1,000,000', unit: '', better: 'more', bound: million, note }, [
      made,
    ]),
    figure({ name: 'the daemon grows by them', unit: 'MiB', better: 'less' }, [
      daemon.resident.own - before.own,
    ]),
  ];
}

/** Minutes of a busy hour, as many as there is time for: each with a reload, weights, questions and flows. */
async function churn(daemon: Daemon, context: Context): Promise<readonly Figure[]> {
  const seconds = secondsOf(context, 60);
  const end = systemClock.nowMs() + seconds * 1_000;
  const samples: number[] = [];
  const done = { reloads: 0, weights: 0, questions: 0, flows: 0 };
  const realServer = `${addressOf(1)}:${port}`;
  while (systemClock.nowMs() < end || samples.length < leastMinutes) {
    await daemon.reload({ realServers: churned, checks: true, weight: (done.reloads++ % 2) + 2 });
    for (const weight of [0, null]) {
      await weigh(daemon.socket, { virtualServer: `10.77.1.1:${port}`, realServer, weight });
      done.weights++;
    }
    for (let asked = 0; asked < questionsAMinute; asked++, done.questions++)
      await askStatus(daemon.socket, { history: true });
    if (done.reloads % fillEvery === 0) {
      await daemon.fill(100_000, true);
      done.flows += 100_000;
    }
    samples.push(daemon.resident.own);
    context.progress(
      `churn: ${done.reloads} reloads, ${done.questions} questions, ${counted(done.flows)} flows`,
    );
  }
  const note = Object.entries(done)
    .map(([what, times]) => `${counted(times)} ${what}`)
    .join(', ');
  return [
    figure({ name: 'growth in an hour of churn', ...mebibytes, bound: bounds.growth, note }, [
      growthOf(samples) * 60,
    ]),
    figure({ name: 'its own memory under churn', ...mebibytes }, samples),
  ];
}

export const memory: Scenario = {
  rounds: 1,
  async run(context) {
    demand(['ip', 'nsenter', 'ethtool', 'taskset']);
    const lab = await createLab({ realServers: 1, name: 'bench' });
    try {
      await prepare(lab);
      const ofPools = await pools(lab, context);
      const daemon = new Daemon(lab, { realServers: churned, checks: true });
      await daemon.start();
      const figures = [...ofPools, ...(await flowTable(daemon, context)), ...(await churn(daemon, context))];
      await daemon.end();
      return {
        figures,
        about: { driver: 'veth', real_servers_of_a_virtual_server: perVirtualServer },
        notes: [
          'resident: all of VmRSS, of which tables that are mapped are a part; its own: RssAnon',
          'growth: the least of the last quarter of the minutes above that of the second, as of 60; the first warms up',
        ],
      };
    } finally {
      await lab.close();
    }
  },
};
