/** One check over time: feeds rise_fall with timers and answers, and carries out what it says. */
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { CheckConfig } from '../config/model.ts';
import { logAttempt, logNoSocket, logVerdict } from './check_log.ts';
import { type AttemptResult, type Attempts, type CheckWeight, checkResults } from './checker.ts';
import { Due, type DueTimes, SLOT_MS } from './due_times.ts';
import type { CheckChange, Owner } from './owner.ts';
import { type CheckHistory, ResultRing } from './result_ring.ts';
import {
  type RiseFall,
  type RiseFallAction,
  type RiseFallEvent,
  sameState,
  startRiseFall,
  stepRiseFall,
  type Transition,
} from './rise_fall.ts';

/** For status. Wall clock milliseconds. */
export interface CheckState {
  readonly key: string;
  readonly kind: CheckConfig['kind'];
  readonly realServer: string;
  readonly virtualServer: string;
  readonly healthy: boolean;
  readonly weight?: CheckWeight;
  /** The last answer; none before the first attempt. */
  readonly result?: AttemptResult;
  /** When `healthy` last changed, or the check began. */
  readonly sinceMs: number;
  /** When the next attempt is made; none while one is under way. */
  readonly nextDueMs?: number;
}

export interface CheckRunnerOptions {
  readonly clock: Clock;
  readonly dueTimes: DueTimes;
  readonly random: Random;
  readonly logger: Logger;
  /** Makes what makes the attempts of a check; `wake`: the next is to be made at once. */
  readonly open: (check: CheckConfig, wake: () => void) => Attempts<CheckConfig>;
  readonly onChange: (change: CheckChange) => void;
  /** For measuring: how late an attempt was made that has been answered. */
  readonly onLateness?: (lateMs: number) => void;
  /** Of every attempt. */
  readonly onResult?: (kind: CheckConfig['kind'], result: AttemptResult) => void;
}

/** Who shares a check. `check` is what all of them want. */
export interface SharedCheck {
  readonly check: CheckConfig;
  /** At least one. */
  readonly owners: readonly Owner[];
}

/** A retry comes so exactly when it was promised; a check that waits for delay_loop waits together with others. */
const RETRY_SLOT_MS = 1;

/** An attempt made later is one of a director that is behind with its work. */
const BEHIND_MS = 50;

/** Begins with its construction. One attempt at a time, however slow the target is and however many own it. */
export class CheckRunner extends Due {
  readonly #options: CheckRunnerOptions;
  readonly #attempts: Attempts<CheckConfig>;
  #check: CheckConfig;
  #owners: readonly Owner[];
  #riseFall: RiseFall;
  /** The last answer, where it says more than `#results` keeps: an object less for each of many healthy servers. */
  #said: AttemptResult | undefined;
  readonly #results: ResultRing;
  /** Of the next attempt, or of the one under way. */
  #dueMs = 0;
  /** How late the director made the attempt that was answered last. */
  #lateMs = 0;
  /** The attempt before it was made late, and this one too: the director cannot make so many. */
  #wasLate = false;
  #overloaded = false;
  #stopped = false;

  /** `before`: one whose place it takes for some of its owners; what that one has learnt holds for them. */
  constructor({ check, owners }: SharedCheck, options: CheckRunnerOptions, before?: CheckRunner) {
    super();
    this.#options = options;
    this.#check = check;
    this.#owners = owners;
    this.#results = before === undefined ? new ResultRing() : before.#results.copy();
    this.#attempts = options.open(check, () => this.#wake());
    if (before !== undefined) {
      this.#said = before.#said;
      this.#riseFall = sameState({ ...before.#riseFall, retried: 0, attempting: false });
      this.#wait(Math.min(Math.max(0, before.#remainingMs()), check.delayLoopMs));
      return;
    }
    const down = owners.filter(({ healthy }) => !healthy).length;
    const begin = startRiseFall(check, {
      random: down === 0 ? options.random.next() : 0,
      startsDown: down === owners.length,
    });
    this.#riseFall = sameState(begin.state);
    this.#carryOut(begin);
  }

  /** Takes new times, limits and owners; what was learnt stays. A wait under way is cut to the new delay_loop. */
  update({ check, owners }: SharedCheck): void {
    this.#check = check;
    this.#owners = owners;
    const { delayLoopMs } = check;
    if (this.slot !== undefined && this.#remainingMs() > delayLoopMs) this.#wait(delayLoopMs);
  }

  /** Owners that have joined are told what is known already. */
  tellOwners(): void {
    const { up, hasRun, weight } = this.#riseFall;
    const owners = this.#owners;
    if (!hasRun) return;
    const { clock, onChange } = this.#options;
    for (const owner of owners) {
      // Who was told before may have led to other owners, or to the end of this check.
      if (this.#stopped || this.#owners !== owners) return;
      if (!owner.learns({ healthy: up, weight }, clock.wallMs())) continue;
      const result = this.#last();
      const said = up && weight !== undefined ? { weight } : {};
      if (result !== undefined) onChange({ key: owner.target.key, healthy: up, ...said, result });
    }
  }

  stateFor({ target, healthy, sinceMs }: Owner): CheckState {
    const { key, realServer, virtualServer } = target;
    const { weight } = this.#riseFall;
    const result = this.#last();
    return {
      key,
      kind: this.#check.kind,
      realServer,
      virtualServer,
      healthy,
      ...(weight && { weight }),
      sinceMs,
      ...(result && { result }),
      ...(this.slot && { nextDueMs: this.#options.clock.wallMs() + this.#remainingMs() }),
    };
  }

  history(most?: number): CheckHistory {
    return this.#results.history(most);
  }

  /** Ends it; an answer that comes later is ignored. Resolves when nothing is left of an attempt under way. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#options.dueTimes.remove(this);
    return this.#attempts.close();
  }

  /** Only while waiting: an attempt under way sees what has changed, or is followed by another soon. */
  #wake(): void {
    if (this.slot === undefined || this.#last() === undefined) return;
    this.#options.dueTimes.remove(this);
    this.#dueMs = this.#options.clock.nowMs();
    this.due();
  }

  #carryOut({ state, actions }: Transition): void {
    this.#riseFall = sameState(state);
    for (const action of actions) {
      // What was reported may have led to the end of this check.
      if (!this.#stopped) this.#act(action);
    }
  }

  #act(action: RiseFallAction): void {
    switch (action.do) {
      case 'attempt':
        this.#attempt(action.url);
        break;
      case 'wait':
        this.#wait(action.ms);
        break;
      case 'report':
        this.tellOwners();
        break;
      case 'log':
        this.#log(action);
        break;
    }
  }

  /** Of a check with several urls only the one goes to the pool. */
  #attempt(url: number | undefined): void {
    const check = this.#check;
    const one = url === undefined || !('urls' in check) || check.urls.length === 1;
    const asked = one ? check : { ...check, urls: check.urls.slice(url, url + 1) };
    void this.#attempts.run(asked).then(
      (result) => this.#answered(result),
      // A fault of ours says nothing about the real server, and must not end its checks.
      (error) => this.#answered({ code: 'NOTRUN', detail: reasonOf(error), latencyMs: 0 }),
    );
  }

  #log(verdict: Extract<RiseFallAction, { readonly do: 'log' }>): void {
    const result = this.#last();
    if (result === undefined) return;
    const said = { check: this.#check, owners: this.#owners, result };
    logVerdict(this.#options.logger, said, verdict);
  }

  /** None before the first attempt. */
  #last(): AttemptResult | undefined {
    if (this.#said !== undefined) return this.#said;
    const newest = this.#results.newest();
    return newest && { code: newest.code, latencyMs: newest.latencyMs };
  }

  /** 0 while an attempt is under way. */
  #remainingMs(): number {
    return this.slot === undefined ? 0 : this.#dueMs - this.#options.clock.nowMs();
  }

  /**
   * From now on. For a retry exactly; else less what the director was late: otherwise checks that a busy moment has
   * made late together would stay together. Of a pause that was longer, half the wait remains at least. Who is late
   * twice in a row takes its place from now on: to make up for it would ask again for more than there is time for, and
   * what has piled up would never be worked off.
   */
  #wait(ms: number): void {
    const { clock, dueTimes } = this.#options;
    const isRetry = this.#riseFall.retried > 0;
    const earlierMs = isRetry || ms === 0 || this.#overloaded ? 0 : this.#lateMs % (ms / 2);
    this.#lateMs = 0;
    this.#dueMs = clock.nowMs() + ms - earlierMs;
    dueTimes.add(this.#dueMs, this, isRetry ? RETRY_SLOT_MS : SLOT_MS);
  }

  /** The wait is over. */
  due(): void {
    this.#carryOut(stepRiseFall(this.#check, this.#riseFall, { kind: 'due' }));
  }

  #answered(result: AttemptResult): void {
    if (this.#stopped) return;
    const lateMs = Math.max(0, this.#options.clock.nowMs() - result.latencyMs - this.#dueMs);
    this.#overloaded = lateMs > BEHIND_MS && this.#wasLate;
    this.#wasLate = lateMs > BEHIND_MS;
    this.#lateMs = lateMs;
    this.#options.onLateness?.(this.#lateMs);
    this.#options.onResult?.(this.#check.kind, result);
    const previous = this.#said;
    this.#said = saysMore(result) ? result : undefined;
    this.#results.add(this.#options.clock.wallMs(), result);
    const said = { check: this.#check, owners: this.#owners, result };
    if (result.code === 'SOCKERR' && previous?.code !== 'SOCKERR') logNoSocket(this.#options.logger, said);
    if (result.warning !== undefined && result.warning !== previous?.warning)
      this.#options.logger.warn(result.warning);
    const event = eventOf(result);
    if (event.kind === 'failed' && this.#riseFall.up) logAttempt(this.#options.logger, said);
    this.#carryOut(stepRiseFall(this.#check, this.#riseFall, event));
    // Owners that took the server for down before anything was known have not been told by a change.
    this.tellOwners();
  }
}

/** Than what came of it and when. */
function saysMore({ detail, warning, weight }: AttemptResult): boolean {
  return detail !== undefined || warning !== undefined || weight !== undefined;
}

function eventOf({ code, weight }: AttemptResult): RiseFallEvent {
  const { healthy } = checkResults[code];
  if (healthy === undefined) return { kind: 'not_run' };
  return healthy ? { kind: 'passed', weight } : { kind: 'failed' };
}
