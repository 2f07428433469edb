/**
 * An interface of this machine, into which somebody outside sends: what it receives and what the director forwards a
 * second, in each mode. Nothing of it stays: no program, no table, also after Ctrl-C.
 */
import { type AfXdpCounts, addon, type Forwarder, type VerdictCount } from '../src/addon/addon.ts';
import { XlbError } from '../src/base/errors.ts';
import { pause } from '../src/demo/pause.ts';
import { mountBpffs, unmountBpffs } from '../src/demo/remains.ts';
import { figure, printed } from './figures.ts';
import { secondsOf } from './options.ts';
import type { Context, Figure, Measured } from './scenario.ts';

const flowSlots = 2 ** 21;
/** Until traffic has found its way: a driver takes its link down for a new program. */
const settleMs = 1_000;

export type Mode = 'xdp' | 'af_xdp' | 'skb';
const modes: readonly Mode[] = ['xdp', 'af_xdp', 'skb'];

export interface Target {
  readonly interface: string;
  readonly address: string;
  readonly port: number;
  /** MAC address that all packets of the virtual server are sent to. */
  readonly nextHop: string;
}

/** Pure: the options of the command line. */
export function targetOf({ option }: Pick<Context, 'option'>, name: string): Target {
  const to = option('virtual-server') ?? '198.18.0.1:80';
  const [, address, port] = /^(\d+\.\d+\.\d+\.\d+):(\d{1,5})$/.exec(to) ?? [];
  if (address === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new XlbError('USAGE', `Cannot take --virtual-server ${to}: it is not an IPv4 address with a port`);
  const nextHop = option('next-hop');
  if (nextHop === undefined || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(nextHop))
    throw new XlbError(
      'USAGE',
      `Cannot measure on ${name} without --next-hop MAC: what is forwarded has to go to somebody who wants it`,
    );
  return { interface: name, address, port: Number(port), nextHop };
}

/** In a second of one round. */
export interface Rates {
  readonly received: number;
  readonly forwarded: number;
}

/**
 * Pure. A frame that is lost on its way into or out of a socket of AF_XDP has no verdict, or FORWARDED all the same.
 * Frames are copied or not: only where they are does one without a buffer come to the program, and then it is among
 * `receiveOther` (__xsk_rcv() of the kernel); `fillEmpty` would count it twice.
 */
export function interfaceCounts(
  verdicts: readonly Pick<VerdictCount, 'action' | 'packets'>[],
  { receiveFull, receiveOther, transmitFull, transmitFailed }: AfXdpCounts,
): Rates {
  const sum = (chosen: typeof verdicts) => chosen.reduce((all, { packets }) => all + packets, 0);
  return {
    received: sum(verdicts) + receiveFull + receiveOther,
    forwarded: sum(verdicts.filter(({ action }) => action === 'forward')) - transmitFull - transmitFailed,
  };
}

/** Pure. */
export function interfaceFigures(mode: Mode, rates: readonly Rates[]): readonly Figure[] {
  const place = { chart: 'packets a second', x: mode, axis: '' };
  const described = (what: 'received' | 'forwarded') => ({
    name: `${mode}: ${what}`,
    unit: 'packets/s',
    better: 'more' as const,
    place: { ...place, series: what },
  });
  const share = ({ received, forwarded }: Rates) => (received === 0 ? 0 : (100 * forwarded) / received);
  return [
    figure(
      described('received'),
      rates.map(({ received }) => received),
    ),
    figure(
      described('forwarded'),
      rates.map(({ forwarded }) => forwarded),
    ),
    figure({ name: `${mode}: of what was received`, unit: '%', better: 'more' }, rates.map(share)),
  ];
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

class Attached {
  readonly #pins = `/sys/fs/bpf/xlb/bench-${process.pid}`;
  readonly #index: number;
  #forwarder: Forwarder | undefined;
  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.remove();
    process.kill(process.pid, signal); // our handlers are gone: this time it does what it always does
  };

  readonly #target: Target;
  readonly #mac: string;

  /** To be removed, whatever becomes of it. */
  constructor(target: Target) {
    const { index, mac } = linkOf(target.interface);
    this.#index = index;
    this.#target = target;
    this.#mac = mac;
    for (const signal of endingSignals) process.on(signal, this.#onSignal);
  }

  open(): void {
    const [index, target] = [this.#index, this.#target];
    mountBpffs();
    const forwarder = new (addon().Forwarder)({ pinDirectory: this.#pins, limits: { flowSlots } });
    this.#forwarder = forwarder;
    const realServer = '198.19.255.254'; // never looked for: its MAC address is given
    forwarder.setNexthop(realServer, { kind: 'link', index, mac: target.nextHop, source: this.#mac });
    forwarder.setVirtualServer({
      protocol: 'TCP',
      address: target.address,
      port: target.port,
      scheduler: 'rr',
      destinations: [{ address: realServer, weight: 1 }],
    });
  }

  /** Why not, where the interface cannot. */
  use(mode: Mode): string | undefined {
    try {
      const forwarder = this.#opened();
      forwarder.detach(this.#index);
      forwarder.attach(this.#index, mode === 'skb' ? 'generic' : 'native');
      if (mode === 'af_xdp') forwarder.useAfXdp();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  leave(): void {
    this.#opened().leaveAfXdp();
  }

  counts(): Rates {
    return interfaceCounts(this.#opened().verdicts(), this.#opened().afXdp().counts);
  }

  remove(): void {
    for (const signal of endingSignals) process.off(signal, this.#onSignal);
    this.#forwarder?.leaveAfXdp();
    this.#forwarder?.detach(this.#index);
    this.#forwarder?.close();
    addon().removePins(this.#pins);
    unmountBpffs();
  }

  #opened(): Forwarder {
    if (this.#forwarder === undefined) throw new Error('Cannot measure: open() comes first');
    return this.#forwarder;
  }
}

function linkOf(name: string): { readonly index: number; readonly mac: string } {
  const netlink = new (addon().Netlink)();
  const links = netlink.links();
  netlink.close();
  const link = links.find((candidate) => candidate.name === name);
  if (link !== undefined) return link;
  const all = links.map((one) => one.name).join(', ');
  throw new XlbError('USAGE', `Cannot measure on ${name}: there is no interface of this name, but ${all}`);
}

async function round(attached: Attached, seconds: number): Promise<Rates> {
  const [before, began] = [attached.counts(), performance.now()];
  await pause(seconds * 1_000);
  const [after, took] = [attached.counts(), (performance.now() - began) / 1_000];
  return {
    received: (after.received - before.received) / took,
    forwarded: (after.forwarded - before.forwarded) / took,
  };
}

export async function measureInterface(name: string, context: Context): Promise<Measured> {
  const target = targetOf(context, name);
  const seconds = secondsOf(context, 5);
  const attached = new Attached(target);
  const figures: Figure[] = [];
  const notes: string[] = [];
  try {
    attached.open();
    for (const mode of modes) {
      context.progress(`${name}, ${mode}`);
      const reason = attached.use(mode);
      if (reason !== undefined) {
        notes.push(`${mode} is not measured: ${reason}`);
        continue;
      }
      await pause(settleMs);
      const rates: Rates[] = [];
      for (let at = 0; at < context.rounds; at++) {
        const found = await round(attached, seconds);
        rates.push(found);
        context.progress(`${name}, ${mode}: ${printed(Math.round(found.received))} packets a second come`);
      }
      figures.push(...interfaceFigures(mode, rates));
      if (mode === 'af_xdp') attached.leave();
    }
  } finally {
    attached.remove();
  }
  const about = {
    interface: name,
    to: `${target.address}:${target.port}`,
    next_hop: target.nextHop,
    seconds,
  };
  return {
    figures,
    about,
    notes: [
      ...notes,
      'received: packets that came to the program, of whatever kind',
      'forwarded: without what a socket of AF_XDP lost; what the driver drops behind the program is not seen',
    ],
  };
}
