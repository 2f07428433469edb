/** Pure: what checks answered and how a real server fared, as the control socket tells it. */
import type { CheckHistory } from '../check/result_ring.ts';
import type { CheckState } from '../check/runner.ts';
import type { CheckStatus, DestinationStatus } from '../control/status.ts';
import type { RealServerSnapshot } from '../director/snapshot.ts';

export interface KnownChecks {
  /** By their keys. */
  readonly states: ReadonlyMap<string, CheckState>;
  /** Of each check at most so many results are told. */
  readonly resultsOfEach: number;
  /** Of a check by its key; only where history is asked for. */
  readonly historyOf?: (key: string, most: number) => CheckHistory | undefined;
}

/** An answer has about so many results: more would keep the director from its checks for a noticeable time. */
const MAX_RESULTS = 16_384;

/** How many of each check, where there are so many of them. */
export function resultsOfEach(checks: number): number {
  return Math.max(1, Math.floor(MAX_RESULTS / Math.max(1, checks)));
}

export function historyStatus(
  { checks, transitions }: Pick<RealServerSnapshot, 'checks' | 'transitions'>,
  { states, historyOf, resultsOfEach: most }: KnownChecks,
): Pick<DestinationStatus, 'transitions' | 'checks'> {
  if (historyOf === undefined) return {};
  return {
    transitions: transitions.map(({ atMs, alive, why }) => ({
      at: isoTime(atMs),
      up: alive,
      ...(why === undefined ? {} : { why }),
    })),
    checks: checks.flatMap((key) => {
      const state = states.get(key);
      return state === undefined ? [] : [checkStatus(state, historyOf(key, most))];
    }),
  };
}

function checkStatus(
  { kind, healthy, sinceMs, nextDueMs }: CheckState,
  past: CheckHistory | undefined,
): CheckStatus {
  const { latencyMs, results = [] } = past ?? {};
  return {
    kind,
    up: healthy,
    since: isoTime(sinceMs),
    ...(nextDueMs === undefined ? {} : { next: isoTime(nextDueMs) }),
    ...(latencyMs === undefined
      ? {}
      : {
          latency_ms: {
            min: rounded(latencyMs.min),
            avg: rounded(latencyMs.avg),
            max: rounded(latencyMs.max),
          },
        }),
    results: results.map(({ atMs, code, detail, latencyMs: took }) => ({
      at: isoTime(atMs),
      code,
      ...(detail === undefined ? {} : { detail }),
      latency_ms: rounded(took),
    })),
  };
}

export function isoTime(wallMs: number): string {
  if (lastTime?.wallMs !== wallMs) lastTime = { wallMs, text: new Date(wallMs).toISOString() };
  return lastTime.text;
}

/** Most of ten thousand real servers have been what they are since the same moment. */
let lastTime: { readonly wallMs: number; readonly text: string } | undefined;

/** To microseconds. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
