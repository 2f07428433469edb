/**
 * The VM's job of the stories about virtio-net: xlb on a driver with several queues, by each of its data paths in turn.
 * argv: where the result goes (JSON, one line); 'eth1' where it is to forward on the director's eth1, too.
 */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Datapath } from '../../src/config/model.ts';
import { setDatapath } from '../../src/control/client.ts';
import { Director, type Status } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import type { Lab } from '../helpers/lab.ts';
import { type Answer, counts, failures, senders, Traffic } from '../helpers/traffic.ts';
import { createVirtioLab, serveWeb } from './virtio_lab.ts';
import { refusingMac } from './virtio_nics.ts';

/** What was found after something was done. */
export interface Found {
  readonly step: string;
  /** What could not be done, as xlb or ethtool said. */
  readonly said: readonly string[];
  /** Of requests all the while, and of those over connections opened in the beginning. */
  readonly failed: readonly string[];
  /** Of twenty new connections afterwards, by real server. */
  readonly spread: Readonly<Record<string, number>>;
  /** Connections opened in the beginning that go on with the same real server. */
  readonly kept: number;
  /** As `xlb status` has it. */
  readonly interfaces: Status['interfaces'];
  /** Queues by which connections came meanwhile, by what became of their frames in the XDP program. */
  readonly queues: { readonly sent: readonly number[]; readonly handedOver: readonly number[] };
  /** What AF_XDP lost since the process began. */
  readonly lost: Readonly<Record<string, number>>;
}

export interface VirtioResult {
  readonly kernel: string;
  /** Seconds since the job began, by what was done then. */
  readonly at: Readonly<Record<string, number>>;
  readonly found: readonly Found[];
  /** Of the changes between native and generic mode on eth0: who had the packets meanwhile, as the log says. */
  readonly meanwhile: readonly string[];
}

const vip = '10.77.0.100';
const opened = 10;
const [, , file = '/dev/stdout', ...further] = process.argv;

class Story {
  readonly found: Found[] = [];
  readonly at: Record<string, number> = {};
  readonly #lab: Lab;
  readonly #director: Director;
  readonly #client: Traffic;
  #first: readonly string[] = [];

  static async begin(): Promise<Story> {
    const lab = await createVirtioLab({ realServers: 2, vips: [vip] });
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address, check: 0 }));
    const sizes = ['xlb_flow_table_size 16384', 'xlb_persistence_table_size 4096'];
    const global = ['xlb_http off', ...sizes, ...further.map((name) => `xlb_interfaces ${name}`)];
    const text = keepalivedConf({ vips: [vip], global, servers: [{ at: `${vip} 80`, pool }] });
    const client = new Traffic(lab);
    const [director] = await Promise.all([Director.start(lab, text), serveWeb(lab)]);
    await director.untilResolved();
    return new Story(lab, director, client);
  }

  private constructor(lab: Lab, director: Director, client: Traffic) {
    this.#lab = lab;
    this.#director = director;
    this.#client = client;
  }

  async open(): Promise<void> {
    this.#first = senders(await this.#client.open(vip, opened));
    await this.#look('begin', { said: [], answers: [] });
  }

  async switchUnderLoad(datapath: Datapath, step: string): Promise<void> {
    let said: readonly string[] = [];
    const change = async () => {
      said = await this.#set(datapath);
    };
    const answers = await this.#client.during(vip, change, { everyMs: 40 });
    await this.#look(step, { said, answers });
  }

  async #set(datapath: Datapath): Promise<readonly string[]> {
    return (await setDatapath(join(this.#lab.directory, 'xlb.sock'), { datapath })).problems;
  }

  /** Asks for one queue. */
  async fewerQueues(): Promise<void> {
    const { stderr } = await this.#run('ethtool', '-L', 'eth0', 'combined', '1');
    await this.#look('fewer queues', { said: stderr.trim().split('\n'), answers: [] });
  }

  async flap(): Promise<void> {
    for (const [way, state] of [
      ['down', 'FAULT'],
      ['up', 'MASTER'],
    ] as const) {
      await this.#run('ip', 'link', 'set', 'eth0', way);
      await this.#director.untilStatus(state, ({ vrrp_instances: [one] }) => one?.state === state);
    }
    await this.#director.untilResolved();
    await this.#look('flap', { said: [], answers: [] });
  }

  /** To the interface with this MAC, whatever ARP says. It is not to answer for addresses of the other one. */
  async #clientSendsTo(mac: string): Promise<void> {
    const { client } = this.#lab;
    const words = ['neigh', 'replace', vip, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent'];
    await this.#lab.run(client, ['ip', ...words]);
  }

  /** By eth1, whose program is behind the driver, each data path in turn; then by eth0 again. */
  async behindDriver(): Promise<void> {
    await this.#run('sysctl', '-qw', 'net.ipv4.conf.eth1.arp_ignore=1');
    await this.#run('ip', 'link', 'set', 'eth1', 'up');
    await this.#clientSendsTo(refusingMac);
    await this.switchUnderLoad('xdp', 'eth1 xdp');
    await this.switchUnderLoad('af_xdp', 'eth1 af_xdp');
    await this.#clientSendsTo(this.#lab.director.mac);
  }

  /** Nobody is there to be asked for the status. */
  async kill(): Promise<void> {
    await this.#director.end('SIGKILL');
    await this.#look('kill', { said: [], answers: [] });
  }

  get meanwhile(): string[] {
    const said = this.#director.log.matchAll(/XDP on eth0, \w+, after [\d.]+ ms (.*)$/gm);
    return [...said].map(([, words = '']) => words);
  }

  async end(): Promise<void> {
    await this.#lab.close();
  }

  async #look(step: string, { said, answers }: { said: readonly string[]; answers: readonly Answer[] }) {
    const before = await this.#frames();
    const spread = counts(await this.#client.get(vip, 20, { atOnce: 4 }));
    const still = await this.#client.ask();
    const after = await this.#frames();
    const came = (what: string) =>
      [0, 1].filter((queue) => (after[`${queue} ${what}`] ?? 0) > (before[`${queue} ${what}`] ?? 0));
    const { interfaces = [], af_xdp: { held: _, ...lost } = {} } = await this.#status();
    this.found.push({
      ...{ step, said, spread, interfaces, lost },
      failed: failures([...answers, ...still]),
      kept: senders(still).filter((name, index) => name === this.#first[index]).length,
      queues: { sent: came('xdp_tx'), handedOver: came('xdp_redirects') },
    });
    this.at[step] = Math.round(performance.now() / 100) / 10;
    process.stdout.write(`${this.at[step]} s: ${JSON.stringify(this.found.at(-1))}\n`);
  }

  #status(): Promise<Partial<Status>> {
    return this.#director.status().catch(() => ({}));
  }

  /** 'rx_queue_0_xdp_tx: 17'; 'rx0_xdp_tx: 17' from Linux 6.10 on. */
  async #frames(): Promise<Record<string, number>> {
    const { stdout } = await this.#run('ethtool', '-S', 'eth0');
    const rows = stdout.matchAll(/^ *rx(?:_queue_)?(\d)_(xdp_tx|xdp_redirects): (\d+)$/gm);
    return Object.fromEntries([...rows].map(([, queue, what, count]) => [`${queue} ${what}`, Number(count)]));
  }

  #run(...argv: readonly string[]) {
    return this.#lab.run(this.#lab.director, argv, { mayFail: true });
  }
}

async function tell(): Promise<VirtioResult> {
  const story = await Story.begin();
  await story.open();
  await story.switchUnderLoad('skb', 'skb');
  await story.switchUnderLoad('af_xdp', 'af_xdp after skb');
  await story.switchUnderLoad('skb', 'skb again');
  await story.switchUnderLoad('xdp', 'xdp');
  await story.switchUnderLoad('af_xdp', 'af_xdp');
  await story.fewerQueues();
  await story.flap();
  await story.switchUnderLoad('xdp', 'xdp again');
  await story.switchUnderLoad('af_xdp', 'af_xdp again');
  if (further.includes('eth1')) await story.behindDriver();
  await story.kill();
  await story.end();
  return { kernel: release(), at: story.at, found: story.found, meanwhile: story.meanwhile };
}

writeFileSync(file, `${JSON.stringify(await tell())}\n`);
