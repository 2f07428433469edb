/** MISC_CHECK: a real server is healthy when a script says so by its exit status. */
import { type Outcome, type Run, runProgram } from '../base/script/program.ts';
import { type PreparedScript, programOf, scriptPreparer } from '../base/script/script.ts';
import type { MiscCheckConfig } from '../config/model.ts';
import type { AttemptResult, Attempts, CheckResult, LocalChecker, LocalShell } from './checker.ts';

/** A script that could not be run is looked for again at most so often: names of users may be asked of a server. */
const LOOK_AGAIN_MS = 10_000;

/** Between SIGTERM and SIGKILL when the check ends. */
const STOP_GRACE_MS = 500;

export const miscCheck: LocalChecker<MiscCheckConfig> = {
  keyword: 'MISC_CHECK',
  passed: (_, check) => `Misc check to ${nameOf(check)} succeeded.`,
  failed: (_, check, result) => failure(check, result),
  attemptFailed: (_, check, result) => `${failure(check, result)}.`,
  open: (check, shell) => new ScriptAttempts(check, shell),
};

function failure(check: MiscCheckConfig, { code, detail }: CheckResult): string {
  const about = `Misc check to ${nameOf(check)}`;
  return code === 'PROCTOUT' ? `${about} timed out` : `${about} failed (${detail})`;
}

/** keepalived names the address alone. */
function nameOf({ address, script }: MiscCheckConfig): string {
  return `[${address}] for [${script.command.trim().split(/\s/, 1)[0]}]`;
}

class ScriptAttempts implements Attempts<MiscCheckConfig> {
  readonly #shell: LocalShell;
  readonly #prepare: () => PreparedScript;
  #prepared: PreparedScript | undefined;
  #preparedMs = 0;
  /** Why it could not be run, as it was told. */
  #told: string | undefined;
  #run: Run | undefined;
  #onIdle: (() => void) | undefined;

  constructor({ script, security }: MiscCheckConfig, shell: LocalShell) {
    this.#shell = shell;
    const prepare = scriptPreparer({ security });
    this.#prepare = () => prepare(script);
  }

  async run(check: MiscCheckConfig): Promise<AttemptResult> {
    const { clock } = this.#shell;
    const startMs = clock.nowMs();
    const result = await this.#attempt(check);
    return { ...result, latencyMs: clock.nowMs() - startMs };
  }

  close(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return Promise.resolve();
    run.end(STOP_GRACE_MS);
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  async #attempt(check: MiscCheckConfig): Promise<CheckResult> {
    if (this.#run !== undefined) return { code: 'PROCTOUT', detail: 'the script started last still runs' };
    const prepared = this.#ready(check);
    if (prepared.kind === 'refused') return { code: 'DISABLED', detail: prepared.text };
    const { clock, spawn } = this.#shell;
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#run = runProgram(programOf(prepared.script), {
        spawn,
        clock,
        timeoutMs: check.timeoutMs,
        // It has failed now, however long it takes to die.
        onTimeout: () => resolve({ kind: 'timed_out' }),
        onEnd: (ended) => {
          this.#run = undefined;
          resolve(ended);
          this.#onIdle?.();
        },
      });
    });
    if (outcome.kind === 'not_started') this.#notStarted(check, outcome.text);
    else if (this.#told !== undefined) this.#tellOfReturn(check);
    return resultOf(outcome, check.dynamic);
  }

  /** A refusal is told loudly, once. */
  #ready({ address }: MiscCheckConfig): PreparedScript {
    const { clock, logger } = this.#shell;
    const known = this.#prepared;
    if (known?.kind === 'ready') return known;
    if (known !== undefined && clock.nowMs() - this.#preparedMs < LOOK_AGAIN_MS) return known;
    const prepared = this.#prepare();
    this.#prepared = prepared;
    this.#preparedMs = clock.nowMs();
    if (prepared.kind === 'refused') {
      if (prepared.text !== this.#told)
        logger.error(
          `${prepared.text}. MISC_CHECK of ${address} is disabled: the real server keeps the state it has`,
        );
      this.#told = prepared.text;
      return prepared;
    }
    if (prepared.warning !== undefined) logger.warn(prepared.warning);
    return prepared;
  }

  /** It was there when it was looked for, or the host is short of processes: it is looked for again. */
  #notStarted({ address, script }: MiscCheckConfig, text: string): void {
    this.#prepared = undefined;
    if (this.#told === text) return;
    this.#told = text;
    const { logger } = this.#shell;
    logger.error(`Cannot start script \`${script.command}\`: ${text}. MISC_CHECK of ${address} did not run`);
  }

  #tellOfReturn({ script }: MiscCheckConfig): void {
    this.#told = undefined;
    this.#shell.logger.notice(`Script \`${script.command}\` runs: its MISC_CHECK goes on`);
  }
}

/** keepalived: 0 passes, and of a dynamic one 2 to 255 too, which set the weight to 0 to 253. */
function resultOf(outcome: Outcome, dynamic: boolean): CheckResult {
  switch (outcome.kind) {
    case 'exited': {
      const { status } = outcome;
      const detail = `exited with status ${status}`;
      if (status === 0) return { code: 'PROCOK' };
      if (dynamic && status >= 2) return { code: 'PROCOK', detail, weight: { set: status - 2 } };
      return { code: 'PROCERR', detail };
    }
    case 'signalled':
      return { code: 'PROCERR', detail: `due to signal ${outcome.signal}` };
    case 'timed_out':
      return { code: 'PROCTOUT' };
    case 'not_started':
      return { code: 'NOTRUN', detail: outcome.text };
  }
}
