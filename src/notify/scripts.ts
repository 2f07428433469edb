/**
 * Runs notify scripts: of one receiver (an instance or a group) one after another, in the order of the events, so
 * that the last state is also the last that its scripts were told. Receivers do not wait for one another.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Outcome, type Run, runProgram, type Spawn } from '../base/script/program.ts';
import { type PreparedScript, type PrepareScript, programOf } from '../base/script/script.ts';
import type { ScriptConfig } from '../config/model.ts';
import type { ScriptCall } from './event.ts';

export interface ScriptsShell {
  readonly spawn: Spawn;
  readonly prepare: PrepareScript;
  readonly clock: Clock;
  readonly log: Logger;
}

/** keepalived has no limit; but here the next script waits. */
const TIMEOUT_MS = 60_000;
/** A stop waits so long between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 500;
/** Of one receiver. With more, the oldest are left out: what matters is the last state. */
const MOST_WAITING = 64;
const SAY_AGAIN_MS = 60_000;

interface Receiver {
  readonly waiting: ScriptCall[];
  run: Run | undefined;
}

export class NotifyScripts {
  readonly #shell: ScriptsShell;
  readonly #receivers = new Map<string, Receiver>();
  /** By what the directive says: what is wrong with it is said once. */
  readonly #prepared = new Map<string, PreparedScript>();
  /** By receiver: how many scripts were left out since that was said last. */
  readonly #leftOut = new Map<string, { readonly saidMs: number; since: number }>();
  #onIdle: (() => void) | undefined;

  constructor(shell: ScriptsShell) {
    this.#shell = shell;
  }

  run(name: string, calls: readonly ScriptCall[]): void {
    if (calls.length === 0) return;
    const receiver = this.#receivers.get(name) ?? { waiting: [], run: undefined };
    this.#receivers.set(name, receiver);
    receiver.waiting.push(...calls);
    const surplus = receiver.waiting.splice(0, Math.max(0, receiver.waiting.length - MOST_WAITING));
    if (surplus.length > 0) this.#leaveOut(name, surplus.length);
    this.#next(name, receiver);
  }

  /** Looks at a script before it is needed, so that what is wrong with it is known at the start. */
  check(script: ScriptConfig): void {
    this.#prepare(script);
  }

  /** Each script is looked at again when it is next needed. */
  forget(): void {
    this.#prepared.clear();
  }

  /** Gives what runs and waits so long to end by itself, then ends it. Resolves when none is left. */
  stop(graceMs: number): Promise<void> {
    if (this.#receivers.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#shell.clock.setTimer(graceMs, () => {
        for (const { waiting, run } of this.#receivers.values()) {
          waiting.length = 0;
          run?.end(STOP_GRACE_MS);
        }
      });
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Events can come with every packet; once a minute is said how many had no script. */
  #leaveOut(name: string, number: number): void {
    const { clock, log } = this.#shell;
    const known = this.#leftOut.get(name);
    if (known !== undefined && clock.nowMs() - known.saidMs < SAY_AGAIN_MS) {
      known.since += number;
      return;
    }
    this.#leftOut.set(name, { saidMs: clock.nowMs(), since: 0 });
    log.warn(
      `(${name}) Cannot run ${number + (known?.since ?? 0)} notify scripts: ${MOST_WAITING} newer ones wait already`,
    );
  }

  #next(name: string, receiver: Receiver): void {
    if (receiver.run !== undefined) return;
    const { spawn, clock, log } = this.#shell;
    for (let call = receiver.waiting.shift(); call !== undefined; call = receiver.waiting.shift()) {
      const { script, extra } = call;
      const prepared = this.#prepare(script);
      if (prepared.kind === 'refused') continue;
      receiver.run = runProgram(programOf(prepared.script, extra), {
        spawn,
        clock,
        timeoutMs: TIMEOUT_MS,
        onEnd: (outcome) => {
          receiver.run = undefined;
          const why = complaint(outcome);
          if (why !== undefined) log.warn(`(${name}) Notify script \`${script.command}\` ${why}`);
          this.#next(name, receiver);
        },
      });
      return;
    }
    this.#receivers.delete(name);
    if (this.#receivers.size === 0) this.#onIdle?.();
  }

  #prepare(script: ScriptConfig): PreparedScript {
    // Not by the object: each event from another thread brings a new one.
    const { command, user, group } = script;
    const key = JSON.stringify([command, user, group]);
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const prepared = this.#shell.prepare(script);
    this.#prepared.set(key, prepared);
    if (prepared.kind === 'refused') this.#shell.log.error(`${prepared.text}. Nobody is notified by it`);
    else if (prepared.warning !== undefined) this.#shell.log.warn(prepared.warning);
    return prepared;
  }
}

function complaint(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'exited':
      return outcome.status === 0 ? undefined : `exited with status ${outcome.status}`;
    case 'signalled':
      return `exited due to signal ${outcome.signal}`;
    case 'timed_out':
      return 'took too long and was ended';
    case 'not_started':
      return `did not start: ${outcome.text}`;
  }
}
