/** One check over time: feeds rise_fall with timers and answers, and carries out what it says. */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { CheckConfig } from '../config/model.ts';
import type { AttemptResult } from './attempt.ts';
import { checkResults } from './checker.ts';
import { checkers } from './registry.ts';
import {
  type RiseFall,
  type RiseFallAction,
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

/** A check has changed its mind about its real server. */
export interface CheckChange {
  readonly key: string;
  readonly healthy: boolean;
  readonly result: AttemptResult;
}

/** For status. Wall clock milliseconds. */
export interface CheckState {
  readonly key: string;
  readonly kind: CheckConfig['kind'];
  readonly realServer: string;
  readonly virtualServer: string;
  readonly healthy: boolean;
  /** The last answer; none before the first attempt. */
  readonly result?: AttemptResult;
  /** When `healthy` last changed, or the check began. */
  readonly sinceMs: number;
  /** When the next attempt is made; none while one is under way. */
  readonly nextDueMs?: number;
}

export interface CheckRunnerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Makes one attempt; never rejects. */
  readonly attempt: (check: CheckConfig) => Promise<AttemptResult>;
  readonly onChange: (change: CheckChange) => void;
}

/** Begins with its construction. One attempt at a time, however slow the target is. */
export class CheckRunner {
  readonly #options: CheckRunnerOptions;
  #target: CheckTarget;
  #riseFall: RiseFall;
  #last: AttemptResult | undefined;
  #sinceMs: number;
  #waiting: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #stopped = false;

  constructor(target: CheckTarget, options: CheckRunnerOptions) {
    this.#options = options;
    this.#target = target;
    this.#sinceMs = options.clock.wallMs();
    const begin = startRiseFall(target.check, {
      random: options.random.next(),
      startsDown: target.startsDown,
    });
    this.#riseFall = begin.state;
    this.#carryOut(begin);
  }

  /** Takes new times and limits; what was learnt stays. A wait under way is cut to the new delay_loop. */
  update(target: CheckTarget): void {
    this.#target = target;
    const { delayLoopMs } = target.check;
    const latestMs = this.#options.clock.nowMs() + delayLoopMs;
    if (this.#waiting !== undefined && this.#waiting.dueMs > latestMs) this.#wait(delayLoopMs);
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
      sinceMs: this.#sinceMs,
      ...(this.#last && { result: this.#last }),
      ...(this.#waiting && { nextDueMs: clock.wallMs() + this.#waiting.dueMs - clock.nowMs() }),
    };
  }

  /** Ends it; an answer that comes later is ignored. */
  stop(): void {
    this.#stopped = true;
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
  }

  #carryOut({ state, actions }: Transition): void {
    this.#riseFall = state;
    for (const action of actions) {
      // What was reported may have led to the end of this check.
      if (!this.#stopped) this.#act(action);
    }
  }

  #act(action: RiseFallAction): void {
    const { attempt, clock, onChange } = this.#options;
    switch (action.do) {
      case 'attempt':
        void attempt(this.#target.check).then((result) => this.#answered(result));
        break;
      case 'wait':
        this.#wait(action.ms);
        break;
      case 'report':
        this.#sinceMs = clock.wallMs();
        if (this.#last) onChange({ key: this.#target.key, healthy: action.healthy, result: this.#last });
        break;
      case 'log':
        this.#log(action.healthy, action.retries);
        break;
    }
  }

  #wait(ms: number): void {
    const { clock } = this.#options;
    this.#waiting?.timer.cancel();
    const timer = clock.setTimer(ms, () => {
      this.#waiting = undefined;
      this.#carryOut(stepRiseFall(this.#target.check, this.#riseFall, { kind: 'due' }));
    });
    this.#waiting = { timer, dueMs: clock.nowMs() + ms };
  }

  #answered(result: AttemptResult): void {
    if (this.#stopped) return;
    const previous = this.#last;
    this.#last = result;
    if (result.code === 'SOCKERR' && previous?.code !== 'SOCKERR') this.#logNoSocket(result);
    const { healthy } = checkResults[result.code];
    const kind = healthy === undefined ? 'not_run' : healthy ? 'passed' : 'failed';
    this.#carryOut(stepRiseFall(this.#target.check, this.#riseFall, { kind }));
  }

  /** keepalived's phrases, which people search their logs for. */
  #log(healthy: boolean, retries: number): void {
    const { logger } = this.#options;
    const { check, realServer } = this.#target;
    if (healthy) {
      logger.info(checkers[check.kind].passed(realServer));
    } else {
      const after = retries === 0 ? '' : ` after ${retries} retries`;
      const { code, detail } = this.#last ?? {};
      logger.warn(`${check.kind} on service ${realServer} failed${after}.`, { code, detail });
    }
  }

  #logNoSocket({ detail }: AttemptResult): void {
    const { check, realServer } = this.#target;
    this.#options.logger.warn(`Cannot make the socket of ${check.kind} on service ${realServer}: ${detail}`);
  }
}
