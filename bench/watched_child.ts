/**
 * Child process of the scenario `watched`: makes a veth pair into the director's program and one into an empty one, in
 * the director's namespace, and sends the same into both. It hears nothing while it sends.
 */
import { addon, type Generator } from '../src/addon/addon.ts';
import { ack, ipv4, syn } from './director.ts';
import { type Pair, vethPair } from './lab.ts';

export type Traffic = 'established' | 'new';

export type ToTraffic =
  | { readonly kind: 'open'; readonly pins: string }
  | { readonly kind: 'turn'; readonly traffic: Traffic; readonly seconds: number };

/** Nanoseconds a packet, of the program and of the empty one, and packets a second through the program. */
export interface TurnCost {
  readonly program: number;
  readonly empty: number;
  readonly rate: number;
}

export type FromTraffic =
  | { readonly kind: 'links'; readonly realServers: string }
  | { readonly kind: 'opened' }
  | ({ readonly kind: 'cost' } & TurnCost);

const kinds = { established: { flags: ack }, new: { flags: syn, erase: true } } as const;
const clients = { established: 1_000, new: 1_024 } as const;
/** Between the program and the empty one: some 50 ms. */
const stretch = 100 * clients.new;

const director = vethPair('xlb', 1);
const beside = vethPair('emp', 2);
let generator: Generator | undefined;

function made(): Generator {
  if (generator === undefined) throw new Error('Cannot send: `open` comes first');
  return generator;
}

interface Load {
  readonly clients: number;
  readonly count: number;
  readonly flags: number;
  readonly erase?: boolean;
}

function send({ sender, receiver }: Pair, load: Load): void {
  made().send({
    ...load,
    index: sender.index,
    destination: receiver.mac,
    source: sender.mac,
    firstClient: ipv4([10, 0], 1),
    firstServer: ipv4([10, 200], 0),
    servers: 1,
    port: 80,
  });
}

function open(pins: string): void {
  generator = new (addon().Generator)(pins);
  generator.attach(director.sender.index, 'sink');
  generator.attach(beside.sender.index, 'sink');
  generator.attach(beside.receiver.index, 'empty');
}

class Meter {
  readonly #pair: Pair;
  #nanoseconds = 0;
  #packets = 0;
  #ms = 0;

  constructor(pair: Pair) {
    this.#pair = pair;
  }

  send(load: Load): void {
    const { index } = this.#pair.receiver;
    const before = made().runTime(index);
    const began = performance.now();
    send(this.#pair, load);
    this.#ms += performance.now() - began;
    const after = made().runTime(index);
    const packets = after.packets - before.packets;
    if (packets !== load.count) throw new Error(`Cannot measure: of ${load.count} frames ${packets} arrived`);
    this.#packets += packets;
    this.#nanoseconds += after.nanoseconds - before.nanoseconds;
  }

  get cost(): number {
    return this.#nanoseconds / this.#packets;
  }

  get rate(): number {
    return this.#packets / (this.#ms / 1_000);
  }
}

function turn(traffic: Traffic, seconds: number): TurnCost {
  const all = { clients: clients[traffic], count: clients[traffic] };
  made().clearFlows();
  send(director, { ...all, flags: syn });
  if (traffic === 'established') send(director, { ...all, flags: ack });
  const flows = made().noteFlows();
  if (flows < 0.99 * all.count) throw new Error(`Cannot measure: ${flows} flows were made of ${all.count}`);
  const [program, empty] = [new Meter(director), new Meter(beside)];
  const load = { clients: all.clients, count: stretch, ...kinds[traffic] };
  const end = performance.now() + seconds * 1_000;
  do {
    program.send(load);
    empty.send(load);
  } while (performance.now() < end);
  return { program: program.cost, empty: empty.cost, rate: program.rate };
}

function answer(message: ToTraffic): FromTraffic {
  switch (message.kind) {
    case 'open':
      open(message.pins);
      return { kind: 'opened' };
    case 'turn':
      return { kind: 'cost', ...turn(message.traffic, message.seconds) };
  }
}

function tell(message: FromTraffic): void {
  process.send?.(message);
}

process.on('message', (message: ToTraffic) => tell(answer(message)));
tell({ kind: 'links', realServers: director.sender.mac });
