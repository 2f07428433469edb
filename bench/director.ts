/** The program under test on one end of a veth, the empty one on another; the same traffic into both. */
import {
  addon,
  type Forwarder,
  type Generator,
  type SchedulerName,
  type XdpMode,
} from '../src/addon/addon.ts';
import { laboratoryProcessor, moveTo, type Pair, threadSeconds, vethPair } from './lab.ts';

const pinDirectory = '/sys/fs/bpf/xlb-bench';

const newline = 0x0a;

/** AF_XDP threads have this processor for themselves; traffic is made on the other one. */
const threadsProcessor = 0;

export const syn = 0x02;
export const ack = 0x10;

/** Packets of `clients` addresses in turn to the virtual servers in turn. */
export interface Load {
  readonly clients: number;
  readonly count: number;
  readonly flags: number;
  /** Flows that are noted are taken away whenever the turn of clients begins anew. */
  readonly erase?: boolean;
  /** 64 unless given. */
  readonly frameBytes?: number;
}

export interface Pool {
  readonly virtualServers: number;
  readonly realServers: number;
  readonly flowSlots: number;
  readonly templateSlots?: number;
  /** rr unless given. */
  readonly scheduler?: SchedulerName;
  /** Clients keep their real server. */
  readonly persistent?: boolean;
}

/** Packets that came back for a second of the thread's processor time, of more than it could take. */
export interface Rate {
  readonly program: number;
  readonly bare: number;
}

/** Nanoseconds a packet, with about 45 of measuring in each. */
export interface Cost {
  readonly program: number;
  readonly empty: number;
  /** Packets a second of the processor that makes them, too. */
  readonly rate: { readonly program: number; readonly empty: number };
}

interface Sent {
  readonly nanoseconds: number;
  readonly rate: number;
}

export function ipv4(first: readonly [number, number], n: number): string {
  return `${first[0]}.${first[1] + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

export class Director {
  readonly #director: Pair;
  readonly #beside: Pair;
  readonly #mode: XdpMode;
  #forwarder: Forwarder | undefined;
  #generator: Generator | undefined;
  /** With the generator that has it. */
  #barely: { readonly pair: Pair; readonly generator: Generator } | undefined;
  #virtualServers = 1;

  constructor(mode: XdpMode = 'native') {
    this.#mode = mode;
    this.#director = vethPair(`${mode === 'native' ? 'xlb' : 'xlbg'}`, mode === 'native' ? 1 : 5);
    this.#beside = vethPair(`${mode === 'native' ? 'emp' : 'empg'}`, mode === 'native' ? 2 : 6);
  }

  /** Begins anew, with empty tables. Every virtual server has all real servers. */
  open({ virtualServers, realServers, flowSlots, templateSlots, scheduler = 'rr', persistent }: Pool): void {
    this.close();
    addon().removePins(pinDirectory);
    const limits = { flowSlots, ...(templateSlots === undefined ? {} : { templateSlots }) };
    const forwarder = new (addon().Forwarder)({ pinDirectory, limits });
    this.#forwarder = forwarder;
    this.#openGenerator();
    this.#virtualServers = virtualServers;
    const { sender, receiver } = this.#director;
    forwarder.attach(receiver.index, this.#mode);
    const destinations = Array.from({ length: realServers }, (_, n) => ({
      address: ipv4([10, 100], n + 1),
      weight: 1,
    }));
    for (const { address } of destinations)
      forwarder.setNexthop(address, {
        kind: 'link',
        index: receiver.index,
        mac: sender.mac,
        source: receiver.mac,
      });
    for (let n = 0; n < virtualServers; n++)
      forwarder.setVirtualServer({
        protocol: 'TCP',
        address: ipv4([10, 200], n),
        port: 80,
        scheduler,
        ...(persistent === true ? { persistence: { seconds: 300, netmask: '255.255.255.255' } } : {}),
        // Many virtual servers share few real servers: what there can be of pairs is limited.
        destinations: virtualServers > 1 ? destinations.slice(0, 2) : destinations,
      });
  }

  /** Sends through the program only. */
  send(load: Load): void {
    this.#sendOver(this.#director, load);
  }

  /** The same through the program and through the empty one. */
  measure(load: Load): Cost {
    const [program, empty] = [this.#cost(this.#director, load), this.#cost(this.#beside, load)];
    return {
      program: program.nanoseconds,
      empty: empty.nanoseconds,
      rate: { program: program.rate, empty: empty.rate },
    };
  }

  /** Forwards by AF_XDP from now on; beside it there is a forwarder that is nothing but AF_XDP. */
  useAfXdp(): void {
    moveTo(threadsProcessor);
    this.#forwarder?.useAfXdp();
    if (this.#barely === undefined) {
      const pair = vethPair('bar', 3);
      this.#made.attach(pair.sender.index, 'sink');
      this.#made.forwardBarely(pair.receiver.index);
      this.#barely = { pair, generator: this.#made };
    }
    moveTo(laboratoryProcessor);
  }

  /** The same through the program's AF_XDP threads and through the bare one. */
  compareRates(load: Load): Rate {
    if (this.#barely === undefined) throw new Error('Cannot measure: useAfXdp() comes first');
    return {
      program: this.#rate('xlb-queue-0', this.#director, load),
      bare: this.#rate('bare', this.#barely.pair, load),
    };
  }

  /** Frames that AF_XDP lost, sent slowly or handed back, by what became of them. */
  get afXdpCounts(): Readonly<Record<string, number>> {
    const counted = Object.entries(this.#forwarder?.afXdp().counts ?? {}).filter(([, frames]) => frames > 0);
    return Object.fromEntries(counted);
  }

  noteFlows(): number {
    return this.#made.noteFlows();
  }

  clearFlows(): void {
    this.#made.clearFlows();
  }

  /** Flows made since open(). */
  get connections(): number {
    return (this.#forwarder?.virtualServers() ?? []).reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Templates that there are, and how many found no room. */
  get templates(): { readonly made: number; readonly evicted: number; readonly refused: number } {
    const servers = this.#forwarder?.virtualServers() ?? [];
    const destinations = servers.flatMap((server) => server.destinations);
    const { evicted = 0, refused = 0 } = this.#forwarder?.flows().templates ?? {};
    return { made: destinations.reduce((sum, { persistent }) => sum + persistent, 0), evicted, refused };
  }

  /** Reads all connections as ipvsadm -Lc does: when the first lines are there, and the last. */
  list(): { readonly lines: number; readonly firstMs: number; readonly allMs: number } {
    const began = performance.now();
    let lines = 0;
    let firstMs = 0;
    for (let stretch = 0; ; stretch++) {
      const text = this.#forwarder?.connections(stretch);
      if (text === undefined) break;
      if (stretch === 0) firstMs = performance.now() - began;
      for (const byte of text) if (byte === newline) lines++;
    }
    return { lines, firstMs: Math.round(firstMs), allMs: Math.round(performance.now() - began) };
  }

  get evicted(): number {
    return this.#forwarder?.flows().evicted ?? 0;
  }

  /** Packets by verdict, but those without any. */
  get verdicts(): Readonly<Record<string, number>> {
    const counted = (this.#forwarder?.verdicts() ?? []).filter(({ packets }) => packets > 0);
    return Object.fromEntries(counted.map(({ name, packets }) => [name, packets]));
  }

  close(): void {
    this.#forwarder?.close();
    this.#forwarder = undefined;
  }

  get #made(): Generator {
    if (this.#generator === undefined) throw new Error('Cannot measure: open() comes first');
    return this.#generator;
  }

  #openGenerator(): void {
    const first = this.#generator === undefined;
    this.#generator = new (addon().Generator)(pinDirectory);
    if (!first) return; // the companions stay
    this.#generator.attach(this.#director.sender.index, 'sink');
    this.#generator.attach(this.#beside.sender.index, 'sink');
    this.#generator.attach(this.#beside.receiver.index, 'empty', this.#mode);
  }

  #cost(pair: Pair, load: Load): Sent {
    const before = this.#made.runTime(pair.receiver.index);
    const began = performance.now();
    this.#sendOver(pair, load);
    const seconds = (performance.now() - began) / 1_000;
    const after = this.#made.runTime(pair.receiver.index);
    const packets = after.packets - before.packets;
    if (packets !== load.count) throw new Error(`Cannot measure: of ${load.count} frames ${packets} arrived`);
    return { nanoseconds: (after.nanoseconds - before.nanoseconds) / packets, rate: packets / seconds };
  }

  #rate(thread: string, pair: Pair, load: Load): number {
    const before = this.#made.runTime(pair.sender.index).packets;
    const began = threadSeconds(thread);
    this.#sendOver(pair, load);
    const seconds = threadSeconds(thread) - began;
    return (this.#made.runTime(pair.sender.index).packets - before) / seconds;
  }

  #sendOver(
    { sender, receiver }: Pair,
    { clients, count, flags, erase = false, frameBytes = 64 }: Load,
  ): void {
    // veth hands nothing of another program to generic XDP: there it comes in by the stack.
    const deliver = this.#mode === 'generic';
    this.#made.send({
      index: deliver ? receiver.index : sender.index,
      deliver,
      frameBytes,
      count,
      destination: receiver.mac,
      source: sender.mac,
      firstClient: ipv4([10, 0], 1),
      clients,
      firstServer: ipv4([10, 200], 0),
      servers: this.#virtualServers,
      port: 80,
      flags,
      erase,
    });
  }
}
