/** A worker thread that is started again when it dies: later each time, until one has lived for a while. */

import { Backoff } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';
import { reasonOf, XlbError } from './errors.ts';
import type { Logger } from './log.ts';

/** What of a worker thread is used here, so that a test can play it. */
export interface Thread<To, From> {
  postMessage(message: To): void;
  on(event: 'message', listener: (message: From) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

export interface ThreadShell<To, From> {
  readonly spawn: () => Thread<To, From>;
  readonly clock: Clock;
  /** Asked when something is to be said: the logger may not be there yet when the thread is started. */
  readonly log: () => Logger;
  /** False: a death ends the process. Default: true. */
  readonly respawn?: boolean;
  /** What becomes of the thread of this name: `death`, the reason of it, or, undefined, its successor runs. */
  readonly onWorker?: (name: string, death?: string) => void;
}

export interface Supervision<From> {
  /** 'VRRP': the log speaks of 'The VRRP worker'. */
  readonly name: string;
  /** A sentence's beginning: what holds while it is dead. */
  readonly meanwhile: string;
  readonly firstRestartMs: number;
  readonly onMessage: (message: From) => void;
  /** It is gone, and stays so unless restartLater() is called. */
  readonly onDeath: (error: Error) => void;
  /** Its successor runs, and knows nothing yet. */
  readonly onRestart: () => void;
  /** The first one that cannot be started has died, and is started later. Default: the constructor throws. */
  readonly firstMayFail?: boolean;
}

export class SupervisedThread<To, From> {
  readonly #shell: ThreadShell<To, From>;
  readonly #supervision: Supervision<From>;
  readonly #backoff: Backoff;
  #thread: Thread<To, From> | undefined;
  #failure: string | undefined;
  #restart: Timer | undefined;
  #restarts = 0;

  /** Starts it at once. Throws HOST where that fails. */
  constructor(shell: ThreadShell<To, From>, supervision: Supervision<From>) {
    this.#shell = shell;
    this.#supervision = supervision;
    this.#backoff = new Backoff(shell.clock, supervision.firstRestartMs);
    try {
      this.#thread = this.#start();
    } catch (error) {
      this.#failure = reasonOf(error);
      if (supervision.firstMayFail !== true)
        throw new XlbError('HOST', `Cannot start the ${supervision.name} worker: ${this.#failure}`, {
          help: 'a thread needs memory, and room below the limits of processes: ulimit -u, TasksMax= of the unit',
          cause: error,
        });
      // When whoever made this has it.
      queueMicrotask(() => supervision.onDeath(new Error(this.#failure)));
    }
  }

  /** How many successors it has had. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Where there is none at the moment, it is lost: the successor knows nothing. */
  post(message: To): void {
    this.#thread?.postMessage(message);
  }

  /** It said itself why it cannot go on: it ends, and that is the reason of its death. */
  fail(why: string): void {
    this.#failure = why;
    void this.#thread?.terminate();
  }

  restartLater(): void {
    const { clock, log, respawn = true } = this.#shell;
    const { meanwhile, name } = this.#supervision;
    if (!respawn) throw new XlbError('INTERNAL', `The ${name} worker died: ${this.#failure}. ${meanwhile}`);
    const delayMs = this.#backoff.nextMs();
    log().error(`The ${name} worker died: ${this.#failure}. ${meanwhile}; it is restarted in ${delayMs} ms`);
    this.#shell.onWorker?.(name, this.#failure ?? 'it ended by itself');
    this.#restart = clock.setTimer(delayMs, () => {
      try {
        this.#thread = this.#start();
      } catch (error) {
        // No memory, no more threads: that passes.
        this.#failure = reasonOf(error);
        this.restartLater();
        return;
      }
      this.#restarts++;
      this.#shell.onWorker?.(name);
      this.#supervision.onRestart();
    });
  }

  /** No successor comes any more. */
  async terminate(): Promise<void> {
    this.#restart?.cancel();
    await this.#thread?.terminate();
  }

  #start(): Thread<To, From> {
    this.#failure = undefined;
    this.#backoff.started();
    const thread = this.#shell.spawn();
    thread.on('message', this.#supervision.onMessage);
    thread.on('error', (error) => {
      this.#failure = error.message;
    });
    thread.on('exit', () => {
      this.#failure ??= 'it ended by itself';
      this.#supervision.onDeath(new Error(this.#failure));
    });
    return thread;
  }
}
