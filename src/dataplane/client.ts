/**
 * The main thread's side of the dataplane worker: starts it, restarts it when it dies (it adopts the pinned tables
 * and gets the last wish again), and turns messages into promises. Forwarding never waits for any of this.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type {
  Applied,
  DataplaneState,
  FromWorker,
  Opened,
  OpenOptions,
  ToWorker,
  Wanted,
} from './messages.ts';
import type { Question, Reply, ReplyTo } from './questions.ts';

/** What of a worker thread is used here, so that a test can play it. */
export interface WorkerThread {
  postMessage(message: ToWorker): void;
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 10_000;
/** A worker that lived this long has recovered: the next failure is a new one. */
const RECOVERED_MS = 30_000;

interface Waiting<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export interface DataplaneClientShell {
  readonly spawn: () => WorkerThread;
  readonly clock: Clock;
  /** Asked when something is to be said: the logger may not be there yet when the worker is started. */
  readonly log: () => Logger;
}

export class DataplaneClient {
  readonly #shell: DataplaneClientShell;
  readonly #reads = new Map<number, Waiting<DataplaneState>>();
  readonly #questions = new Map<number, Waiting<Reply>>();
  readonly #wishes = new Map<number, Waiting<Applied>>();
  #worker: WorkerThread;
  #options: OpenOptions | undefined;
  #opening: Waiting<Opened> | undefined;
  #stopping: Waiting<readonly string[]> | undefined;
  #running = false;
  #ended = false;
  #wanted: Wanted | undefined;
  #revision = 0;
  #request = 0;
  #failure: string | undefined;
  #backoffMs = FIRST_RESTART_MS;
  #startedMs = 0;
  #restart: Timer | undefined;

  /** Starts the thread at once; it opens nothing until told to. */
  constructor(shell: DataplaneClientShell) {
    this.#shell = shell;
    this.#worker = this.#start();
  }

  /** True while a worker serves the tables; false between its death and the next one's opening. */
  get running(): boolean {
    return this.#running;
  }

  /** Opens or makes the tables. Rejects where that is not possible: the first time, nobody tries again. */
  open(options: OpenOptions): Promise<Opened> {
    this.#options = options;
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      if (this.#failure === undefined) this.#worker.postMessage({ kind: 'open', ...options });
      else this.#died();
    });
  }

  /**
   * Makes `wanted` the state that shall be. Answers once it is; an earlier wish that is still under way is answered
   * by the same. A worker that dies meanwhile is replaced, and its successor answers.
   */
  want(wanted: Wanted): Promise<Applied> {
    this.#wanted = wanted;
    this.#revision++;
    const revision = this.#revision;
    if (this.#running) this.#worker.postMessage({ kind: 'want', revision, wanted });
    return new Promise((resolve, reject) => this.#wishes.set(revision, { resolve, reject }));
  }

  /** What the tables hold. Rejects while the worker is being restarted. */
  read(): Promise<DataplaneState> {
    if (!this.#running) return Promise.reject(new Error('The dataplane worker is being restarted'));
    this.#request++;
    const request = this.#request;
    this.#worker.postMessage({ kind: 'read', request });
    return new Promise((resolve, reject) => this.#reads.set(request, { resolve, reject }));
  }

  /** Rejects where the worker could not answer, or is being restarted. */
  async ask<Asked extends Question['ask']>(question: Question & { ask: Asked }): Promise<ReplyTo<Asked>> {
    if (!this.#running) throw new Error('The dataplane worker is being restarted');
    this.#request++;
    const request = this.#request;
    this.#worker.postMessage({ kind: 'ask', request, question });
    const reply = await new Promise<Reply>((resolve, reject) =>
      this.#questions.set(request, { resolve, reject }),
    );
    if (reply.ask === 'failed') throw new Error(reply.message);
    return reply as ReplyTo<Asked>;
  }

  /** Detaches, removes the pins and ends the thread; what could not be done, one sentence each. */
  async stop(): Promise<readonly string[]> {
    this.#ended = true;
    this.#restart?.cancel();
    if (!this.#running) {
      await this.#worker.terminate();
      return ['The dataplane worker was not running'];
    }
    const problems = await new Promise<readonly string[]>((resolve, reject) => {
      this.#stopping = { resolve, reject };
      this.#worker.postMessage({ kind: 'stop' });
    });
    await this.#worker.terminate();
    return problems;
  }

  /** Ends the thread and leaves the packet path forwarding. */
  async abandon(): Promise<void> {
    this.#ended = true;
    this.#restart?.cancel();
    await this.#worker.terminate();
  }

  #start(): WorkerThread {
    this.#failure = undefined;
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

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'opened':
        this.#running = true;
        this.#opened(message);
        break;
      case 'applied':
        for (const [revision, wish] of this.#wishes) {
          if (revision > message.revision) continue;
          this.#wishes.delete(revision);
          wish.resolve(message);
        }
        break;
      case 'state':
        this.#reads.get(message.request)?.resolve(message.state);
        this.#reads.delete(message.request);
        break;
      case 'reply':
        this.#questions.get(message.request)?.resolve(message.reply);
        this.#questions.delete(message.request);
        break;
      case 'log':
        this.#shell.log()[message.level](message.message);
        break;
      case 'failed':
        this.#failure = message.message;
        void this.#worker.terminate();
        break;
      case 'stopped':
        this.#running = false;
        this.#stopping?.resolve(message.problems);
        break;
    }
  }

  #opened(opened: Opened): void {
    if (this.#opening !== undefined) {
      this.#opening.resolve(opened);
      this.#opening = undefined;
      return;
    }
    this.#shell.log().notice('The dataplane worker is back');
    if (opened.discarded !== undefined) this.#shell.log().warn(`Tables were made anew: ${opened.discarded}`);
    if (this.#wanted === undefined) return;
    this.#worker.postMessage({ kind: 'want', revision: this.#revision, wanted: this.#wanted });
    // Nobody may be waiting any more; what the successor could not do is said all the same.
    if (!this.#wishes.has(this.#revision)) this.#wishes.set(this.#revision, this.#reporting());
  }

  #reporting(): Waiting<Applied> {
    const log = this.#shell.log();
    return {
      resolve: ({ problems }) => {
        for (const problem of problems) log.warn(problem);
      },
      reject: () => undefined,
    };
  }

  #died(): void {
    this.#running = false;
    const error = new Error(this.#failure ?? 'The dataplane worker ended');
    for (const { reject } of [...this.#reads.values(), ...this.#questions.values()]) reject(error);
    this.#reads.clear();
    this.#questions.clear();
    this.#stopping?.reject(error);
    if (this.#ended || this.#options === undefined) return;
    if (this.#opening !== undefined) {
      this.#ended = true;
      this.#opening.reject(error);
      return;
    }
    this.#restartLater(error.message);
  }

  #restartLater(reason: string): void {
    const { clock, log } = this.#shell;
    if (clock.nowMs() - this.#startedMs >= RECOVERED_MS) this.#backoffMs = FIRST_RESTART_MS;
    log().error(
      `The dataplane worker died: ${reason}. Forwarding goes on; it is restarted in ${this.#backoffMs} ms`,
    );
    this.#restart = clock.setTimer(this.#backoffMs, () => {
      this.#worker = this.#start();
      if (this.#options !== undefined) this.#worker.postMessage({ kind: 'open', ...this.#options });
    });
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_RESTART_MS);
  }
}
