/**
 * The VM's job of the scenario `vm`: what a packet costs the director, for an empty XDP program that sends frames back
 * (the floor), for xlb and for the kernel's IPVS, in turn. argv: where the result goes (JSON, one line), rounds.
 *
 * Frames come as a driver hands them over (live frames). All that the director does with them is done by one kernel
 * thread (threaded NAPI), whose run time is what is measured: with a clock that counts instructions, so many of them.
 * One processor does it all: a burst that the ring of the veth holds, then a pause in which director and sink finish.
 * Real-time priorities, generator > director > sink, make every switch between them voluntary: the scheduler books the
 * time from a preempting wake-up to the switch on the wrong thread.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { addon, type Forwarder, type Generator } from '../../src/addon/addon.ts';
import { pause } from '../../src/demo/pause.ts';
import { ack, ipv4, syn } from '../director.ts';
import { type Pair, vethPair } from '../lab.ts';

export type Who = 'floor' | 'xlb' | 'ipvs';
export type Kind = 'established' | 'new';

/** Instructions a packet, one a round. */
export interface GuestResult {
  readonly kernel: string;
  readonly costs: Readonly<Record<string, readonly number[]>>;
}

const pinDirectory = '/sys/fs/bpf/xlb-bench';
/** A multiple of what the generator hands over at once (64); the veth ring holds 256. */
const burst = 192;
const flows = 6 * burst;
const packets = 20 * flows;
const vip = '10.200.0.1';
const realServers = [1, 2, 3, 4].map((n) => `10.100.0.${n}`);
const priorities = { generator: 70, director: 60, sink: 50 };

const run = (...argv: readonly string[]) => execFileSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' });
const pinned = (name: string) => `${name}r`;
const received = (name: string) =>
  Number(readFileSync(`/sys/class/net/${name}/statistics/rx_packets`, 'utf8'));

/** The kernel thread that takes the frames of an interface with one queue. */
function napiThread(name: string): number {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith(`napi/${name}-`);
    } catch {
      return false; // it has ended meanwhile
    }
  });
  if (found === undefined) throw new Error(`Cannot measure: ${name} has no thread`);
  return Number(found);
}

function prioritise(thread: number, priority: number): void {
  run('chrt', '-f', '-p', String(priority), String(thread));
}

/** A director at the receiving end of a veth, and the traffic into it. */
class Subject {
  readonly pair: Pair;
  readonly #name: string;
  readonly #generator: Generator;
  #thread = 0;
  #next = 0;

  constructor(name: string, number: number, generator: Generator) {
    this.#name = name;
    this.#generator = generator;
    this.pair = vethPair(name, number);
    generator.attach(this.pair.sender.index, 'sink');
  }

  /** When it forwards. */
  begin(): void {
    const ends = { [`${this.#name}r`]: priorities.director, [`${this.#name}s`]: priorities.sink };
    for (const [end, priority] of Object.entries(ends)) {
      writeFileSync(`/sys/class/net/${end}/threaded`, '1');
      prioritise(napiThread(end), priority);
    }
    this.#thread = napiThread(pinned(this.#name));
  }

  /** Frames of so many clients; those of `new` never came before. Instructions a packet. */
  async send(kind: Kind, flags: number, count: number): Promise<number> {
    const [receiver, sender] = [`${this.#name}r`, `${this.#name}s`];
    const before = { took: this.#runTime(), in: received(receiver), out: received(sender) };
    for (let sent = 0; sent < count; sent += burst) {
      const client = kind === 'new' ? 70_000 + this.#next : sent % flows;
      this.#next += burst;
      this.#generator.send({
        index: this.pair.sender.index,
        count: burst,
        destination: this.pair.receiver.mac,
        source: this.pair.sender.mac,
        firstClient: ipv4([10, 0], 1 + client),
        clients: burst,
        firstServer: vip,
        servers: 1,
        port: 80,
        flags,
      });
      for (let turns = 0; turns < 250 && received(sender) < before.out + sent + burst; turns++)
        await pause(4);
    }
    const [arrived, back] = [received(receiver) - before.in, received(sender) - before.out];
    if (arrived !== count || back !== count)
      throw new Error(
        `Cannot measure ${this.#name}: of ${count} frames ${arrived} arrived, ${back} came back`,
      );
    return (this.#runTime() - before.took) / count;
  }

  async establish(): Promise<void> {
    await this.send('established', syn, flows);
    await this.send('established', ack, flows);
  }

  #runTime(): number {
    return Number(readFileSync(`/proc/${this.#thread}/schedstat`, 'utf8').split(' ')[0]);
  }
}

function startXlb(forwarder: Forwarder, { sender, receiver }: Pair): void {
  forwarder.attach(receiver.index, 'native');
  for (const address of realServers) {
    const link = { index: receiver.index, mac: sender.mac, source: receiver.mac };
    forwarder.setNexthop(address, { kind: 'link', ...link });
  }
  forwarder.setVirtualServer({
    protocol: 'TCP',
    address: vip,
    port: 80,
    scheduler: 'rr',
    destinations: realServers.map((address) => ({ address, weight: 1 })),
  });
}

function startIpvs({ sender }: Pair): void {
  const device = pinned('ipvs');
  const address = ['address', 'add'];
  run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=0');
  run('sysctl', '-qw', `net.ipv4.conf.${device}.rp_filter=0`, 'net.ipv4.conf.all.send_redirects=0');
  run('ethtool', '-K', device, 'gro', 'on'); // without it a veth takes no frames of a driver
  run('ip', ...address, '10.100.0.254/24', 'dev', device);
  run('ip', ...address, `${vip}/32`, 'dev', device);
  for (const server of [...realServers, '10.100.0.253'])
    run('ip', 'neigh', 'add', server, 'lladdr', sender.mac, 'dev', device, 'nud', 'permanent');
  run('ip', 'route', 'add', 'default', 'via', '10.100.0.253');
  run('ipvsadm', '-A', '-t', `${vip}:80`, '-s', 'rr');
  for (const server of realServers)
    run('ipvsadm', '-a', '-t', `${vip}:80`, '-r', `${server}:80`, '-g', '-w', '1');
}

async function measure(rounds: number): Promise<GuestResult> {
  run('sysctl', '-qw', 'kernel.sched_rt_runtime_us=-1');
  writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'); // nothing is sent of its own accord
  const forwarder = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots: 2 ** 20 } });
  const generator = new (addon().Generator)(pinDirectory, { untimed: true });
  const subjects: Readonly<Record<Who, Subject>> = {
    floor: new Subject('floor', 1, generator),
    xlb: new Subject('xlb', 2, generator),
    ipvs: new Subject('ipvs', 3, generator),
  };
  generator.attach(subjects.floor.pair.receiver.index, 'empty');
  startXlb(forwarder, subjects.xlb.pair);
  startIpvs(subjects.ipvs.pair);
  for (const subject of Object.values(subjects)) subject.begin();
  prioritise(process.pid, priorities.generator);

  const costs: Record<string, number[]> = {};
  const note = (what: string, cost: number) => {
    costs[what] = [...(costs[what] ?? []), cost];
    process.stdout.write(`${what}: ${cost.toFixed(1)}\n`);
  };
  await subjects.xlb.establish();
  await subjects.ipvs.establish();
  // All of one kind first: what `new` leaves lengthens the chains of IPVS, for a minute of the VM's time.
  for (const kind of ['established', 'new'] as const)
    for (let round = -1; round < rounds; round++) {
      const keep = round < 0 ? () => {} : note; // the first one warms up
      if (kind === 'established') keep('floor', await subjects.floor.send(kind, ack, packets));
      for (const who of ['xlb', 'ipvs'] as const)
        keep(`${who} ${kind}`, await subjects[who].send(kind, kind === 'new' ? syn : ack, packets));
    }
  forwarder.close();
  return { kernel: release(), costs };
}

const [, , file = '/dev/stdout', rounds = '3'] = process.argv;
writeFileSync(file, `${JSON.stringify(await measure(Number(rounds)))}\n`);
