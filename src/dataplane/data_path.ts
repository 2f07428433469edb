/** Where packets of virtual servers are decided about: in the kernel's program, or in threads of this process. */
import { isDeepStrictEqual } from 'node:util';
import type { AfXdpOptions, AfXdpState, Forwarder, XdpMode } from '../addon/addon.ts';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Datapath } from '../config/model.ts';
import type { Links } from '../host/links.ts';
import type { InterfaceState, ThreadNews, WantedInterfaces } from './messages.ts';

/** How the program is attached for each. AF_XDP takes its frames from the program, wherever that runs. */
export const attachModes: Readonly<Record<Datapath, 'auto' | XdpMode>> = {
  auto: 'auto',
  xdp: 'native',
  af_xdp: 'auto',
  skb: 'generic',
};

/** An attempt takes queues from the driver and gives them back, which costs packets: not each second for ever. */
const FIRST_AGAIN_MS = 1_000;
const LAST_AGAIN_MS = 60_000;

export type DataPathForwarder = Pick<Forwarder, 'useAfXdp' | 'holdUnresolved' | 'afXdp' | 'attachments'>;

export interface DataPathShell {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: (level: 'warn', message: string) => void;
  readonly tell: (news: ThreadNews) => void;
}

export class DataPath {
  readonly #forwarder: DataPathForwarder;
  readonly #log: DataPathShell['log'];
  /** For all packets. */
  readonly #sockets: Attempts;
  /** For those that wait for a neighbour. */
  readonly #holding: Attempts;
  #wanted: Datapath = 'auto';
  #options: AfXdpOptions = {};
  /** Of the options, as it was told. */
  #refused: readonly string[] = [];
  /** Where the program was when it was tried last. */
  #place = '';
  readonly #tell: (news: ThreadNews) => void;
  /** Of threads, as far as they were told. */
  #deaths = 0;
  /** One has died, and no others run in its place yet. */
  #dead = false;

  constructor(forwarder: DataPathForwarder, { clock, log, tell }: DataPathShell) {
    this.#forwarder = forwarder;
    this.#log = log;
    this.#tell = tell;
    this.#sockets = new Attempts(clock);
    this.#holding = new Attempts(clock);
  }

  /** None, or one sentence. */
  get problems(): readonly string[] {
    const { problem } = this.#sockets;
    return problem === undefined ? [] : [`${problem}: the XDP program goes on forwarding in place of AF_XDP`];
  }

  /** Why packets cannot wait for the neighbour of their real server; they are dropped then. */
  get notHeld(): string | undefined {
    return this.#sockets.problem ?? this.#holding.problem;
  }

  get state(): AfXdpState {
    return this.#forwarder.afXdp();
  }

  /** Those that have the program. */
  interfaces(links: Pick<Links, 'byIndex'>): InterfaceState[] {
    const { interfaces, holds } = this.state;
    const sockets = new Map(interfaces.map((one) => [one.index, one]));
    return this.#forwarder.attachments().map(({ index, mode, reason }) => {
      const { queues, zeroCopy = false } = sockets.get(index) ?? {};
      return {
        name: links.byIndex(index)?.name ?? `#${index}`,
        mode,
        ...(reason === undefined ? {} : { reason }),
        ...(queues === undefined ? {} : holds ? { holdingQueues: queues } : { afXdp: { queues, zeroCopy } }),
      };
    });
  }

  /** To be called when the program may have been attached or detached somewhere. */
  use({ datapath: wanted, afXdp = {} }: Pick<WantedInterfaces, 'datapath' | 'afXdp'>): void {
    const attachments = this.#forwarder.attachments();
    const place = attachments.map(({ index, mode }) => `${index} ${mode}`).join();
    if (wanted !== this.#wanted || place !== this.#place || !isDeepStrictEqual(afXdp, this.#options)) {
      this.#sockets.forget();
      this.#holding.forget();
    }
    this.#wanted = wanted;
    this.#options = afXdp;
    this.#place = place;
    this.lookAgain();
  }

  /** To be called now and then: interfaces get other numbers of queues, and sockets that were refused may be had. */
  lookAgain(): void {
    // Not by leaveAfXdp() first: the queues that it frees are busy for a moment, which only one call can wait for.
    const done =
      this.#wanted === 'af_xdp'
        ? this.#sockets.attempt(() => this.#forwarder.useAfXdp(this.#options))
        : this.#holding.attempt(() => this.#forwarder.holdUnresolved());
    // Where it is on no interface, nothing is refused, and no thread runs.
    this.#tellOfThreads(done && this.#forwarder.attachments().length > 0);
    this.#tellRefused();
  }

  #tellOfThreads(run: boolean): void {
    const { deaths, lastDeath = '' } = this.state;
    if (deaths > this.#deaths) this.#tell({ kind: 'thread_died', why: lastDeath });
    this.#dead ||= deaths > this.#deaths;
    this.#deaths = deaths;
    if (!this.#dead || !run) return;
    this.#dead = false;
    this.#tell({ kind: 'threads_restarted' });
  }

  /** What the kernel does not let the threads have: once, until it does. */
  #tellRefused(): void {
    const { refused } = this.state;
    for (const sentence of refused)
      if (!this.#refused.includes(sentence))
        this.#log('warn', `Cannot ${sentence}: the threads of AF_XDP go on without`);
    this.#refused = refused;
  }
}

/** Something that may be refused, and is tried again later and later. */
class Attempts {
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** Why it was refused last. */
  problem: string | undefined;
  #againMs = 0;
  #waitMs = FIRST_AGAIN_MS;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** The next attempt is the first. */
  forget(): void {
    this.problem = undefined;
    this.#waitMs = FIRST_AGAIN_MS;
  }

  /** True where it was done; what is done already does no harm. */
  attempt(act: () => void): boolean {
    if (this.problem !== undefined && this.#clock.nowMs() < this.#againMs) return false;
    try {
      act();
      this.forget();
      return true;
    } catch (error) {
      this.problem = reasonOf(error);
      this.#againMs = this.#clock.nowMs() + this.#waitMs;
      this.#waitMs = Math.min(2 * this.#waitMs, LAST_AGAIN_MS);
      return false;
    }
  }
}
