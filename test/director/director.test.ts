import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import type { Config } from '../../src/config/model.ts';
import { createDirector } from '../../src/director/director.ts';
import { KEPT_TRANSITIONS } from '../../src/director/snapshot.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { configOf, realServerConfig, virtualServerConfig } from '../helpers/sample_config.ts';

const [A, B] = ['10.0.0.2', '10.0.0.3'] as const;
const web = virtualServerConfig([realServerConfig(A), realServerConfig(B)]);
const secure = virtualServerConfig([realServerConfig(A, { port: 443 })], { port: 443 });
const keyOf = (port: number, address: string) =>
  `[10.0.0.1]:tcp:${port} [${address}]:tcp:${port} TCP_CHECK connectIp=${address} connectPort=80`;

function world(config: Config) {
  const clock = new FakeClock(0);
  const { logger, lines } = memoryLog();
  const told: (readonly VirtualServerSpec[])[] = [];
  const events: string[] = [];
  const director = createDirector(config, {
    clock,
    logger,
    onVirtualServers: () => void told.push(director.virtualServers()),
    onEvent: ({ kind }) => events.push(kind),
  });
  const lists = () =>
    told.map((specs) => specs.map(({ port, destinations }) => [port, ...destinations.map((d) => d.address)]));
  return { clock, director, lines, events, lists };
}

describe('the director', () => {
  it('gives every check of every real server its own key', () => {
    const { director } = world(configOf([web, secure]));
    assert.deepEqual(
      director.checks().map(({ key, realServer, virtualServer }) => ({ key, realServer, virtualServer })),
      [
        { key: keyOf(80, A), realServer: `[${A}]:tcp:80`, virtualServer: '[10.0.0.1]:tcp:80' },
        { key: keyOf(80, B), realServer: `[${B}]:tcp:80`, virtualServer: '[10.0.0.1]:tcp:80' },
        { key: keyOf(443, A), realServer: `[${A}]:tcp:443`, virtualServer: '[10.0.0.1]:tcp:443' },
      ],
    );
  });

  it('tells the complete list when a real server of one virtual server dies and returns', () => {
    const { director, lists, lines, events } = world(configOf([web, secure]));
    director.checkChanged(keyOf(80, A), false);
    director.checkChanged(keyOf(80, A), true);
    assert.deepEqual(
      { lists: lists(), lines, events },
      {
        lists: [
          [
            [80, B],
            [443, A],
          ],
          [
            [80, A, B],
            [443, A],
          ],
        ],
        lines: [
          'notice Removing service [10.0.0.2]:tcp:80 from VS [10.0.0.1]:tcp:80',
          'notice Adding service [10.0.0.2]:tcp:80 to VS [10.0.0.1]:tcp:80',
        ],
        events: ['real_server_down', 'real_server_up'],
      },
    );
  });

  it('ignores the result of a check that it does not know any more', () => {
    const { director, lists } = world(configOf([web]));
    director.reload(configOf([secure]));
    director.checkChanged(keyOf(80, A), false);
    assert.deepEqual(lists(), [[[443, A]]]);
  });

  it('reloads: keeps what failed, tells the new list once and says what changed', () => {
    const { director, lists, events } = world(configOf([web]));
    director.checkChanged(keyOf(80, A), false);
    director.reload(configOf([secure, web]));
    assert.deepEqual(lists(), [
      [[80, B]],
      [
        [443, A],
        [80, B],
      ],
    ]);
    assert.deepEqual(events, ['real_server_down', 'virtual_server_added']);
  });

  it('is silent when a reload changes nothing', () => {
    const { director, lists, lines } = world(configOf([web]));
    director.reload(configOf([web]));
    assert.deepEqual({ lists: lists(), lines }, { lists: [], lines: [] });
  });

  it('shows every real server with its weight, its checks and since when it is so', () => {
    const config = virtualServerConfig([
      realServerConfig(A, { weight: 3 }),
      realServerConfig(B, { weight: 2, inhibitOnFailure: true }),
    ]);
    const { clock, director } = world(configOf([config]));
    clock.advance(5_000);
    director.checkChanged(keyOf(80, B), false);
    clock.advance(5_000);
    assert.deepEqual(director.snapshot(), [
      {
        name: '[10.0.0.1]:tcp:80',
        address: '10.0.0.1',
        port: 80,
        protocol: 'TCP',
        scheduler: 'rr',
        quorum: { up: true, quorum: 1, hysteresis: 0, weight: 3 },
        realServers: [
          {
            name: `[${A}]:tcp:80`,
            address: A,
            port: 80,
            configuredWeight: 3,
            weight: 3,
            alive: true,
            inPool: true,
            checks: [keyOf(80, A)],
            failedChecks: [],
            sinceMs: 0,
            transitions: [],
          },
          {
            name: `[${B}]:tcp:80`,
            address: B,
            port: 80,
            configuredWeight: 2,
            weight: 0,
            alive: false,
            inPool: true,
            checks: [keyOf(80, B)],
            failedChecks: [keyOf(80, B)],
            sinceMs: 5_000,
            transitions: [{ atMs: 5_000, alive: false, why: 'TCP CHECK failed on service' }],
          },
        ],
      },
    ]);
  });

  it('remembers the last times that a real server went up and down, and keeps them over a reload', () => {
    const { clock, director } = world(configOf([web]));
    for (let second = 1; second <= KEPT_TRANSITIONS + 2; second++) {
      clock.advance(1_000);
      director.checkChanged(keyOf(80, A), second % 2 === 0);
    }
    director.reload(configOf([web, secure]));
    const transitions = director.snapshot()[0]?.realServers[0]?.transitions ?? [];
    assert.deepEqual(
      transitions.map(({ atMs, alive }) => [atMs, alive]),
      Array.from({ length: KEPT_TRANSITIONS }, (_, back) => {
        const second = KEPT_TRANSITIONS + 2 - back;
        return [second * 1_000, second % 2 === 0];
      }),
    );
  });

  it('forgets when a virtual server changed once it is gone', () => {
    const { clock, director } = world(configOf([web, secure]));
    director.checkChanged(keyOf(443, A), false);
    director.reload(configOf([web]));
    clock.advance(9_000);
    director.reload(configOf([web, secure]));
    assert.deepEqual(
      director
        .snapshot()
        .map(({ realServers }) => realServers.map(({ sinceMs, alive }) => ({ sinceMs, alive }))),
      [
        [
          { sinceMs: 0, alive: true },
          { sinceMs: 0, alive: true },
        ],
        [{ sinceMs: 9_000, alive: true }],
      ],
    );
  });

  it('keeps what was changed by hand over checks and reloads that are about something else', () => {
    const { director, lists } = world(configOf([web, secure]));
    const key = { protocol: 'TCP', address: '10.0.0.1', port: 80 } as const;
    const other = { ...key, port: 81 };
    const results = director.changeByHand([
      { change: 'add_destination', key, destination: { address: '10.0.0.4', weight: 1 } },
      { change: 'add_destination', key, destination: { address: '10.0.0.4', weight: 1 } },
      { change: 'add_service', service: { ...other, scheduler: 'wlc' } },
    ]);
    assert.deepEqual(results, [undefined, 'Destination already exists', undefined]);
    assert.deepEqual(lists(), [], 'whoever changes by hand waits for the tables, and is not told');
    director.checkChanged(keyOf(80, A), false);
    director.checkChanged(keyOf(80, A), true);
    director.reload(configOf([web]));
    assert.deepEqual(lists(), [
      [[80, '10.0.0.4', B], [443, A], [81]],
      [[80, A, '10.0.0.4', B], [443, A], [81]],
      [[80, A, '10.0.0.4', B], [81]],
    ]);
    assert.equal(director.find(other)?.scheduler, 'wlc');
    assert.equal(director.find({ ...key, port: 443 }), undefined);
  });
});
