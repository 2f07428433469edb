/**
 * A notify FIFO: a named pipe with one line for each event, and the script that reads it. Writing never blocks: a
 * line that does not fit into the pipe is dropped and counted, or waits where there is room.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { type Outcome, type Run, runProgram, type Spawn } from '../base/script/program.ts';
import { type PrepareScript, programOf } from '../base/script/script.ts';
import type { FifoConfig } from '../config/model.ts';

export interface FifoShell {
  readonly spawn: Spawn;
  readonly prepare: PrepareScript;
  readonly clock: Clock;
  readonly log: Logger;
  /** Lines that wait while the pipe is full. Default: 0. */
  readonly mostWaiting?: number;
}

const MKFIFO_TIMEOUT_MS = 5000;
/**
 * The sticky bit, which means nothing on a pipe (inode(7)): so a pipe that a killed daemon left is known from one that
 * the operator made, and is removed in the end.
 */
const OUR_MARK = 0o1000;
/** At a stop, for the line of STOP. */
const READ_ON_MS = 200;
/** Then between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 1000;
/** A pipe that is full is tried again so often; its reader empties it in much less. */
const WRITE_AGAIN_MS = 50;
/** Between two tries to open one that could not be opened, which lines ask for. */
const OPEN_AGAIN_MS = 1000;

export class NotifyFifo {
  readonly #config: FifoConfig;
  readonly #shell: FifoShell;
  #fd: number | undefined;
  #triedMs = Number.NEGATIVE_INFINITY;
  #isMissing = false;
  /** To be removed at the end. */
  #isOurs = false;
  #reader: Run | undefined;
  #onReaderEnd: (() => void) | undefined;
  #stopping = false;
  #dropped = 0;
  #isDropping = false;
  #waiting: string[] = [];
  #writeAgain: Timer | undefined;

  constructor(config: FifoConfig, shell: FifoShell) {
    this.#config = config;
    this.#shell = shell;
  }

  get of(): FifoConfig['of'] {
    return this.#config.of;
  }

  get path(): string {
    return this.#config.path;
  }

  /** Lines lost since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Creates the pipe where there is none, opens it, and starts its script. What fails is logged, lines are lost, and
   * later ones try it again.
   */
  start(): void {
    this.#triedMs = this.#shell.clock.nowMs();
    try {
      this.#fd = this.#open();
    } catch (error) {
      if (!this.#isMissing)
        this.#shell.log.error(
          `Cannot open notify FIFO ${this.path}: ${reasonOf(error)}; lines are lost until that is cured`,
        );
      this.#isMissing = true;
      return;
    }
    if (this.#isMissing)
      this.#shell.log.notice(`Notify FIFO ${this.path} is open`, { dropped: this.#dropped });
    this.#isMissing = false;
    this.#startReader();
  }

  write(line: string): void {
    this.#openAgain();
    if (this.#fd === undefined) {
      this.#dropped += 1;
      return;
    }
    const problem = this.#waiting.length > 0 ? 'it is full' : this.#writeNow(line);
    if (problem === undefined) return;
    if (this.#waiting.length < (this.#shell.mostWaiting ?? 0)) {
      this.#waiting.push(line);
      this.#writeAgain ??= this.#shell.clock.setTimer(WRITE_AGAIN_MS, () => this.#writeWaiting());
      return;
    }
    this.#dropped += 1;
    if (!this.#isDropping)
      this.#shell.log.warn(
        `Cannot write to notify FIFO ${this.path}: ${problem}; lines are lost until its reader goes on`,
        { dropped: this.#dropped },
      );
    this.#isDropping = true;
  }

  /** What hinders it; undefined: it is done. */
  #writeNow(line: string): string | undefined {
    if (this.#fd === undefined) return 'it is not open';
    try {
      // All or nothing: a line is shorter than PIPE_BUF (pipe(7)).
      writeSync(this.#fd, Buffer.from(`${line}\n`));
      this.#isDropping = false;
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #writeWaiting(): void {
    this.#writeAgain?.cancel();
    this.#writeAgain = undefined;
    const stuck = this.#waiting.findIndex((line) => this.#writeNow(line) !== undefined);
    this.#waiting = stuck < 0 ? [] : this.#waiting.slice(stuck);
    if (stuck >= 0 && !this.#stopping)
      this.#writeAgain = this.#shell.clock.setTimer(WRITE_AGAIN_MS, () => this.#writeWaiting());
  }

  /**
   * Closes the pipe, and removes it where xlb made it. Its script may read what is left, then it is ended. Resolves
   * when the script is gone, which takes 1.5 s at most.
   */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#writeWaiting();
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    try {
      if (this.#isOurs) unlinkSync(this.path);
    } catch {
      // somebody else has removed it
    }
    if (this.#reader === undefined) return Promise.resolve();
    const reader = this.#reader;
    const timer = this.#shell.clock.setTimer(READ_ON_MS, () => reader.end(STOP_GRACE_MS));
    return new Promise((resolve) => {
      this.#onReaderEnd = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #openAgain(): void {
    if (this.#stopping) return;
    // One that was removed: a script still reads it, but nobody else finds it any more.
    if (this.#fd !== undefined && this.#config.script === undefined && fstatSync(this.#fd).nlink === 0) {
      closeSync(this.#fd);
      this.#fd = undefined;
      this.#isOurs = false;
    }
    if (this.#fd === undefined && this.#shell.clock.nowMs() - this.#triedMs >= OPEN_AGAIN_MS) this.start();
  }

  #open(): number {
    if (!exists(this.path)) this.#create();
    // For reading as well: then it opens without a reader, and a reader that goes is no error (EPIPE).
    const fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stats = fstatSync(fd);
    this.#isOurs = stats.isFIFO() && (stats.mode & OUR_MARK) !== 0;
    if (stats.isFIFO()) return fd;
    closeSync(fd);
    throw new Error('there is something else than a FIFO; remove it or name another path');
  }

  #create(): void {
    execFileSync('mkfifo', ['-m', '600', '--', this.path], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: MKFIFO_TIMEOUT_MS,
    });
    chmodSync(this.path, OUR_MARK | 0o600);
    // Its script may run as another user.
    const prepared = this.#config.script && this.#shell.prepare(this.#config.script);
    if (prepared?.kind === 'ready') chownSync(this.path, prepared.script.user.uid, prepared.script.user.gid);
  }

  #startReader(): void {
    const { script } = this.#config;
    if (script === undefined) return;
    const { prepare, spawn, clock, log } = this.#shell;
    const prepared = prepare(script);
    if (prepared.kind === 'refused') {
      log.error(`${prepared.text}. Nobody reads notify FIFO ${this.path}`);
      return;
    }
    if (prepared.warning !== undefined) log.warn(prepared.warning);
    this.#reader = runProgram(programOf(prepared.script, [this.path]), {
      spawn,
      clock,
      onEnd: (outcome) => this.#readerEnded(outcome),
    });
  }

  #readerEnded(outcome: Outcome): void {
    this.#reader = undefined;
    if (!this.#stopping) {
      const of = this.of === 'all' ? '' : `${this.of} `;
      const why = outcome.kind === 'not_started' ? `: ${outcome.text}` : '';
      this.#shell.log.warn(`${of}notify fifo script terminated${why}; nobody reads ${this.path}`);
    }
    this.#onReaderEnd?.();
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
