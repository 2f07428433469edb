/**
 * The main thread's side of the VRRP worker: starts it, restarts it when it dies (it adopts the addresses that are
 * there and gets the configuration again), and turns messages into promises.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { type Logger, replay } from '../base/forward_log.ts';
import type { VrrpConfig } from './instances.ts';
import type { FromVrrpWorker, ToVrrpWorker, VrrpOptions } from './messages.ts';
import type { VrrpNews } from './news.ts';
import type { InstanceStatus } from './status.ts';

/** What of a worker thread is used here, so that a test can play it. */
export interface VrrpThread {
  postMessage(message: ToVrrpWorker): void;
  on(event: 'message', listener: (message: FromVrrpWorker) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

/** Soon: other directors wait three adverts, and then take over. */
const FIRST_RESTART_MS = 10;
const LAST_RESTART_MS = 10_000;
/** A worker that lived this long has recovered: the next failure is a new one. */
const RECOVERED_MS = 30_000;

export interface VrrpClientShell {
  readonly spawn: () => VrrpThread;
  readonly clock: Clock;
  /** Asked when something is to be said: the logger may not be there yet when the worker is started. */
  readonly log: () => Logger;
}

interface Waiting<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export class VrrpClient {
  readonly #shell: VrrpClientShell;
  readonly #reads = new Map<number, Waiting<readonly InstanceStatus[]>>();
  readonly #configuring = new Map<number, Waiting<void>>();
  #worker: VrrpThread;
  #options: VrrpOptions | undefined;
  #config: VrrpConfig | undefined;
  #revision = 0;
  #request = 0;
  #alive = true;
  #ended = false;
  /** Some worker has been configured: what kills the next is not the host's refusal. */
  #worked = false;
  #stopping: Waiting<void> | undefined;
  #failure: string | undefined;
  #backoffMs = FIRST_RESTART_MS;
  #startedMs = 0;
  #restart: Timer | undefined;
  #onNews: (news: VrrpNews) => void = () => undefined;

  /** Starts the thread at once; it touches nothing until told to. */
  constructor(shell: VrrpClientShell) {
    this.#shell = shell;
    this.#worker = this.#start();
  }

  /** Called with what becomes of the virtual routers from now on. */
  onNews(listener: (news: VrrpNews) => void): void {
    this.#onNews = listener;
  }

  /** False between the death of a worker and the start of the next. */
  get running(): boolean {
    return this.#alive;
  }

  open(options: VrrpOptions): void {
    this.#options = options;
    if (this.#alive) this.#worker.postMessage({ kind: 'open', ...options });
    else this.#restartLater();
  }

  /**
   * Makes `config` the one in force. Answers once it is; rejects where the worker dies of it. It is replaced then, and
   * the next one gets the same, but for the first: what it could not do at the start, another could not either.
   */
  configure(config: VrrpConfig): Promise<void> {
    if (this.#ended) return Promise.reject(new Error('The VRRP worker is being stopped'));
    this.#config = config;
    const revision = ++this.#revision;
    if (this.#alive) this.#worker.postMessage({ kind: 'configure', revision, config });
    return new Promise((resolve, reject) => this.#configuring.set(revision, { resolve, reject }));
  }

  /** Rejects while the worker is being restarted. */
  status(): Promise<readonly InstanceStatus[]> {
    if (!this.#alive) return Promise.reject(new Error('The VRRP worker is being restarted'));
    const request = ++this.#request;
    this.#worker.postMessage({ kind: 'read', request });
    return new Promise((resolve, reject) => this.#reads.set(request, { resolve, reject }));
  }

  /** Resigns, waits for successors, withdraws the addresses and ends the thread. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.#restart?.cancel();
    if (this.#options === undefined || !this.#alive) {
      await this.#worker.terminate();
      return;
    }
    const stopped = new Promise<void>((resolve, reject) => {
      this.#stopping = { resolve, reject };
    });
    this.#worker.postMessage({ kind: 'stop' });
    try {
      await stopped;
    } finally {
      await this.#worker.terminate();
    }
  }

  /** Ends the thread and leaves the addresses where they are. */
  async abandon(): Promise<void> {
    this.#ended = true;
    this.#restart?.cancel();
    await this.#worker.terminate();
  }

  #start(): VrrpThread {
    this.#failure = undefined;
    this.#alive = true;
    this.#startedMs = this.#shell.clock.nowMs();
    const worker = this.#shell.spawn();
    worker.on('message', (message) => this.#take(message));
    worker.on('error', (error) => {
      this.#failure = error.message;
    });
    worker.on('exit', () => {
      this.#failure ??= 'it ended by itself';
      this.#died();
    });
    return worker;
  }

  #take(message: FromVrrpWorker): void {
    switch (message.kind) {
      case 'configured':
        this.#worked = true;
        for (const [revision, one] of this.#configuring) {
          if (revision > message.revision) continue;
          this.#configuring.delete(revision);
          one.resolve();
        }
        break;
      case 'log':
        replay(this.#shell.log(), message.record);
        break;
      case 'news':
        this.#onNews(message.news);
        break;
      case 'status':
        this.#reads.get(message.request)?.resolve(message.instances);
        this.#reads.delete(message.request);
        break;
      case 'failed':
        this.#failure = message.message;
        void this.#worker.terminate();
        break;
      case 'stopped':
        this.#stopping?.resolve();
        this.#stopping = undefined;
        break;
    }
  }

  #died(): void {
    this.#alive = false;
    const error = new Error(this.#failure ?? 'The VRRP worker ended');
    for (const { reject } of this.#reads.values()) reject(error);
    this.#reads.clear();
    this.#stopping?.reject(error);
    const configuring = [...this.#configuring.values()];
    this.#configuring.clear();
    if (!this.#ended && this.#options !== undefined) {
      if (this.#worked || configuring.length === 0) this.#restartLater();
      else this.#ended = true;
    }
    // Who waits goes on: a reload that never ended would hold up all later ones.
    for (const { reject } of configuring) reject(error);
  }

  #restartLater(): void {
    const { clock, log } = this.#shell;
    if (clock.nowMs() - this.#startedMs >= RECOVERED_MS) this.#backoffMs = FIRST_RESTART_MS;
    log().error(
      `The VRRP worker died: ${this.#failure}. Addresses stay as they are; it is restarted in ${this.#backoffMs} ms`,
    );
    this.#restart = clock.setTimer(this.#backoffMs, () => this.#startAgain());
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_RESTART_MS);
  }

  #startAgain(): void {
    this.#worker = this.#start();
    this.#shell.log().notice('The VRRP worker was started again');
    if (this.#options !== undefined) this.#worker.postMessage({ kind: 'open', ...this.#options });
    if (this.#config === undefined) return;
    this.#worker.postMessage({ kind: 'configure', revision: this.#revision, config: this.#config });
  }
}
