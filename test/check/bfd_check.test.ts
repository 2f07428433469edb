import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionBoard, type SessionStatus } from '../../src/base/sessions.ts';
import { createCheckService } from '../../src/check/service.ts';
import type { BfdCheckConfig } from '../../src/config/model.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { fakeSpawn } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span } from '../helpers/sample_config.ts';

const check: BfdCheckConfig = {
  kind: 'BFD_CHECK',
  session: 'rs',
  retry: 0,
  delayBeforeRetryMs: 1_000,
  delayLoopMs: 60_000,
  warmupMs: 0,
  span,
};

function world(startsDown = false) {
  const clock = new FakeClock(0);
  const { logger, lines } = memoryLog();
  const sessions = new SessionBoard();
  const changes: string[] = [];
  const service = createCheckService({
    clock,
    logger,
    sessions,
    pool: { run: () => assert.fail('the pool is not asked'), close: async () => {} },
    spawn: fakeSpawn().spawn,
    random: { next: () => 0.5 },
    onChange: ({ healthy }) => changes.push(`${clock.nowMs()} ${healthy ? 'up' : 'down'}`),
  });
  const names = { realServer: '[10.0.0.2]:tcp:80', virtualServer: '[10.0.0.1]:tcp:80' };
  service.set([{ key: 'key', ...names, check, startsDown }]);
  const becomes = async (status: SessionStatus, forMs: number) => {
    sessions.set(new Map([['rs', status]]));
    await clock.run(forMs);
  };
  return { becomes, changes, clock, lines, service };
}

describe('BFD_CHECK', () => {
  it('takes a real server out and back in at the moment its session says so', async () => {
    const { becomes, changes, lines } = world();
    await becomes('up', 5_500);
    await becomes('down', 777);
    await becomes('up', 1_000);
    assert.deepEqual(changes, ['5500 down', '6277 up']);
    assert.deepEqual(lines.slice(1), [
      'info BFD check of [rs] RS([10.0.0.2]:tcp:80) is UP',
      'warn BFD check of [rs] RS([10.0.0.2]:tcp:80) is DOWN.',
      'info BFD check of [rs] RS([10.0.0.2]:tcp:80) is UP',
    ]);
  });

  it('says nothing of a neighbour that was never heard, and takes it out when it is lost', async () => {
    const { becomes, changes, service } = world();
    await becomes('init', 10_250);
    const [before] = service.states();
    await becomes('down', 100);
    assert.deepEqual([before?.healthy, before?.result?.code, changes], [true, 'BFDINIT', ['10250 down']]);
  });

  it('with alpha, lets a real server in when its session is up, and not before', async () => {
    const { becomes, changes } = world(true);
    await becomes('init', 10_250);
    await becomes('up', 1);
    assert.deepEqual(changes, ['10250 up']);
  });
});
