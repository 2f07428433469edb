/**
 * The main thread's side of the dataplane worker: starts it, restarts it when it dies (it adopts the pinned tables
 * and gets the last wish again), and turns messages into promises. Forwarding never waits for any of this.
 */
import { XlbError } from '../base/errors.ts';
import { SupervisedThread, type Thread, type ThreadShell } from '../base/supervised_thread.ts';
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
import type { TraceNews } from './tracing.ts';
import { type KnownWish, packWish } from './wish.ts';

export type WorkerThread = Thread<ToWorker, FromWorker>;
export type DataplaneClientShell = ThreadShell<ToWorker, FromWorker>;

const FIRST_RESTART_MS = 100;

interface Waiting<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export class DataplaneClient {
  readonly #shell: DataplaneClientShell;
  readonly #reads = new Map<number, Waiting<DataplaneState>>();
  readonly #questions = new Map<number, Waiting<Reply>>();
  readonly #wishes = new Map<number, Waiting<Applied>>();
  /** AF_XDP threads that ended by themselves and were replaced. */
  readonly threads = { restarts: 0 };
  readonly #worker: SupervisedThread<ToWorker, FromWorker>;
  #options: OpenOptions | undefined;
  #opening: Waiting<Opened> | undefined;
  #stopping: Waiting<readonly string[]> | undefined;
  #running = false;
  #ended = false;
  #wanted: Wanted | undefined;
  /** What this worker was sent last. */
  #sent: KnownWish | undefined;
  #revision = 0;
  #request = 0;
  #onTrace: (news: TraceNews) => void = () => undefined;
  /** Why the last one died, until its successor is there. */
  #death: Error | undefined;

  /** Starts the thread at once; it opens nothing until told to. */
  constructor(shell: DataplaneClientShell) {
    this.#shell = shell;
    this.#worker = new SupervisedThread(shell, {
      name: 'dataplane',
      meanwhile: 'Forwarding goes on',
      firstRestartMs: FIRST_RESTART_MS,
      onMessage: (message) => this.#take(message),
      onDeath: (error) => this.#died(error),
      onRestart: () => {
        this.#death = undefined;
        if (this.#options !== undefined) this.#worker.post({ kind: 'open', ...this.#options });
      },
    });
  }

  /** True while a worker serves the tables; false between its death and the next one's opening. */
  get running(): boolean {
    return this.#running;
  }

  /** Workers that died and were replaced. */
  get restarts(): number {
    return this.#worker.restarts;
  }

  /** Opens or makes the tables. Rejects where that is not possible: the first time, nobody tries again. */
  open(options: OpenOptions): Promise<Opened> {
    this.#options = options;
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      if (this.#death === undefined) this.#worker.post({ kind: 'open', ...options });
      else this.#died(this.#death);
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
    if (this.#running) this.#send(wanted);
    return new Promise((resolve, reject) => this.#wishes.set(revision, { resolve, reject }));
  }

  /** Who hears what is told of packets (the question 'trace'). A worker that dies tells no more: trace_failed. */
  onTrace(listener: (news: TraceNews) => void): void {
    this.#onTrace = listener;
  }

  /** What the tables hold. Rejects while the worker is being restarted. */
  read(): Promise<DataplaneState> {
    if (!this.#running) return Promise.reject(restarting());
    this.#request++;
    const request = this.#request;
    this.#worker.post({ kind: 'read', request });
    return new Promise((resolve, reject) => this.#reads.set(request, { resolve, reject }));
  }

  /** Rejects where the worker could not answer, or is being restarted. */
  async ask<Asked extends Question['ask']>(question: Question & { ask: Asked }): Promise<ReplyTo<Asked>> {
    if (!this.#running) throw restarting();
    this.#request++;
    const request = this.#request;
    this.#worker.post({ kind: 'ask', request, question });
    const reply = await new Promise<Reply>((resolve, reject) =>
      this.#questions.set(request, { resolve, reject }),
    );
    if (reply.ask === 'failed') throw new Error(reply.message);
    return reply as ReplyTo<Asked>;
  }

  /** Detaches, removes the pins and ends the thread; what could not be done, one sentence each. */
  async stop(): Promise<readonly string[]> {
    this.#ended = true;
    if (!this.#running) {
      await this.#worker.terminate();
      return ['The dataplane worker was not running'];
    }
    const problems = await new Promise<readonly string[]>((resolve, reject) => {
      this.#stopping = { resolve, reject };
      this.#worker.post({ kind: 'stop' });
    });
    await this.#worker.terminate();
    return problems;
  }

  /** Ends the thread and leaves the packet path forwarding. */
  async abandon(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
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
      case 'traced':
      case 'trace_counts':
      case 'trace_failed':
        this.#onTrace(message);
        break;
      case 'thread_died': {
        const meanwhile = 'The XDP program forwards meanwhile';
        if (!message.again) this.#shell.log().error(`An AF_XDP thread died: ${message.why}. ${meanwhile}`);
        this.#shell.onWorker?.('af_xdp', message.why);
        break;
      }
      case 'threads_restarted':
        this.threads.restarts += message.threads;
        if (!message.again) this.#shell.log().notice('The AF_XDP threads were restarted');
        this.#shell.onWorker?.('af_xdp');
        break;
      case 'log':
        this.#shell.log()[message.level](message.message);
        break;
      case 'failed':
        this.#worker.fail(message.message);
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
    this.#send(this.#wanted);
    // Nobody may be waiting any more; what the successor could not do is said all the same.
    if (!this.#wishes.has(this.#revision)) this.#wishes.set(this.#revision, this.#reporting());
  }

  #send(wanted: Wanted): void {
    const revision = this.#revision;
    this.#worker.post({ kind: 'want', revision, wanted: packWish(wanted, this.#sent) });
    this.#sent = { revision, wanted };
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

  #died(error: Error): void {
    this.#running = false;
    this.#sent = undefined;
    this.#death = error;
    const unanswered = restarting(error);
    for (const { reject } of [...this.#reads.values(), ...this.#questions.values()]) reject(unanswered);
    this.#reads.clear();
    this.#questions.clear();
    this.#stopping?.reject(error);
    this.#onTrace({ kind: 'trace_failed', reason: error.message });
    if (this.#ended || this.#options === undefined) return;
    if (this.#opening !== undefined) {
      this.#ended = true;
      this.#opening.reject(error);
      return;
    }
    this.#worker.restartLater();
  }
}

/** Of a question without an answer. `cause`: what the worker died of. */
function restarting(cause?: Error): XlbError {
  const why = cause === undefined ? '' : ` (${cause.message})`;
  const message = `The dataplane worker is being restarted${why}: forwarding goes on; ask again in a second`;
  return new XlbError('RESTARTING', message, cause === undefined ? {} : { cause });
}
