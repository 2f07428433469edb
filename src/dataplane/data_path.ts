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
/** Threads that have lived for so long have nothing to do with those that died before them. */
const STEADY_MS = 60_000;

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
  /** Of those, how many have no other in their place yet. */
  #dead = 0;

  constructor(forwarder: DataPathForwarder, { clock, log, tell }: DataPathShell) {
    this.#forwarder = forwarder;
    this.#log = log;
    this.#tell = tell;
    this.#sockets = new Attempts(clock);
    this.#holding = new Attempts(clock);
  }

  /** None, or one sentence. */
  get problems(): readonly string[] {
    const { refused, dying } = this.#sockets;
    if (refused !== undefined) return [`${refused}: the XDP program goes on forwarding in place of AF_XDP`];
    if (dying === undefined) return [];
    const cure = 'other threads are started ever more rarely, and the XDP program forwards meanwhile';
    return [`${dying}, again and again: ${cure}`];
  }

  /** Why packets cannot wait for the neighbour of their real server; they are dropped then. */
  get notHeld(): string | undefined {
    return this.#sockets.why ?? this.#holding.why;
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
    const attempts = this.#wanted === 'af_xdp' ? this.#sockets : this.#holding;
    this.#lookForDead(attempts);
    // Not by leaveAfXdp() first: the queues that it frees are busy for a moment, which only one call can wait for.
    const done = attempts.attempt(() =>
      this.#wanted === 'af_xdp' ? this.#forwarder.useAfXdp(this.#options) : this.#forwarder.holdUnresolved(),
    );
    // Where it is on no interface, nothing is refused, and no thread runs.
    if (done && this.#dead > 0 && this.#forwarder.attachments().length > 0) {
      this.#tell({ kind: 'threads_restarted', threads: this.#dead, again: attempts.dying !== undefined });
      this.#dead = 0;
    }
    this.#tellRefused();
  }

  #lookForDead(attempts: Attempts): void {
    const { deaths, lastDeath = '' } = this.state;
    if (deaths <= this.#deaths) return;
    attempts.undone(lastDeath);
    this.#dead += deaths - this.#deaths;
    this.#deaths = deaths;
    this.#tell({ kind: 'thread_died', why: lastDeath, again: attempts.dying !== undefined });
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

/** Something that may be refused, or be undone by itself once it was done, and is tried again later and later. */
class Attempts {
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** Why it was refused last. */
  refused: string | undefined;
  /** Why it was undone, where that has happened before, not long after it was done. */
  dying: string | undefined;
  #refusals = 0;
  #undoings = 0;
  #againMs = 0;
  #doneMs: number | undefined;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Why it is not done now. */
  get why(): string | undefined {
    return this.refused ?? (this.#doneMs === undefined ? this.dying : undefined);
  }

  /** The next attempt is the first. */
  forget(): void {
    this.refused = undefined;
    this.#refusals = 0;
    this.#againMs = 0;
    this.#doneMs = undefined;
    this.#settle();
  }

  /** True where it was done; what is done already does no harm. */
  attempt(act: () => void): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#againMs) return false;
    try {
      act();
    } catch (error) {
      this.refused = reasonOf(error);
      this.#doneMs = undefined;
      this.#againMs = nowMs + pauseMs(this.#refusals++);
      return false;
    }
    this.refused = undefined;
    this.#refusals = 0;
    this.#doneMs ??= nowMs;
    if (nowMs - this.#doneMs >= STEADY_MS) this.#settle();
    return true;
  }

  /** Once is done about at once; whoever dies again has a lasting cause, and starting costs packets. */
  undone(why: string): void {
    const nowMs = this.#clock.nowMs();
    if (this.#doneMs !== undefined && nowMs - this.#doneMs >= STEADY_MS) this.#settle();
    this.#doneMs = undefined;
    if (this.#undoings > 0) {
      this.dying ??= why;
      this.#againMs = nowMs + pauseMs(this.#undoings - 1);
    }
    this.#undoings++;
  }

  #settle(): void {
    this.dying = undefined;
    this.#undoings = 0;
  }
}

/** After so many in vain. */
const pauseMs = (times: number): number => Math.min(FIRST_AGAIN_MS * 2 ** times, LAST_AGAIN_MS);
