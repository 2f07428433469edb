/**
 * The main thread's side of the BFD worker: starts it when there is a session to open, and again when it dies. What
 * was up counts as up meanwhile: the neighbour is no worse for the death of a thread here.
 */
import { replay } from '../base/forward_log.ts';
import type { SessionBoard } from '../base/sessions.ts';
import { SupervisedThread, type Thread, type ThreadShell } from '../base/supervised_thread.ts';
import type { BfdInstanceConfig, ThreadSchedulingConfig } from '../config/model.ts';
import type { FromBfdWorker, ToBfdWorker } from './messages.ts';
import { HOLD_MS } from './running_session.ts';
import type { SessionState } from './status.ts';

export type BfdThread = Thread<ToBfdWorker, FromBfdWorker>;
export type BfdClientShell = ThreadShell<ToBfdWorker, FromBfdWorker>;

/** Soon: the neighbours notice within fractions of a second. */
const FIRST_RESTART_MS = 10;
/** A worker that does not end by itself after this is ended. */
const STOP_MS = 500;
/** What was up counts so without a worker that says it, and for one that begins anew. */
const BELIEVED_MS = 2 * HOLD_MS;

type Read = (sessions: readonly SessionState[] | undefined) => void;

export class BfdClient {
  readonly #shell: BfdClientShell;
  readonly #board: SessionBoard;
  readonly #reads = new Map<number, Read>();
  #worker: SupervisedThread<ToBfdWorker, FromBfdWorker> | undefined;
  #instances: readonly BfdInstanceConfig[] = [];
  #scheduling: ThreadSchedulingConfig | undefined;
  #request = 0;
  #startedMs = 0;
  /** When a session was last known to be up, other than from what the worker was told itself. */
  readonly #confirmedMs = new Map<string, number>();
  #alive = false;
  #ended = false;
  #onStopped: () => void = () => undefined;

  /** `board` shows what the sessions are. */
  constructor(shell: BfdClientShell, board: SessionBoard) {
    this.#shell = shell;
    this.#board = board;
  }

  /** The sessions that shall be, and how their thread is scheduled. */
  configure(instances: readonly BfdInstanceConfig[], scheduling?: ThreadSchedulingConfig): void {
    if (this.#ended) return;
    this.#instances = instances;
    this.#scheduling = scheduling;
    if (this.#worker === undefined && instances.length === 0) return;
    if (this.#worker === undefined) this.#start();
    if (this.#alive) this.#worker?.post({ kind: 'configure', instances, wereUp: [], scheduling });
  }

  /** How often it died and was started again. */
  get restarts(): number {
    return this.#worker?.restarts ?? 0;
  }

  /** Undefined while the worker is being restarted. */
  status(): Promise<readonly SessionState[] | undefined> {
    if (this.#worker === undefined) return Promise.resolve([]);
    if (!this.#alive) return Promise.resolve(undefined);
    const request = ++this.#request;
    this.#worker.post({ kind: 'read', request });
    return new Promise((resolve) => this.#reads.set(request, resolve));
  }

  /** Tells the neighbours, and ends the thread. */
  async stop(): Promise<void> {
    this.#ended = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    if (this.#alive)
      await new Promise<void>((resolve) => {
        const limit = this.#shell.clock.setTimer(STOP_MS, resolve);
        this.#onStopped = () => {
          limit.cancel();
          resolve();
        };
        worker.post({ kind: 'stop' });
      });
    await worker.terminate();
  }

  #start(): void {
    this.#alive = true;
    this.#startedMs = this.#shell.clock.nowMs();
    this.#worker = new SupervisedThread(this.#shell, {
      name: 'BFD',
      meanwhile: 'Neighbours that were up count as up',
      firstRestartMs: FIRST_RESTART_MS,
      onMessage: (message) => this.#take(message),
      onDeath: () => this.#died(),
      onRestart: () => this.#startedAgain(),
      // A reload may bring the first session: the rest of it does not wait for a thread.
      firstMayFail: true,
    });
  }

  #take(message: FromBfdWorker): void {
    switch (message.kind) {
      case 'log':
        replay(this.#shell.log(), message.record);
        break;
      case 'states':
        for (const [name, status] of message.states)
          if (status === 'up' && this.#board.states.get(name) !== 'up') this.#confirm(name);
        this.#board.set(message.states);
        break;
      case 'status':
        this.#reads.get(message.request)?.(message.sessions);
        this.#reads.delete(message.request);
        break;
      case 'failed':
        this.#worker?.fail(message.message);
        break;
      case 'stopped':
        this.#onStopped();
        break;
    }
  }

  #died(): void {
    this.#alive = false;
    // One that only held what it was told to be up would have given up by now.
    if (this.#shell.clock.nowMs() - this.#startedMs > HOLD_MS)
      for (const name of this.#up()) this.#confirm(name);
    for (const read of this.#reads.values()) read(undefined);
    this.#reads.clear();
    this.#onStopped();
    if (!this.#ended) this.#worker?.restartLater();
  }

  #up(): string[] {
    return [...this.#board.states].filter(([, status]) => status === 'up').map(([name]) => name);
  }

  #confirm(name: string): void {
    this.#confirmedMs.set(name, this.#shell.clock.nowMs());
  }

  #startedAgain(): void {
    this.#alive = true;
    this.#shell.log().notice('The BFD worker was started again');
    const nowMs = this.#shell.clock.nowMs();
    this.#startedMs = nowMs;
    const wereUp = this.#up().filter((name) => nowMs - (this.#confirmedMs.get(name) ?? 0) <= BELIEVED_MS);
    const [instances, scheduling] = [this.#instances, this.#scheduling];
    this.#worker?.post({ kind: 'configure', instances, wereUp, scheduling });
  }
}
