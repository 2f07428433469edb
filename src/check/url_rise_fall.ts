/**
 * When a real server counts as up whose urls are asked for in turn, one an attempt (HTTP_GET, SSL_GET):
 * keepalived's rules, beside rise_fall.ts. Pure.
 *
 * - A url that passes is followed by the next one delay_loop later, the last one by the first.
 * - An up server is called down when a url failed and `retry` further attempts at it failed too, each
 *   delay_before_retry after the one before.
 * - A down server is asked for the url that failed, each time after the longer of delay_loop and
 *   delay_before_retry. When it passes, all urls are asked for from the first on; the server is called up when
 *   all have passed.
 * - Until all urls have passed for the first time a single failure decides.
 * - fast_recovery: no wait between urls that pass while the server is down, or has not been judged yet.
 */
import type { RiseFall, RiseFallAction, RiseFallConfig, Transition } from './rise_fall.ts';

export type UrlRiseFallConfig = RiseFallConfig & Required<Pick<RiseFallConfig, 'urls'>>;

export function urlPassed(config: UrlRiseFallConfig, state: RiseFall): Transition {
  const { url = 0 } = state;
  const again = state.failedUrl === true;
  if (again || url + 1 < config.urls.length) {
    const hurries = config.fastRecovery === true && !(state.up && state.hasRun);
    return {
      state: { ...state, retried: 0, attempting: false, url: again ? 0 : url + 1, failedUrl: false },
      actions: [{ do: 'wait', ms: hurries ? 0 : config.delayLoopMs }],
    };
  }
  const news: readonly RiseFallAction[] =
    state.up && state.hasRun ? [] : [{ do: 'log', healthy: true, retries: 0 }];
  const change: readonly RiseFallAction[] = state.up ? [] : [{ do: 'report', healthy: true }];
  return {
    state: { up: true, hasRun: true, retried: 0, attempting: false, url: 0, failedUrl: false },
    actions: [...news, ...change, { do: 'wait', ms: config.delayLoopMs }],
  };
}

export function urlFailed(config: UrlRiseFallConfig, state: RiseFall): Transition {
  if (state.up && state.hasRun && state.retried < config.retry) {
    return {
      state: { ...state, retried: state.retried + 1, attempting: false },
      actions: [{ do: 'wait', ms: config.delayBeforeRetryMs }],
    };
  }
  const retries = state.hasRun ? config.retry : 0;
  const change: readonly RiseFallAction[] = [
    ...(state.up || !state.hasRun ? [{ do: 'log', healthy: false, retries } as const] : []),
    ...(state.up ? [{ do: 'report', healthy: false } as const] : []),
  ];
  return {
    state: { ...state, up: false, hasRun: true, retried: 0, attempting: false, failedUrl: true },
    actions: [...change, { do: 'wait', ms: Math.max(config.delayLoopMs, config.delayBeforeRetryMs) }],
  };
}
