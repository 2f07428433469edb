import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrepareScript } from '../../src/base/script/script.ts';
import { NotifyScripts } from '../../src/notify/scripts.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { failed, fakeSpawn, passed, readyScript } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { runs } from '../helpers/notifications.ts';

function runner(prepare: PrepareScript = readyScript) {
  const clock = new FakeClock();
  const { spawn, children } = fakeSpawn();
  const { logger: log, lines } = memoryLog();
  const scripts = new NotifyScripts({ spawn, prepare, clock, log });
  return { scripts, clock, children, lines, started: () => children.map(({ words }) => words.join(' ')) };
}

const call = (command: string, extra: readonly string[] = []) => ({ script: runs(command), extra });

describe('notify scripts', () => {
  it('of one receiver run one after another, in order', () => {
    const { scripts, children, started } = runner();
    scripts.run('INSTANCE A', [call('/one'), call('/two', ['x'])]);
    scripts.run('INSTANCE A', [call('/three')]);
    assert.deepEqual(started(), ['/one']);
    children[0]?.end(passed);
    assert.deepEqual(started(), ['/one', '/two x']);
    children[1]?.end(passed);
    assert.deepEqual(started(), ['/one', '/two x', '/three']);
  });

  it('of different receivers do not wait for one another', () => {
    const { scripts, started } = runner();
    scripts.run('INSTANCE A', [call('/a')]);
    scripts.run('INSTANCE B', [call('/b')]);
    assert.deepEqual(started(), ['/a', '/b']);
  });

  it('that fail are named, and the next runs', () => {
    const { scripts, children, started, lines } = runner();
    scripts.run('INSTANCE A', [call('/one'), call('/two')]);
    children[0]?.end(failed);
    assert.deepEqual(
      [started(), lines],
      [['/one', '/two'], ['warn (INSTANCE A) Notify script `/one` exited with status 1']],
    );
  });

  it('that hang are ended after a minute, and the next runs', () => {
    const { scripts, clock, children, started, lines } = runner();
    scripts.run('INSTANCE A', [call('/one'), call('/two')]);
    clock.advance(60_000);
    assert.deepEqual(children[0]?.signals, ['SIGTERM']);
    children[0]?.end({ kind: 'signalled', signal: 15 });
    assert.deepEqual(
      [started(), lines],
      [['/one', '/two'], ['warn (INSTANCE A) Notify script `/one` took too long and was ended']],
    );
  });

  it('that may not run are said so once, and left out', () => {
    const { scripts, children, lines } = runner(() => ({ kind: 'refused', text: 'Cannot run it: no' }));
    const bad = call('/bad');
    scripts.check(bad.script);
    scripts.run('INSTANCE A', [bad]);
    scripts.run('INSTANCE A', [bad]);
    assert.deepEqual([children.length, lines], [0, ['error Cannot run it: no. Nobody is notified by it']]);
  });

  it('are looked at once, though every event brings its own copy of the directive', () => {
    let looked = 0;
    const { scripts, children } = runner((script) => {
      looked += 1;
      return readyScript(script);
    });
    for (let times = 0; times < 3; times += 1) {
      scripts.run('INSTANCE A', structuredClone([call('/one')]));
      children.at(-1)?.end(passed);
    }
    assert.deepEqual([looked, children.length], [1, 3]);
    scripts.forget();
    scripts.check(runs('/one'));
    assert.equal(looked, 2);
  });

  it('that pile up lose the oldest: the last state is what matters', () => {
    const { scripts, children, started, lines } = runner();
    for (let number = 0; number <= 66; number += 1) scripts.run('INSTANCE A', [call(`/${number}`)]);
    children[0]?.end(passed);
    assert.deepEqual(started(), ['/0', '/3']);
    assert.deepEqual(
      lines,
      // The second is among those that are told with the next one a minute later.
      ['warn (INSTANCE A) Cannot run 1 notify scripts: 64 newer ones wait already'],
    );
  });

  it('are waited for when xlb stops, then ended', async () => {
    const { scripts, clock, children } = runner();
    scripts.run('INSTANCE A', [call('/one'), call('/two')]);
    const stopped = scripts.stop(1000);
    clock.advance(999);
    assert.deepEqual(children[0]?.signals, []);
    clock.advance(1);
    assert.deepEqual(children[0]?.signals, ['SIGTERM']);
    children[0]?.end({ kind: 'signalled', signal: 15 });
    await stopped;
    assert.deepEqual([children.length, clock.pending], [1, 0]);
  });
});
