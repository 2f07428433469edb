import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackConfig, TrackingConfig } from '../../src/config/model.ts';
import {
  evaluateTracking,
  type TrackStatus,
  type TrackValues,
  trackedSessions,
  untracked,
} from '../../src/vrrp/tracking.ts';
import { span } from '../helpers/fake_spawn.ts';

const entry = (weight: number, reverse = false, name = 'x'): TrackConfig => ({ name, weight, reverse, span });
const tracking = (some: Partial<TrackingConfig>): TrackingConfig => ({
  scripts: [],
  interfaces: [],
  files: [],
  processes: [],
  bfds: [],
  ...some,
});
const values = (some: Partial<TrackValues> = {}): TrackValues => ({
  scripts: new Map(),
  interfaces: new Map(),
  files: new Map(),
  processes: new Map(),
  bfds: new Map(),
  ...some,
});
const scriptIs = (status: TrackStatus) => values({ scripts: new Map([['x', status]]) });

describe('a script that cannot run', () => {
  it('is told once for an instance that should track it, by itself or in its sync group', () => {
    const entry = { name: 'x', weight: 0, reverse: false, span };
    const scripts = new Map([
      ['x', 'disabled'],
      ['y', 'up'],
    ] as const);
    assert.deepEqual(
      untracked([{ scripts: [entry, { ...entry, name: 'y' }] }, { scripts: [entry] }], { scripts }),
      ['vrrp_script x is disabled: it cannot run, and is not tracked'],
    );
  });
});

describe('a tracked script', () => {
  const fault = 'fault';
  const table: readonly [weight: number, reverse: boolean, status: TrackStatus, result: number | string][] = [
    [20, false, 'up', 120],
    [20, false, 'down', 100],
    [20, true, 'up', 80],
    [20, true, 'down', 100],
    [-20, false, 'up', 100],
    [-20, false, 'down', 80],
    [-20, true, 'up', 100],
    [-20, true, 'down', 120],
    [20, false, 'unknown', 100],
    [-20, false, 'unknown', 100],
    [0, false, 'up', 100],
    [0, false, 'down', fault],
    [0, true, 'up', fault],
    [0, true, 'down', 100],
    [0, false, 'unknown', 'awaited'],
    [0, false, 'disabled', 100],
    [-20, false, 'disabled', 100],
  ];
  for (const [weight, reverse, status, result] of table)
    it(`of weight ${weight}${reverse ? ' reverse' : ''} makes 100 to ${result} while ${status}`, () => {
      const tracked = evaluateTracking(
        100,
        [tracking({ scripts: [entry(weight, reverse)] })],
        scriptIs(status),
      );
      const self = [{ kind: 'script', name: 'x' }];
      assert.deepEqual(tracked, {
        priority: typeof result === 'number' ? result : 100,
        faults: result === fault ? self : [],
        awaited: result === 'awaited' ? self : [],
      });
    });
});

describe('a tracked file', () => {
  const table: readonly [weight: number, reverse: boolean, value: number, result: number | 'fault'][] = [
    [1, false, 0, 100],
    [1, false, 5, 105],
    [2, false, -30, 40],
    [2, true, -30, 160],
    [-1, false, 30, 70],
    [1, false, -253, 1],
    [1, false, -254, 'fault'],
    [2, false, -127, 'fault'],
    [254, false, 254, 254],
    [0, false, 0, 100],
    [0, false, 1, 'fault'],
    [0, true, 0, 'fault'],
    [0, true, 7, 100],
  ];
  for (const [weight, reverse, value, result] of table)
    it(`of weight ${weight}${reverse ? ' reverse' : ''} makes 100 to ${result} with ${value} in it`, () => {
      const tracked = evaluateTracking(
        100,
        [tracking({ files: [entry(weight, reverse)] })],
        values({ files: new Map([['x', value]]) }),
      );
      assert.deepEqual(
        [tracked.priority, tracked.faults],
        [result === 'fault' ? 100 : result, result === 'fault' ? [{ kind: 'file', name: 'x' }] : []],
      );
    });
});

describe('everything that is tracked', () => {
  it('is summed before it is clamped', () => {
    const down = values({
      scripts: new Map([['x', 'down']]),
      interfaces: new Map([['x', 'up']]),
      processes: new Map([['x', 'down']]),
    });
    const all = tracking({ scripts: [entry(-200)], interfaces: [entry(150)], processes: [entry(-49)] });
    assert.deepEqual(evaluateTracking(100, [all], down).priority, 1);
    assert.deepEqual(evaluateTracking(254, [all], down).priority, 155);
  });

  it('never leaves 1 to 254', () => {
    const of = (weight: number, status: TrackStatus) =>
      evaluateTracking(100, [tracking({ scripts: [entry(weight)] })], scriptIs(status)).priority;
    assert.deepEqual([of(-253, 'down'), of(253, 'up')], [1, 254]);
  });

  it('leaves the priority of an owner alone, but not its faults', () => {
    const both = tracking({ scripts: [entry(-20)], interfaces: [entry(0, false, 'eth9')] });
    assert.deepEqual(evaluateTracking(255, [both], scriptIs('down')), {
      priority: 255,
      faults: [{ kind: 'interface', name: 'eth9' }],
      awaited: [],
    });
  });

  it('counts for an instance together with what its sync group tracks; a fault of both is one', () => {
    const own = tracking({ scripts: [entry(-20), entry(0, false, 'y')] });
    const group = tracking({ scripts: [entry(0, false, 'y')], processes: [entry(-30)] });
    const down = values({
      scripts: new Map([
        ['x', 'down'],
        ['y', 'down'],
      ]),
      processes: new Map([['x', 'down']]),
    });
    assert.deepEqual(evaluateTracking(100, [own, group], down), {
      priority: 50,
      faults: [{ kind: 'script', name: 'y' }],
      awaited: [],
    });
  });
});

describe('a tracked BFD session', () => {
  const of = (
    weight: number,
    reverse: boolean,
    states: readonly (readonly [string, 'init' | 'up' | 'down'])[],
  ) => {
    const bfds = trackedSessions(new Map(states));
    const { priority, faults, awaited } = evaluateTracking(
      100,
      [tracking({ bfds: [entry(weight, reverse)] })],
      values({ bfds }),
    );
    if (awaited.length > 0) return 'awaited';
    return faults.length > 0 ? 'fault' : priority;
  };
  it('is a fault, or weighs, while it is down; also before it was ever up', () =>
    assert.deepEqual(
      (['up', 'down', 'init'] as const).map((status) =>
        [of(0, false, [['x', status]]), of(0, true, [['x', status]]), of(-20, false, [['x', status]])].join(
          ' ',
        ),
      ),
      ['100 fault 100', 'fault 100 80', 'fault 100 80'],
    ));

  it('is waited for where its thread has not told of it', () => assert.equal(of(0, false, []), 'awaited'));
});
