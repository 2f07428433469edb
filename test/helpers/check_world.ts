import { SessionBoard } from '../../src/base/sessions.ts';
import type { AttemptResult } from '../../src/check/checker.ts';
import type { CheckTarget } from '../../src/check/owner.ts';
import type { CheckPool } from '../../src/check/pool.ts';
import { createCheckService } from '../../src/check/service.ts';
import type { TcpCheckConfig } from '../../src/config/model.ts';
import { FakeClock } from './fake_clock.ts';
import { fakeSpawn } from './fake_spawn.ts';
import { memoryLog } from './memory_log.ts';
import { tcpCheckConfig } from './sample_config.ts';

export const passes: AttemptResult = { code: 'L4OK', latencyMs: 1 };
export const refuses: AttemptResult = { code: 'L4CON', detail: 'ECONNREFUSED', latencyMs: 1 };

export function targetOf(changes: Partial<TcpCheckConfig> = {}, key = 'key'): CheckTarget {
  return {
    key,
    realServer: '[10.0.0.2]:tcp:80',
    virtualServer: '[10.0.0.1]:tcp:80',
    check: tcpCheckConfig(changes),
  };
}

/** A service whose attempts are answered by `answer`, `took` ms after they began; the real server took `latency` ms. */
export function world(answer: () => AttemptResult, took: number | (() => number) = 0, latency?: number) {
  const takes = typeof took === 'number' ? () => took : took;
  const clock = new FakeClock(0);
  const { logger, lines } = memoryLog();
  const attempts: number[] = [];
  const changes: string[] = [];
  const { spawn, children } = fakeSpawn();
  let closed = 0;
  const pool: CheckPool = {
    run() {
      attempts.push(clock.nowMs());
      const tookMs = takes();
      if (tookMs === 0) return Promise.resolve(answer());
      const result = { ...answer(), latencyMs: latency ?? tookMs };
      return new Promise((resolve) => clock.setTimer(tookMs, () => resolve(result)));
    },
    async close() {
      closed += 1;
    },
  };
  const service = createCheckService({
    clock,
    logger,
    pool,
    spawn,
    sessions: new SessionBoard(),
    random: { next: () => 0.5 },
    onChange: ({ key, healthy, result }) =>
      changes.push(`${clock.nowMs()} ${key} ${healthy ? 'up' : 'down'} ${result.code}`),
  });
  return { clock, service, children, lines, attempts, changes, closed: () => closed };
}
