import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VrrpScriptConfig } from '../../src/config/model.ts';
import { TrackScript } from '../../src/vrrp/track_script.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { failed, fakeSpawn, passed, readyScript, span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';

function script(config: Partial<VrrpScriptConfig> = {}, prepare = readyScript) {
  const clock = new FakeClock();
  const { spawn, children } = fakeSpawn();
  const { logger: log, lines } = memoryLog();
  const changes: string[] = [];
  const tracker = new TrackScript(
    {
      name: 'chk',
      script: { command: '/bin/chk one', span },
      intervalMs: 1000,
      timeoutMs: 1000,
      rise: 1,
      fall: 1,
      initFail: false,
      ...config,
    },
    { clock, spawn, prepare, log, onChange: (value) => changes.push(value) },
  );
  tracker.start();
  return { clock, children, lines, changes, tracker };
}

describe('the runner of a vrrp_script', () => {
  it('runs it at once and then every interval, and reports changes only', () => {
    const { clock, children, changes } = script();
    for (const outcome of [passed, passed, failed, failed, passed]) {
      children.at(-1)?.end(outcome);
      clock.advance(1000);
    }
    assert.deepEqual([children.length, changes], [6, ['up', 'down', 'up']]);
    assert.deepEqual(children[0]?.words, ['/bin/chk', 'one']);
  });

  it('never runs it twice at a time', () => {
    const { clock, children } = script({ timeoutMs: 10_000 });
    clock.advance(3500);
    assert.equal(children.length, 1);
    children[0]?.end(passed);
    clock.advance(500);
    assert.equal(children.length, 2);
  });

  it('counts a failure the moment its time is over, once, however long it takes to die', () => {
    const { clock, children, changes, lines } = script({ intervalMs: 60_000, timeoutMs: 2000 });
    clock.advance(2000);
    assert.deepEqual(changes, ['down']);
    clock.advance(2000);
    children[0]?.end({ kind: 'signalled', signal: 9 });
    assert.deepEqual([changes, lines], [['down'], ['info VRRP_Script(chk) timed_out']]);
    assert.deepEqual(children[0]?.signals, ['SIGTERM', 'SIGKILL', 'SIGKILL']);
  });

  it('says why it cannot run it, and does not track it then', () => {
    const { tracker, children, lines } = script({}, () => ({ kind: 'refused', text: 'Cannot run it: gone' }));
    assert.deepEqual(
      [tracker.value, children.length, lines],
      [
        'disabled',
        0,
        [
          'error Cannot run it: gone. vrrp_script chk is not tracked: this director does not step down for it',
        ],
      ],
    );
  });

  it('ends a run when it is stopped, waits for it, and says nothing more', async () => {
    const { tracker, clock, children, changes } = script();
    let stopped = false;
    const stop = tracker.stop().then(() => {
      stopped = true;
    });
    assert.deepEqual([children[0]?.signals, stopped], [['SIGTERM'], false]);
    clock.advance(500);
    assert.deepEqual(children[0]?.signals, ['SIGTERM', 'SIGKILL']);
    children[0]?.end({ kind: 'signalled', signal: 9 });
    await stop;
    assert.deepEqual([changes, clock.pending, children.length], [[], 0, 1]);
  });
});
