/** One check over time: feeds rise_fall with timers and answers, and carries out what it says. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { CheckConfig } from '../config/model.ts';
import type { AttemptResult } from './attempt.ts';
import {
  type Attempts,
  type CheckPhrases,
  type CheckResult,
  type CheckWeight,
  checkResults,
} from './checker.ts';
import type { Due, DueSlot, DueTimes } from './due_times.ts';
import { localCheckers } from './local_registry.ts';
import { checkers } from './registry.ts';
import {
  type RiseFall,
  type RiseFallAction,
  type RiseFallEvent,
  startRiseFall,
  stepRiseFall,
  type Transition,
} from './rise_fall.ts';

/** A check to be made. The names are those of the log, such as `[10.0.0.2]:tcp:80`. */
export interface CheckTarget {
  /** Stays the same while the same thing is probed for the same real server, however often and patiently. */
  readonly key: string;
  readonly realServer: string;
  readonly virtualServer: string;
  readonly check: CheckConfig;
  /** Its real server is out of service when the check begins: the first pass is a change. Read only then. */
  readonly startsDown?: boolean;
}

/** A check has changed its mind about its real server, or what the server's weight should be. */
export interface CheckChange {
  readonly key: string;
  readonly healthy: boolean;
  /** Absent: the check has not said anything about it yet. */
  readonly weight?: CheckWeight;
  readonly result: AttemptResult;
}

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
}

/** Begins with its construction. One attempt at a time, however slow the target is. */
export class CheckRunner implements Due {
  readonly #options: CheckRunnerOptions;
  readonly #attempts: Attempts<CheckConfig>;
  #target: CheckTarget;
  #riseFall: RiseFall;
  #last: AttemptResult | undefined;
  #sinceMs: number;
  /** Where it waits for the next attempt; not while one is under way. */
  #slot: DueSlot | undefined;
  /** Of the next attempt, or of the one under way. */
  #dueMs = 0;
  /** How late the director made the attempt that was answered last. */
  #lateMs = 0;
  /** What was last told of the server. */
  #reported: boolean;
  #stopped = false;

  constructor(target: CheckTarget, options: CheckRunnerOptions) {
    this.#options = options;
    this.#target = target;
    this.#attempts = options.open(target.check, () => this.#wake());
    this.#sinceMs = options.clock.wallMs();
    const begin = startRiseFall(target.check, {
      random: options.random.next(),
      startsDown: target.startsDown,
    });
    this.#reported = begin.state.up;
    this.#riseFall = begin.state;
    this.#carryOut(begin);
  }

  /** Takes new times and limits; what was learnt stays. A wait under way is cut to the new delay_loop. */
  update(target: CheckTarget): void {
    this.#target = target;
    const { delayLoopMs } = target.check;
    const latestMs = this.#options.clock.nowMs() + delayLoopMs;
    if (this.#slot !== undefined && this.#dueMs > latestMs) this.#wait(delayLoopMs);
  }

  state(): CheckState {
    const { key, realServer, virtualServer, check } = this.#target;
    const { clock } = this.#options;
    return {
      key,
      kind: check.kind,
      realServer,
      virtualServer,
      healthy: this.#riseFall.up,
      ...(this.#riseFall.weight && { weight: this.#riseFall.weight }),
      sinceMs: this.#sinceMs,
      ...(this.#last && { result: this.#last }),
      ...(this.#slot && { nextDueMs: clock.wallMs() + this.#dueMs - clock.nowMs() }),
    };
  }

  /** Ends it; an answer that comes later is ignored. Resolves when nothing is left of an attempt under way. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#slot?.remove(this);
    this.#slot = undefined;
    return this.#attempts.close();
  }

  /** Only while waiting: an attempt under way sees what has changed, or is followed by another soon. */
  #wake(): void {
    if (this.#slot !== undefined && this.#riseFall.hasRun) this.#wait(0);
  }

  #carryOut({ state, actions }: Transition): void {
    this.#riseFall = state;
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
        this.#report(action);
        break;
      case 'log':
        this.#log(action.healthy, action.retries);
        break;
    }
  }

  /** Of a check with several urls only the one goes to the pool. */
  #attempt(url: number | undefined): void {
    const { check } = this.#target;
    const asked =
      url === undefined || !('urls' in check) ? check : { ...check, urls: check.urls.slice(url, url + 1) };
    void this.#attempts.run(asked).then((result) => this.#answered(result));
  }

  #report({ healthy, weight }: Extract<RiseFallAction, { readonly do: 'report' }>): void {
    if (this.#last === undefined) return;
    const { clock, onChange } = this.#options;
    if (healthy !== this.#reported) this.#sinceMs = clock.wallMs();
    this.#reported = healthy;
    onChange({ key: this.#target.key, healthy, ...(weight && { weight }), result: this.#last });
  }

  /**
   * From now on, less what the director was late: otherwise checks that a busy moment has made late together would stay
   * together. Of a pause that was longer, half the wait remains at least.
   */
  #wait(ms: number): void {
    const { clock, dueTimes } = this.#options;
    this.#slot?.remove(this);
    const earlierMs = ms > 0 ? this.#lateMs % (ms / 2) : 0;
    this.#lateMs = 0;
    this.#dueMs = clock.nowMs() + ms - earlierMs;
    this.#slot = dueTimes.add(this.#dueMs, this);
  }

  /** The wait is over. */
  due(): void {
    this.#slot = undefined;
    this.#carryOut(stepRiseFall(this.#target.check, this.#riseFall, { kind: 'due' }));
  }

  #answered(result: AttemptResult): void {
    if (this.#stopped) return;
    this.#lateMs = Math.max(0, this.#options.clock.nowMs() - result.latencyMs - this.#dueMs);
    this.#options.onLateness?.(this.#lateMs);
    const previous = this.#last;
    this.#last = result;
    if (result.code === 'SOCKERR' && previous?.code !== 'SOCKERR') this.#logNoSocket(result);
    const event = eventOf(result);
    if (event.kind === 'failed' && this.#riseFall.up) this.#logAttempt(result);
    this.#carryOut(stepRiseFall(this.#target.check, this.#riseFall, event));
  }

  /** keepalived's phrases, which people search their logs for. */
  #log(healthy: boolean, retries: number): void {
    const { logger } = this.#options;
    const { check, realServer } = this.#target;
    const phrases = phrasesOf(check);
    const last: CheckResult = this.#last ?? { code: 'NOTRUN' };
    if (healthy) {
      logger.info(phrases.passed(realServer, check));
      return;
    }
    const after = retries === 0 ? '' : ` after ${retries} retries`;
    const said = phrases.failed?.(realServer, check, last);
    const { code, detail } = last;
    logger.warn(`${said ?? `${phrases.title ?? check.kind} on service ${realServer} failed`}${after}.`, {
      code,
      detail,
    });
  }

  #logAttempt(result: AttemptResult): void {
    const { check, realServer } = this.#target;
    if (check.logAllFailures !== true) return;
    const said = phrasesOf(check).attemptFailed?.(realServer, check, result);
    const { code, detail } = result;
    if (said !== undefined) this.#options.logger.info(said, { code, detail });
  }

  #logNoSocket({ detail }: AttemptResult): void {
    const { check, realServer } = this.#target;
    this.#options.logger.warn(`Cannot make the socket of ${check.kind} on service ${realServer}: ${detail}`);
  }
}

function eventOf({ code, weight }: AttemptResult): RiseFallEvent {
  const { healthy } = checkResults[code];
  if (healthy === undefined) return { kind: 'not_run' };
  return healthy ? { kind: 'passed', weight } : { kind: 'failed' };
}

function phrasesOf({ kind }: CheckConfig): CheckPhrases<CheckConfig> {
  return { ...checkers, ...localCheckers }[kind] as CheckPhrases<CheckConfig>;
}
