/** What is printed of a reload is what it does: the director has no other source for what it changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areSameSettings } from '../../../src/base/same_settings.ts';
import type { Config, RealServerConfig, VirtualServerConfig } from '../../../src/config/model.ts';
import { directorSteps, planReload, type ReloadPlan } from '../../../src/daemon/plan/reload_plan.ts';
import { withUnchanged } from '../../../src/daemon/plan/unchanged.ts';
import { createDirector } from '../../../src/director/director.ts';
import type { DirectorEvent } from '../../../src/director/event.ts';
import { virtualServerName } from '../../../src/director/real_server.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';
import { memoryLog } from '../../helpers/memory_log.ts';
import { seeded } from '../../helpers/mutate.ts';
import {
  configOf,
  realServerConfig,
  tcpCheckConfig,
  virtualServerConfig,
} from '../../helpers/sample_config.ts';

type Random = (below: number) => number;

function someConfig(random: Random): Config {
  const one = <T>(...choices: readonly T[]): T => choices[random(choices.length)] as T;
  const check = () => tcpCheckConfig({ connectPort: one(80, 81), retry: one(1, 2) });
  const real = (last: number): RealServerConfig =>
    realServerConfig(`10.0.0.${last}`, {
      weight: one(1, 1, 3),
      inhibitOnFailure: one(false, false, true),
      ...one({}, {}, { upperThreshold: 9 }, { slowStartMs: 1000 }, { noMail: true as const }),
      checks: one([], [check()], [check(), tcpCheckConfig({ connectIp: '10.0.0.9' })]),
    });
  const virtual = (port: number): VirtualServerConfig => {
    const reals = [2, 3, 4, 5].filter(() => random(3) > 0).map(real);
    return virtualServerConfig(random(4) === 0 ? reals.toReversed() : reals, {
      port,
      scheduler: one('rr', 'rr', 'wlc'),
      delayLoopMs: one(6000, 7000),
      ...one({}, {}, { quorum: 2 }, { persistence: { seconds: 9, netmask: '255.255.255.255' } }),
    });
  };
  return configOf([80, 81, 82, 83].filter(() => random(4) > 0).map(virtual));
}

function directorOf(config: Config) {
  const events: DirectorEvent[] = [];
  const director = createDirector(config, {
    clock: new FakeClock(0),
    logger: memoryLog().logger,
    onVirtualServers: () => undefined,
    onEvent: (event) => void events.push(event),
  });
  return { director, events };
}

/** The steps of which the director tells by an event of its own. */
const told = {
  add_virtual_server: 'virtual_server_added',
  remove_virtual_server: 'virtual_server_removed',
  add_real_server: 'real_server_added',
  remove_real_server: 'real_server_removed',
  change_scheduler: 'scheduler_changed',
  change_setting: 'setting_changed',
  change_thresholds: 'thresholds_changed',
  change_weight: 'weight_changed',
} as const;

const inSteps = (plan: ReloadPlan): string[] =>
  plan.flatMap((step) => (step.do in told ? [told[step.do as keyof typeof told]] : [])).toSorted();

/** As the tables have it, in whatever order the destinations came to be. */
const tablesOf = ({ director }: ReturnType<typeof directorOf>) =>
  director.virtualServers().map(({ destinations, ...server }) => ({
    ...server,
    destinations: destinations.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
  }));

describe('a reload does what its plan says', () => {
  const random = seeded(11);
  const rounds = Array.from({ length: 300 }, () => ({
    running: someConfig(random),
    read: someConfig(random),
  }));

  it('and what it leads to is what a start with the new configuration leads to', () => {
    for (const { running, read } of rounds) {
      const wanted = withUnchanged(running, read);
      const plan = planReload(running, wanted);
      const changed = directorOf(running);
      changed.director.reload(wanted, directorSteps(plan));
      const started = directorOf(wanted);
      assert.deepEqual(tablesOf(changed), tablesOf(started));
      assert.deepEqual(changed.director.checks(), started.director.checks());
      assert.equal(plan.length === 0, areSameSettings(running, wanted));
    }
  });

  it('and tells of each step, and of nothing that is no step', () => {
    for (const { running, read } of rounds) {
      const plan = planReload(running, withUnchanged(running, read));
      const { director, events } = directorOf(running);
      director.reload(withUnchanged(running, read), directorSteps(plan));
      const kinds = events
        .map(({ kind }) => kind)
        .filter((kind) => Object.values<string>(told).includes(kind));
      assert.deepEqual(kinds.toSorted(), inSteps(plan));
    }
  });

  it('and a virtual server that no step names stays the very one that it was', () => {
    for (const { running, read } of rounds) {
      const wanted = withUnchanged(running, read);
      const plan = planReload(running, wanted);
      const named = new Set(plan.map((step) => ('virtualServer' in step ? step.virtualServer : '')));
      const { director } = directorOf(running);
      const before = new Set(director.virtualServers());
      director.reload(wanted, directorSteps(plan));
      for (const [at, config] of wanted.virtualServers.entries()) {
        const spec = director.virtualServers()[at];
        if (!named.has(virtualServerName(config))) assert.ok(spec && before.has(spec));
      }
    }
  });

  it('and nothing where the plan is empty, whatever the configuration says', () => {
    const { director, events } = directorOf(configOf([virtualServerConfig([realServerConfig('10.0.0.2')])]));
    const before = director.virtualServers();
    director.reload(configOf([virtualServerConfig([realServerConfig('10.0.0.3')])]), []);
    assert.deepEqual([director.virtualServers(), events], [before, []]);
  });
});
