/**
 * When a real server counts as up, and when the next attempt is made: keepalived's rules, as a function.
 * Pure.
 *
 * - An up server is called down when `retry` further attempts failed too, each delay_before_retry after the
 *   one before.
 * - A down server is called up on the first success. While down it is tried in the same rhythm: rounds
 *   of retry + 1 attempts, delay_loop apart.
 * - The very first attempt decides alone. Until then the server counts as up, and is in service; one that is
 *   known to be down from before, or has alpha, counts as down, and is tried at once.
 * - Every wait starts when the attempt before it has been answered; attempts never overlap.
 * - A weight that an attempt speaks of holds until another does, also while the server is down.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CheckTimesConfig } from '../config/model.ts';
import type { CheckWeight } from './checker.ts';
import { type UrlRiseFallConfig, urlFailed, urlPassed } from './url_rise_fall.ts';

export interface RiseFallConfig
  extends Pick<CheckTimesConfig, 'retry' | 'delayBeforeRetryMs' | 'delayLoopMs' | 'warmupMs'> {
  /** Asked for in turn, one an attempt: the rules of url_rise_fall.ts hold. */
  readonly urls?: readonly unknown[];
  readonly fastRecovery?: boolean;
}

export interface RiseFall {
  readonly up: boolean;
  /** An attempt has spoken about the server. */
  readonly hasRun: boolean;
  /** Failures of this round that were answered with another attempt. */
  readonly retried: number;
  readonly attempting: boolean;
  /** What the check made of the weight when it last said something about it. */
  readonly weight?: CheckWeight;
  /** Of several urls, the next one; 0 when left out. */
  readonly url?: number;
  /** That url failed, and must pass before all are asked for again. */
  readonly failedUrl?: boolean;
}

export type RiseFallEvent =
  /** The wait is over. */
  | { readonly kind: 'due' }
  | { readonly kind: 'passed'; readonly weight?: CheckWeight | undefined }
  | { readonly kind: 'failed' }
  /** The attempt said nothing about the server. */
  | { readonly kind: 'not_run' };

export type RiseFallAction =
  /** `url`: of several, the one that is asked for. */
  | { readonly do: 'attempt'; readonly url?: number }
  | { readonly do: 'wait'; readonly ms: number }
  /** The server has gone up or down, or its weight is another. */
  | { readonly do: 'report'; readonly healthy: boolean; readonly weight?: CheckWeight }
  /** Worth a line; `retries` are those made before giving up. */
  | { readonly do: 'log'; readonly healthy: boolean; readonly retries: number };

export interface Transition {
  readonly state: RiseFall;
  readonly actions: readonly RiseFallAction[];
}

export interface StartOptions {
  /** In 0..1: spreads the first attempts of many checks over their warmup. */
  readonly random: number;
  /** The server is out of service already, and returns when an attempt passes. */
  readonly startsDown?: boolean | undefined;
}

/** Those without a weight that have occurred, by what they say. */
const known = new Map<number, RiseFall>();

/** Numbers up to it are told apart by `known`. */
const FEW = 256;

/**
 * The one object that says the same as `state`. A state lives from one attempt to the next: made anew for each of tens
 * of thousands of checks, the old ones would fill the heap faster than anything else.
 */
export function sameState(state: RiseFall): RiseFall {
  const { up, hasRun, attempting, retried, failedUrl = false, url = 0, weight } = state;
  if (weight !== undefined || retried >= FEW || url >= FEW) return state;
  const flags = Number(up) | (Number(hasRun) << 1) | (Number(attempting) << 2) | (Number(failedUrl) << 3);
  const key = flags | (retried << 4) | (url << 12);
  const before = known.get(key);
  if (before === undefined) known.set(key, state);
  return before ?? state;
}

/** An attempt that said nothing is followed by another after this at least, or after a shorter delay_loop. */
const NOT_RUN_MS = 1_000;

export function startRiseFall(
  config: RiseFallConfig,
  { random, startsDown = false }: StartOptions,
): Transition {
  return {
    state: { up: !startsDown, hasRun: false, retried: 0, attempting: false },
    actions: [{ do: 'wait', ms: startsDown ? 0 : random * config.warmupMs }],
  };
}

export function stepRiseFall(config: RiseFallConfig, state: RiseFall, event: RiseFallEvent): Transition {
  switch (event.kind) {
    case 'due': {
      if (state.attempting) return { state, actions: [] };
      const attempt: RiseFallAction = hasUrls(config)
        ? { do: 'attempt', url: state.url ?? 0 }
        : { do: 'attempt' };
      return { state: { ...state, attempting: true }, actions: [attempt] };
    }
    case 'passed':
      return hasUrls(config) ? urlPassed(config, state) : passed(config, state, event.weight);
    case 'failed':
      return hasUrls(config) ? urlFailed(config, state) : failed(config, state);
    case 'not_run':
      // keepalived waits delay_loop here; not being able to look is no reason to look less often.
      return { state: { ...state, attempting: false }, actions: [{ do: 'wait', ms: waitNotRunMs(config) }] };
  }
}

function hasUrls(config: RiseFallConfig): config is UrlRiseFallConfig {
  return config.urls !== undefined;
}

/** Never 0, as delay_before_retry may be: what hinders an attempt hinders the next one at once, too. */
function waitNotRunMs({ delayBeforeRetryMs, delayLoopMs }: RiseFallConfig): number {
  return Math.min(Math.max(delayBeforeRetryMs, NOT_RUN_MS), delayLoopMs);
}

function passed(config: RiseFallConfig, state: RiseFall, said: CheckWeight | undefined): Transition {
  const news = !state.up || !state.hasRun;
  const weight = said ?? state.weight;
  const weighed = weight === undefined ? {} : { weight };
  const reported = state.up && (weight === state.weight || isDeepStrictEqual(weight, state.weight));
  const wait = { do: 'wait', ms: config.delayLoopMs } as const;
  const next = { up: true, hasRun: true, retried: 0, attempting: false, ...weighed };
  // Nearly always.
  if (!news && reported) return { state: next, actions: [wait] };
  return {
    state: next,
    actions: [
      ...(news ? [{ do: 'log', healthy: true, retries: 0 } as const] : []),
      ...(reported ? [] : [{ do: 'report', healthy: true, ...weighed } as const]),
      wait,
    ],
  };
}

function failed(config: RiseFallConfig, state: RiseFall): Transition {
  if (state.hasRun && state.retried < config.retry) {
    return {
      state: { ...state, retried: state.retried + 1, attempting: false },
      actions: [{ do: 'wait', ms: config.delayBeforeRetryMs }],
    };
  }
  const retries = state.hasRun ? config.retry : 0;
  return {
    state: { ...state, up: false, hasRun: true, retried: 0, attempting: false },
    actions: [
      ...(state.up || !state.hasRun ? [{ do: 'log', healthy: false, retries } as const] : []),
      ...(state.up ? [{ do: 'report', healthy: false } as const] : []),
      { do: 'wait', ms: config.delayLoopMs },
    ],
  };
}
