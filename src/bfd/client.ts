/**
 * The main thread's side of the BFD worker: starts it when there is a session to open, and again when it dies. What
 * was up counts as up meanwhile: the neighbour is no worse for the death of a thread here.
 */
import { replay } from '../base/forward_log.ts';
import type { SessionBoard } from '../base/sessions.ts';
import { SupervisedThread, type Thread, type ThreadShell } from '../base/supervised_thread.ts';
import type { BfdInstanceConfig, BfdSchedulingConfig } from '../config/model.ts';
import type { FromBfdWorker, ToBfdWorker } from './messages.ts';
import type { SessionState } from './status.ts';

export type BfdThread = Thread<ToBfdWorker, FromBfdWorker>;
export type BfdClientShell = ThreadShell<ToBfdWorker, FromBfdWorker>;

/** Soon: the neighbours notice within fractions of a second. */
const FIRST_RESTART_MS = 10;
/** A worker that does not end by itself after this is ended. */
const STOP_MS = 500;

type Read = (sessions: readonly SessionState[] | undefined) => void;

export class BfdClient {
  readonly #shell: BfdClientShell;
  readonly #board: SessionBoard;
  readonly #reads = new Map<number, Read>();
  #worker: SupervisedThread<ToBfdWorker, FromBfdWorker> | undefined;
  #instances: readonly BfdInstanceConfig[] = [];
  #scheduling: BfdSchedulingConfig | undefined;
  #request = 0;
  #alive = false;
  #ended = false;
  #onStopped: () => void = () => undefined;

  /** `board` shows what the sessions are. */
  constructor(shell: BfdClientShell, board: SessionBoard) {
    this.#shell = shell;
    this.#board = board;
  }

  /** The sessions that shall be, and how their thread is scheduled. */
  configure(instances: readonly BfdInstanceConfig[], scheduling?: BfdSchedulingConfig): void {
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
    this.#worker = new SupervisedThread(this.#shell, {
      name: 'BFD',
      meanwhile: 'Neighbours that were up count as up',
      firstRestartMs: FIRST_RESTART_MS,
      onMessage: (message) => this.#take(message),
      onDeath: () => this.#died(),
      onRestart: () => this.#startedAgain(),
    });
  }

  #take(message: FromBfdWorker): void {
    switch (message.kind) {
      case 'log':
        replay(this.#shell.log(), message.record);
        break;
      case 'states':
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
    for (const read of this.#reads.values()) read(undefined);
    this.#reads.clear();
    this.#onStopped();
    if (!this.#ended) this.#worker?.restartLater();
  }

  #startedAgain(): void {
    this.#alive = true;
    this.#shell.log().notice('The BFD worker was started again');
    const wereUp = [...this.#board.states].filter(([, status]) => status === 'up').map(([name]) => name);
    const [instances, scheduling] = [this.#instances, this.#scheduling];
    this.#worker?.post({ kind: 'configure', instances, wereUp, scheduling });
  }
}
