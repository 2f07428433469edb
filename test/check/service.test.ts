import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logger } from '../../src/base/log.ts';
import { SessionBoard } from '../../src/base/sessions.ts';
import type { AttemptResult } from '../../src/check/checker.ts';
import type { CheckChange } from '../../src/check/owner.ts';
import type { CheckPool } from '../../src/check/pool.ts';
import { createCheckService } from '../../src/check/service.ts';
import { passes, refuses, targetOf, world } from '../helpers/check_world.ts';
import { fakeSpawn } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { miscCheckConfig } from '../helpers/sample_config.ts';

describe('the check service', () => {
  it('finds a dead server when the configuration promises, and its return at the next attempt', async () => {
    let result = passes;
    const { clock, service, attempts, changes, lines } = world(() => result);
    service.set([targetOf({ retry: 3, warmupMs: 6_000, delayLoopMs: 6_000, delayBeforeRetryMs: 1_000 })]);
    await clock.run(9_500);
    result = refuses;
    await clock.run(12_000);
    result = passes;
    await clock.run(4_500);
    assert.deepEqual(
      { attempts, changes, lines },
      {
        attempts: [3_000, 9_000, 15_000, 16_000, 17_000, 18_000, 24_000],
        changes: ['18000 key down L4CON', '24000 key up L4OK'],
        lines: [
          'info Activating healthchecker for service [10.0.0.2]:tcp:80 for VS [10.0.0.1]:tcp:80',
          'info TCP connection to [10.0.0.2]:tcp:80 success.',
          'warn TCP_CHECK on service [10.0.0.2]:tcp:80 failed after 3 retries.',
          'info TCP connection to [10.0.0.2]:tcp:80 success.',
        ],
      },
    );
  });

  it('logs every failed attempt with log_all_failures, while the server is up and not longer', async () => {
    let result: AttemptResult = { code: 'L4TOUT', latencyMs: 5_000 };
    const { clock, service, lines } = world(() => result);
    service.set([targetOf({ retry: 1, warmupMs: 0, delayLoopMs: 6_000, logAllFailures: true })]);
    await clock.run(500);
    result = passes;
    await clock.run(6_000);
    result = refuses;
    await clock.run(20_000);
    assert.deepEqual(lines.slice(1), [
      'info TCP connection to [10.0.0.2]:tcp:80 timedout.',
      'warn TCP_CHECK on service [10.0.0.2]:tcp:80 failed.',
      'info TCP connection to [10.0.0.2]:tcp:80 success.',
      'info TCP connection to [10.0.0.2]:tcp:80 failed.',
      'info TCP connection to [10.0.0.2]:tcp:80 failed.',
      'warn TCP_CHECK on service [10.0.0.2]:tcp:80 failed after 1 retries.',
    ]);
  });

  it('counts delay_loop from the answer, so that a slow target is never asked twice at once', async () => {
    const { clock, service, attempts } = world(() => passes, 10_000);
    service.set([targetOf({ warmupMs: 0, delayLoopMs: 6_000 })]);
    await clock.run(40_000);
    assert.deepEqual(attempts, [0, 16_000, 32_000]);
  });

  it('makes up for what the director itself was late, so that checks made late together part again', async () => {
    const tookMs = [600];
    const { clock, service, attempts } = world(
      () => passes,
      () => tookMs.shift() ?? 100,
      100,
    );
    service.set([targetOf({ warmupMs: 0, delayLoopMs: 6_000 })]);
    await clock.run(20_000);
    assert.deepEqual(attempts, [0, 6_100, 12_200, 18_300]);
  });

  it('late a second time in a row, does not ask for more than there is time for', async () => {
    const late = [600, 600, 600, 40, 600, 10, 10];
    const { clock, service, attempts } = world(
      () => passes,
      () => late.shift() ?? 10,
      10,
    );
    service.set([targetOf({ warmupMs: 0, delayLoopMs: 6_000 })]);
    await clock.run(37_000);
    assert.deepEqual(attempts, [0, 6_010, 12_610, 19_210, 25_220, 31_230]);
  });

  it('makes retries exactly delay_before_retry after an answer, however late the attempt was made', async () => {
    const { clock, service, attempts } = world(() => refuses, 147, 100);
    const times = { warmupMs: 0, delayLoopMs: 6_000, retry: 2, delayBeforeRetryMs: 1_000 };
    service.set([targetOf(times)]);
    await clock.run(9_000);
    assert.deepEqual(attempts, [0, 6_100, 7_247, 8_394]);
  });

  it('waits for half of delay_loop at least after a pause, however long it was', async () => {
    const { clock, service, attempts } = world(() => passes, 8_001, 1);
    service.set([targetOf({ warmupMs: 0, delayLoopMs: 6_000 })]);
    await clock.run(20_000);
    assert.deepEqual(attempts, [0, 12_010]);
  });

  it('takes the first failure alone as enough', async () => {
    const { clock, service, changes, lines } = world(() => refuses);
    service.set([targetOf({ warmupMs: 2_000, retry: 3 })]);
    await clock.run(1_500);
    assert.deepEqual(changes, ['1000 key down L4CON']);
    assert.deepEqual(lines.slice(1), ['warn TCP_CHECK on service [10.0.0.2]:tcp:80 failed.']);
  });

  it('does not call a server down because the check could not run, and says once that it has no socket', async () => {
    const { clock, service, changes, lines } = world(() => ({
      code: 'SOCKERR',
      detail: 'EMFILE',
      latencyMs: 0,
    }));
    service.set([targetOf({ warmupMs: 0 })]);
    await clock.run(20_000);
    assert.deepEqual(changes, []);
    assert.deepEqual(lines.slice(1), [
      'warn Cannot make the socket of TCP_CHECK on service [10.0.0.2]:tcp:80: EMFILE',
    ]);
  });

  it('keeps what it knows and when it is due of a check that a reload leaves', async () => {
    const { clock, service, attempts, changes } = world(() => refuses);
    service.set([targetOf({ warmupMs: 0, retry: 0, delayLoopMs: 6_000 })]);
    await clock.run(1_000);
    service.set([targetOf({ warmupMs: 0, retry: 0, delayLoopMs: 6_000 }), targetOf({ warmupMs: 0 }, 'new')]);
    await clock.run(6_000);
    assert.deepEqual(changes, ['0 key down L4CON', '1000 new down L4CON']);
    assert.deepEqual(attempts.slice(0, 3), [0, 1_000, 6_000]);
  });

  it('shortens a wait under way when delay_loop becomes shorter', async () => {
    const { clock, service, attempts } = world(() => passes);
    service.set([targetOf({ warmupMs: 0, delayLoopMs: 60_000 })]);
    await clock.run(10_000);
    service.set([targetOf({ warmupMs: 0, delayLoopMs: 5_000 })]);
    await clock.run(12_000);
    assert.deepEqual(attempts, [0, 15_000, 20_000]);
  });

  it('ends a check that a reload takes away, even in the middle of an attempt', async () => {
    const { clock, service, attempts, changes } = world(() => refuses, 2_000);
    service.set([targetOf({ warmupMs: 0, retry: 0 })]);
    await clock.run(1_000);
    service.set([]);
    await clock.run(60_000);
    assert.deepEqual(
      { attempts, changes, states: service.states() },
      { attempts: [0], changes: [], states: [] },
    );
  });

  it('shows the last answer, since when and when it is next due', async () => {
    const { clock, service } = world(() => refuses, 500);
    service.set([targetOf({ warmupMs: 2_000 })]);
    const common = {
      key: 'key',
      kind: 'TCP_CHECK',
      realServer: '[10.0.0.2]:tcp:80',
      virtualServer: '[10.0.0.1]:tcp:80',
    };
    assert.deepEqual(service.states(), [{ ...common, healthy: true, sinceMs: 0, nextDueMs: 1_000 }]);
    await clock.run(1_200);
    assert.deepEqual(service.states(), [{ ...common, healthy: true, sinceMs: 0 }]);
    await clock.run(800);
    assert.deepEqual(service.states(), [
      { ...common, healthy: false, sinceMs: 1_500, nextDueMs: 7_500, result: { ...refuses, latencyMs: 500 } },
    ]);
  });

  it('leaves no timer behind when it stops, and closes the pool', async () => {
    const { clock, service, closed } = world(() => passes);
    service.set([targetOf(), targetOf({}, 'other')]);
    await service.stop();
    assert.deepEqual({ pending: clock.pending, closed: closed() }, { pending: 0, closed: 1 });
  });

  it('runs scripts itself, one that hangs beside the others, and ends them when it stops', async () => {
    const { clock, service, children, attempts } = world(() => passes);
    const hanging = { ...targetOf({}, 'script'), check: miscCheckConfig({ delayLoopMs: 10_000 }) };
    service.set([hanging, targetOf({ warmupMs: 0, delayLoopMs: 2_000 })]);
    await clock.run(5_000);
    assert.deepEqual([children.length, attempts], [1, [0, 2_000, 4_000]]);
    const stopped = service.stop();
    await clock.run(500);
    assert.deepEqual(children[0]?.signals, ['SIGTERM', 'SIGKILL']);
    children[0]?.end({ kind: 'signalled', signal: 9 });
    await stopped;
  });

  it('reports the weight that a script asks for, when it is another', async () => {
    const { clock, logger, pool } = { ...world(() => passes), ...plainPool() };
    const { spawn, children } = fakeSpawn();
    const changes: CheckChange[] = [];
    const onChange = (change: CheckChange) => changes.push(change);
    const service = createCheckService({
      ...{ clock, logger, pool, spawn, onChange },
      sessions: new SessionBoard(),
      random: { next: () => 0 },
    });
    service.set([{ ...targetOf(), check: miscCheckConfig({ dynamic: true, delayLoopMs: 1_000 }) }]);
    for (const status of [7, 7, 0, 12, 1, 0]) {
      await clock.run(1_000);
      children.at(-1)?.end({ kind: 'exited', status });
      await clock.run(0);
    }
    assert.deepEqual(
      changes.map(({ healthy, weight }) => [healthy, weight]),
      [
        [true, { set: 5 }],
        [true, { set: 10 }],
        [false, undefined],
        [true, { set: 10 }],
      ],
    );
    assert.deepEqual(service.states()[0]?.weight, { set: 10 });
    void service.stop();
  });
});

function plainPool(): { readonly pool: CheckPool; readonly logger: Logger } {
  const pool: CheckPool = { run: () => Promise.resolve(passes), close: async () => {} };
  return { pool, logger: memoryLog().logger };
}
