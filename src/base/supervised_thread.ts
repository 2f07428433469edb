/** A worker thread that is started again when it dies: later each time, until one has lived for a while. */

import type { Clock, Timer } from './clock.ts';
import { reasonOf, XlbError } from './errors.ts';
import type { Logger } from './log.ts';

const LAST_RESTART_MS = 10_000;
/** A worker that lived this long has recovered: the next failure is a new one. */
const RECOVERED_MS = 30_000;

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
}

export class SupervisedThread<To, From> {
  readonly #shell: ThreadShell<To, From>;
  readonly #supervision: Supervision<From>;
  #thread: Thread<To, From>;
  #failure: string | undefined;
  #backoffMs: number;
  #startedMs = 0;
  #restart: Timer | undefined;
  #restarts = 0;

  /** Starts it at once. */
  constructor(shell: ThreadShell<To, From>, supervision: Supervision<From>) {
    this.#shell = shell;
    this.#supervision = supervision;
    this.#backoffMs = supervision.firstRestartMs;
    this.#thread = this.#start();
  }

  /** How many successors it has had. */
  get restarts(): number {
    return this.#restarts;
  }

  post(message: To): void {
    this.#thread.postMessage(message);
  }

  /** It said itself why it cannot go on: it ends, and that is the reason of its death. */
  fail(why: string): void {
    this.#failure = why;
    void this.#thread.terminate();
  }

  restartLater(): void {
    const { clock, log, respawn = true } = this.#shell;
    const { firstRestartMs, meanwhile, name } = this.#supervision;
    if (!respawn) throw new XlbError('INTERNAL', `The ${name} worker died: ${this.#failure}. ${meanwhile}`);
    if (clock.nowMs() - this.#startedMs >= RECOVERED_MS) this.#backoffMs = firstRestartMs;
    log().error(
      `The ${name} worker died: ${this.#failure}. ${meanwhile}; it is restarted in ${this.#backoffMs} ms`,
    );
    this.#shell.onWorker?.(name, this.#failure ?? 'it ended by itself');
    this.#restart = clock.setTimer(this.#backoffMs, () => {
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
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_RESTART_MS);
  }

  /** No successor comes any more. */
  async terminate(): Promise<void> {
    this.#restart?.cancel();
    await this.#thread.terminate();
  }

  #start(): Thread<To, From> {
    this.#failure = undefined;
    this.#startedMs = this.#shell.clock.nowMs();
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
