/** A reload that meets a thread that has just died, or a stop. */
import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Config } from '../../../src/config/model.ts';
import { configWith, daemonOn, turn } from '../../helpers/daemon_on.ts';
import { FakeHost } from '../../helpers/fake_host.ts';
import { needs, root } from '../../helpers/needs.ts';

type World = ReturnType<typeof daemonOn>;

/** A daemon with one real server, of which one thread dies; then a reload brings a second one. */
async function reloadAfter(dying: (world: World) => EventEmitter | undefined) {
  const host = new FakeHost();
  let config: Config = configWith('10.0.0.2');
  const world = daemonOn(host, () => config);
  await world.begun;
  await turn();
  host.takeDone();
  dying(world)?.emit('error', new Error('out of memory'));
  config = configWith('10.0.0.2', '10.0.0.3');
  const asked = world.control.reloading.reload();
  await turn();
  await world.clock.run(2_000);
  await turn();
  const outcome = await asked;
  const again = await world.control.reloading.reload();
  world.signals.emit('SIGTERM');
  return { outcome, again, done: host.takeDone(), ended: await world.ended, checked: world.checks.running };
}

const stepsOf = (outcome: Awaited<ReturnType<World['control']['reloading']['reload']>>) =>
  outcome.outcome === 'reloaded' ? outcome.steps : outcome;

const steps = ['add real server [10.0.0.3]:tcp:80 to [10.0.0.1]:tcp:80 (weight 1)'];

describe('a reload', { skip: needs(root) }, () => {
  for (const name of ['dataplane', 'vrrp'] as const)
    it(`that meets a dead ${name} worker is carried out when its successor is there`, async () => {
      const { outcome, again, done, ended, checked } = await reloadAfter(({ workers }) =>
        workers[name].at(-1),
      );
      assert.deepEqual([stepsOf(outcome), stepsOf(again), ended], [steps, [], 0]);
      assert.ok(done.includes('set TCP 10.0.0.1:80 rr: 10.0.0.3=1 10.0.0.2=1'), done.join('\n'));
      assert.deepEqual(checked, ['[10.0.0.2]:tcp:80', '[10.0.0.3]:tcp:80']);
    });

  it('says what it would do without doing it, and nothing where it did', async () => {
    const host = new FakeHost();
    let config: Config = configWith('10.0.0.2');
    const { begun, control, ended, signals } = daemonOn(host, () => config);
    await begun;
    await turn();
    host.takeDone();
    config = configWith('10.0.0.2', '10.0.0.3');
    const planned = await control.reloading.plan('/other.conf');
    assert.deepEqual([planned, host.takeDone()], [{ file: '/other.conf', diagnostics: [], steps }, []]);
    assert.deepEqual(stepsOf(await control.reloading.reload()), steps);
    assert.deepEqual((await control.reloading.plan('/other.conf')).steps, []);
    signals.emit('SIGTERM');
    assert.equal(await ended, 0);
  });

  it('that comes during a stop says so', async () => {
    const host = new FakeHost();
    const { begun, control, ended, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await begun;
    await turn();
    signals.emit('SIGTERM');
    await turn();
    assert.deepEqual(await control.reloading.reload(), { outcome: 'stopping' });
    assert.equal(await ended, 0);
  });
});
