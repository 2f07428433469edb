/**
 * The main thread's side of the VRRP worker: starts it, restarts it when it dies (it adopts the addresses that are
 * there and gets the configuration again), and turns messages into promises.
 */
import { replay } from '../base/forward_log.ts';
import { SupervisedThread, type Thread, type ThreadShell } from '../base/supervised_thread.ts';
import type { VrrpConfig } from './instances.ts';
import type { FromVrrpWorker, ToVrrpWorker, VrrpOptions } from './messages.ts';
import type { VrrpNews } from './news.ts';
import type { InstanceStatus } from './status.ts';

export type VrrpThread = Thread<ToVrrpWorker, FromVrrpWorker>;
export type VrrpClientShell = ThreadShell<ToVrrpWorker, FromVrrpWorker>;

/** Soon: other directors wait three adverts, and then take over. */
const FIRST_RESTART_MS = 10;

interface Waiting<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export class VrrpClient {
  readonly #shell: VrrpClientShell;
  readonly #reads = new Map<number, Waiting<readonly InstanceStatus[]>>();
  readonly #configuring = new Map<number, Waiting<void> & { readonly config: VrrpConfig }>();
  readonly #worker: SupervisedThread<ToVrrpWorker, FromVrrpWorker>;
  #options: VrrpOptions | undefined;
  #config: VrrpConfig | undefined;
  /** The last one that a worker survived. */
  #inForce: VrrpConfig | undefined;
  #revision = 0;
  #request = 0;
  #alive = true;
  #ended = false;
  #stopping: Waiting<void> | undefined;
  #onNews: (news: VrrpNews) => void = () => undefined;

  /** Starts the thread at once; it touches nothing until told to. */
  constructor(shell: VrrpClientShell) {
    this.#shell = shell;
    this.#worker = new SupervisedThread(shell, {
      name: 'VRRP',
      meanwhile: 'Addresses stay as they are',
      firstRestartMs: FIRST_RESTART_MS,
      onMessage: (message) => this.#take(message),
      onDeath: (error) => this.#died(error),
      onRestart: () => this.#startedAgain(),
    });
  }

  /** Called with what becomes of the virtual routers from now on. */
  onNews(listener: (news: VrrpNews) => void): void {
    this.#onNews = listener;
  }

  /** False between the death of a worker and the start of the next. */
  get running(): boolean {
    return this.#alive;
  }

  /** Workers that died and were replaced. */
  get restarts(): number {
    return this.#worker.restarts;
  }

  open(options: VrrpOptions): void {
    this.#options = options;
    if (this.#alive) this.#worker.post({ kind: 'open', ...options });
    else this.#worker.restartLater();
  }

  /**
   * Makes `config` the one in force. Answers once it is; rejects where the worker dies of it. The next worker goes on
   * with the one before, and where there was none there is no next: what it could not do, another could not either.
   */
  configure(config: VrrpConfig): Promise<void> {
    if (this.#ended) return Promise.reject(new Error('The VRRP worker is being stopped'));
    this.#config = config;
    const revision = ++this.#revision;
    if (this.#alive) this.#worker.post({ kind: 'configure', revision, config });
    return new Promise((resolve, reject) => this.#configuring.set(revision, { config, resolve, reject }));
  }

  /** Rejects while the worker is being restarted. `clear`: what was counted begins anew, after the answer. */
  status({ clear = false } = {}): Promise<readonly InstanceStatus[]> {
    if (!this.#alive) return Promise.reject(new Error('The VRRP worker is being restarted'));
    const request = ++this.#request;
    this.#worker.post({ kind: 'read', request, ...(clear ? { clear } : {}) });
    return new Promise((resolve, reject) => this.#reads.set(request, { resolve, reject }));
  }

  /** Resigns, waits for successors, withdraws the addresses and ends the thread. */
  async stop(): Promise<void> {
    this.#ended = true;
    if (this.#options === undefined || !this.#alive) {
      await this.#worker.terminate();
      return;
    }
    const stopped = new Promise<void>((resolve, reject) => {
      this.#stopping = { resolve, reject };
    });
    this.#worker.post({ kind: 'stop' });
    try {
      await stopped;
    } finally {
      await this.#worker.terminate();
    }
  }

  /** Ends the thread and leaves the addresses where they are. */
  async abandon(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #take(message: FromVrrpWorker): void {
    switch (message.kind) {
      case 'configured':
        for (const [revision, one] of this.#configuring) {
          if (revision > message.revision) continue;
          this.#configuring.delete(revision);
          this.#inForce = one.config;
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
        this.#worker.fail(message.message);
        break;
      case 'stopped':
        this.#stopping?.resolve();
        this.#stopping = undefined;
        break;
    }
  }

  #died(error: Error): void {
    this.#alive = false;
    for (const { reject } of this.#reads.values()) reject(error);
    this.#reads.clear();
    this.#stopping?.reject(error);
    const configuring = [...this.#configuring.values()];
    this.#configuring.clear();
    if (!this.#ended && this.#options !== undefined) {
      if (this.#inForce === undefined && configuring.length > 0) this.#ended = true;
      else this.#restartLater(configuring.length > 0);
    }
    // Who waits goes on: a reload that never ended would hold up all later ones.
    for (const { reject } of configuring) reject(error);
  }

  /** `wasConfiguring`: it may have died of what it was given. Another would die of it too, again and again. */
  #restartLater(wasConfiguring: boolean): void {
    this.#worker.restartLater();
    if (!wasConfiguring) return;
    this.#config = this.#inForce;
    this.#shell
      .log()
      .error('It died of the new configuration: the virtual routers go on with the one before');
  }

  #startedAgain(): void {
    this.#alive = true;
    this.#shell.log().notice('The VRRP worker was started again');
    if (this.#options !== undefined) this.#worker.post({ kind: 'open', ...this.#options });
    if (this.#config === undefined) return;
    this.#worker.post({ kind: 'configure', revision: this.#revision, config: this.#config });
  }
}
