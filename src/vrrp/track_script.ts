/** Runs one vrrp_script again and again, never twice at a time, and says what its results make of it. */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Outcome, type Run, runProgram, type Spawn } from '../base/script/program.ts';
import { type PrepareScript, programOf, type Script } from '../base/script/script.ts';
import type { VrrpScriptConfig } from '../config/model.ts';
import { afterRun, initialScriptState, type ScriptState } from './script_rise_fall.ts';
import type { OnChange, Tracker } from './tracker.ts';
import type { TrackStatus } from './tracking.ts';

export interface TrackScriptShell {
  readonly spawn: Spawn;
  readonly prepare: PrepareScript;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: OnChange<TrackStatus>;
  /** Of the same script before a reload: its state goes on, as in keepalived. */
  readonly previous?: ScriptState;
}

export interface FirstRun {
  /** Scripts of equal interval shall not all start at the same moment. */
  readonly delayMs?: number;
  /** The end of what ran for this script before a reload. */
  readonly after?: Promise<void>;
}

/** A stop waits so long between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 500;

export class TrackScript implements Tracker<TrackStatus> {
  readonly #config: VrrpScriptConfig;
  readonly #shell: TrackScriptShell;
  #state: ScriptState;
  #disabled = false;
  #stopped = false;
  #next: Timer | undefined;
  #run: Run | undefined;
  #onIdle: (() => void) | undefined;
  /** Before its first run: an older run of the same script is not over yet. */
  #after: Promise<void> | undefined;

  constructor(config: VrrpScriptConfig, shell: TrackScriptShell) {
    this.#config = config;
    this.#shell = shell;
    this.#state = shell.previous ?? initialScriptState(config);
  }

  get name(): string {
    return this.#config.name;
  }

  get value(): TrackStatus {
    return this.#disabled ? 'disabled' : this.#state.status;
  }

  /** To be handed to the tracker of the same script after a reload. */
  get state(): ScriptState {
    return this.#state;
  }

  /**
   * Runs it now, or `delayMs` later, and then every interval; never before `after`. A script that cannot run at all is
   * said so, and is not tracked.
   */
  start({ delayMs = 0, after }: FirstRun = {}): void {
    const { prepare, log } = this.#shell;
    const prepared = prepare(this.#config.script);
    if (prepared.kind === 'refused') {
      this.#disabled = true;
      log.error(
        `${prepared.text}. vrrp_script ${this.name} is not tracked: this director does not step down for it`,
      );
      return;
    }
    if (prepared.warning !== undefined) log.warn(prepared.warning);
    const { script } = prepared;
    if (after === undefined) {
      this.#begin(script, delayMs);
      return;
    }
    this.#after = after.then(() => {
      if (!this.#stopped) this.#begin(script, delayMs);
    });
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#next?.cancel();
    const run = this.#run;
    if (run === undefined) return this.#after ?? Promise.resolve();
    run.end(STOP_GRACE_MS);
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #begin(script: Script, delayMs: number): void {
    if (delayMs === 0) this.#tick(script);
    else this.#next = this.#shell.clock.setTimer(delayMs, () => this.#tick(script));
  }

  /** A run that is not over when the next is due is left to itself: the next is skipped. */
  #tick(script: Script): void {
    const { clock } = this.#shell;
    this.#next = clock.setTimer(this.#config.intervalMs, () => this.#tick(script));
    if (this.#run === undefined) this.#execute(script);
  }

  #execute(script: Script): void {
    const { spawn, clock } = this.#shell;
    let judged = false;
    this.#run = runProgram(programOf(script), {
      spawn,
      clock,
      timeoutMs: this.#config.timeoutMs,
      // It has failed now, however long it takes to die.
      onTimeout: () => {
        judged = true;
        this.#judge({ kind: 'timed_out' });
      },
      onEnd: (outcome) => {
        this.#run = undefined;
        if (!judged) this.#judge(outcome);
        this.#onIdle?.();
      },
    });
  }

  #judge(outcome: Outcome): void {
    if (this.#stopped) return;
    const before = this.value;
    const { state, lines } = afterRun(this.#config, this.#state, outcome);
    this.#state = state;
    for (const line of lines) this.#shell.log.info(line);
    if (this.value !== before) this.#shell.onChange(this.value);
  }
}
