/** The life of a virtual server as tables: what happens, and what the director makes of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ScriptConfig, VirtualServerConfig } from '../../src/config/model.ts';
import { createDirector } from '../../src/director/director.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import {
  configOf,
  realServerConfig,
  span,
  tcpCheckConfig,
  virtualServerConfig,
} from '../helpers/sample_config.ts';

const VS = '[10.0.0.1]:tcp:80';
const [A, B, C] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const;
const SORRY = '127.0.0.1';
const sorryServer = { address: SORRY, port: 80, inhibit: false, span };
const script = (command: string): ScriptConfig => ({ command, span });
const scripts = { quorumUp: script('quorum_up'), quorumDown: script('quorum_down') };
const short = (text: string) => text.replaceAll(/\[10\.0\.0\.(\d+)\]:tcp:80/g, '.$1').replace('notice ', '');

/** A director with one virtual server; each step answers with all that came of it. */
function live(config: VirtualServerConfig) {
  const clock = new FakeClock(0);
  const { logger, lines } = memoryLog();
  const told: string[] = [];
  const director = createDirector(configOf([config]), {
    clock,
    logger,
    onVirtualServers: () => undefined,
    onNotification: ({ kind, state, script: run, mail }) =>
      void told.push(`${kind} ${state}${run ? ` runs ${run.command}` : ''}${mail ? ', mail' : ''}`),
  });
  const pool = () =>
    director.virtualServers().map(({ destinations, scheduler }) => ({
      scheduler,
      pool: destinations.map(({ address, weight }) => `${address.replace('10.0.0', '')}=${weight}`).join(' '),
    }))[0] ?? { scheduler: '', pool: '' };
  const keyOf = (address: string, port = 80) =>
    `${VS} [${address}]:tcp:80 TCP_CHECK connectIp=${address} connectPort=${port}`;
  const step = (act: () => void) => {
    lines.length = 0;
    told.length = 0;
    act();
    return { pool: pool().pool, log: lines.map(short), told: [...told] };
  };
  return {
    clock,
    director,
    pool,
    step,
    check: (address: string, healthy: boolean, port = 80) =>
      step(() => director.checkChanged(keyOf(address, port), healthy)),
    weigh: (address: string, weight: number | null) =>
      step(() => director.weighByHand([{ virtualServer: VS, realServer: `[${address}]:tcp:80`, weight }])),
    advance: (ms: number) => step(() => clock.advance(ms)),
    keyOf,
  };
}

describe('a sorry server', () => {
  const config = virtualServerConfig([realServerConfig(A), realServerConfig(B)], { sorryServer, ...scripts });

  it('serves while no real server does, and the scripts of the quorum are run', () => {
    const { check } = live(config);
    assert.deepEqual(
      [check(A, false), check(B, false), check(B, true), check(A, true)],
      [
        { pool: '.3=1', log: ['Removing service .2 from VS .1'], told: ['real_server DOWN, mail'] },
        {
          pool: '127.0.0.1=1',
          log: [
            'Removing service .3 from VS .1',
            'Lost quorum 1-0=1 > 0 for VS .1',
            'Adding sorry server [127.0.0.1]:tcp:80 to VS .1',
            'Removing alive servers from the pool for VS .1',
          ],
          told: ['real_server DOWN, mail', 'virtual_server DOWN runs quorum_down'],
        },
        {
          pool: '.3=1',
          log: [
            'Adding service .3 to VS .1',
            'Gained quorum 1+0=1 <= 1 for VS .1',
            'Removing sorry server [127.0.0.1]:tcp:80 from VS .1',
            'Adding alive servers to the pool for VS .1',
          ],
          told: ['real_server UP, mail', 'virtual_server UP runs quorum_up'],
        },
        { pool: '.2=1 .3=1', log: ['Adding service .2 to VS .1'], told: ['real_server UP, mail'] },
      ],
    );
  });

  it('with inhibit stays in the pool with weight 0 while it is not needed', () => {
    const inhibited = { ...config, sorryServer: { ...sorryServer, inhibit: true } };
    const { pool, check } = live(inhibited);
    assert.deepEqual(
      [pool().pool, check(A, false).pool, check(B, false).pool, check(A, true).pool],
      ['127.0.0.1=0 .3=1 .2=1', '127.0.0.1=0 .3=1', '127.0.0.1=1', '.2=1 127.0.0.1=0'],
    );
  });

  it('serves alone: real servers that are left when the quorum is lost are taken out, inhibited ones weigh 0', () => {
    const servers = [
      realServerConfig(A),
      realServerConfig(B, { inhibitOnFailure: true }),
      realServerConfig(C),
    ];
    const { check } = live({ ...config, quorum: 3, realServers: servers });
    assert.deepEqual([check(A, false).pool, check(A, true).pool], ['127.0.0.1=1 .3=0', '.4=1 .2=1 .3=1']);
  });

  it('serves from the start where all real servers have alpha', () => {
    const alpha = [A, B].map((address) =>
      realServerConfig(address, { checks: [tcpCheckConfig({ connectIp: address, alpha: true })] }),
    );
    const { pool, check } = live({ ...config, realServers: alpha });
    assert.deepEqual(
      [pool().pool, check(A, true)],
      [
        '127.0.0.1=1',
        {
          pool: '.2=1',
          log: [
            'Adding service .2 to VS .1',
            'Gained quorum 1+0=1 <= 1 for VS .1',
            'Removing sorry server [127.0.0.1]:tcp:80 from VS .1',
            'Adding alive servers to the pool for VS .1',
          ],
          told: ['real_server UP, mail', 'virtual_server UP runs quorum_up'],
        },
      ],
    );
  });

  it('does not end the flows of a real server that is drained', () => {
    const { check, weigh } = live(config);
    assert.deepEqual([weigh(A, 0).pool, check(B, false).pool], ['.3=1 .2=0', '127.0.0.1=1 .2=0']);
  });

  it('that a reload brings or takes away begins and ends there and then', () => {
    const { check, director, step } = live({
      ...config,
      sorryServer: { ...sorryServer, address: '10.0.0.9' },
    });
    check(A, false);
    check(B, false);
    const reload = (changed: VirtualServerConfig) => step(() => director.reload(configOf([changed]))).pool;
    const { sorryServer: _, ...without } = config;
    assert.deepEqual([reload(config), reload(without), reload(config)], ['127.0.0.1=1', '', '127.0.0.1=1']);
  });
});

describe('a quorum', () => {
  it('counts weights, and hysteresis keeps it from flapping', () => {
    const servers = [[A, 2] as const, [B, 2] as const, [C, 1] as const].map(([address, weight]) =>
      realServerConfig(address, { weight }),
    );
    const { check } = live(virtualServerConfig(servers, { quorum: 3, hysteresis: 1, mail: true }));
    const news = (address: string, healthy: boolean) => {
      const { log, told } = check(address, healthy);
      return [
        ...log.filter((line) => line.includes('quorum')),
        ...told.filter((one) => one.startsWith('virt')),
      ];
    };
    assert.deepEqual(
      [news(A, false), news(C, false), news(B, false), news(B, true), news(C, true), news(A, true)],
      [
        [], // 3
        [], // 2: not below 3 - 1
        ['Lost quorum 3-1=2 > 0 for VS .1', 'virtual_server DOWN, mail'],
        [], // 2
        [], // 3: not yet 3 + 1
        ['Gained quorum 3+1=4 <= 5 for VS .1', 'virtual_server UP, mail'],
      ],
    );
  });

  it('that is lost without a sorry server leaves the real servers that are left in the pool', () => {
    const { check } = live(
      virtualServerConfig(
        [A, B].map((one) => realServerConfig(one)),
        { quorum: 2 },
      ),
    );
    assert.equal(check(A, false).pool, '.3=1');
  });

  it('keeps its state over a reload', () => {
    const config = virtualServerConfig([realServerConfig(A), realServerConfig(B)], {
      quorum: 2,
      sorryServer,
    });
    const { check, director, step } = live(config);
    check(A, false);
    assert.deepEqual(
      step(() => director.reload(configOf([{ ...config, sorryServer: { ...sorryServer } }]))),
      { pool: '127.0.0.1=1', log: [], told: [] },
    );
    assert.deepEqual(step(() => director.reload(configOf([{ ...config, quorum: 1 }]))).log, [
      'Changing quorum from 2 to 1 for VS .1',
      'Gained quorum 1+0=1 <= 1 for VS .1',
      'Removing sorry server [127.0.0.1]:tcp:80 from VS .1',
      'Adding alive servers to the pool for VS .1',
    ]);
  });
});

describe('a real server', () => {
  const notify = { notifyUp: script('up'), notifyDown: script('down'), noMail: true } as const;

  it('runs its scripts when it goes down and comes up, and not again while other checks fail or pass', () => {
    const checks = [80, 81].map((connectPort) => tcpCheckConfig({ connectIp: A, connectPort }));
    const { check } = live(virtualServerConfig([realServerConfig(A, { checks, ...notify })]));
    const told = [check(A, false, 80), check(A, false, 81), check(A, true, 80), check(A, true, 81)];
    assert.deepEqual(
      told.map((one) => one.told.filter((text) => text.startsWith('real'))),
      [['real_server DOWN runs down'], [], [], ['real_server UP runs up']],
    );
  });

  it('with alpha is out of service until all its checks have passed', () => {
    const checks = [80, 81].map((connectPort) => tcpCheckConfig({ connectIp: A, connectPort, alpha: true }));
    const server = virtualServerConfig([realServerConfig(A, { checks }), realServerConfig(B)]);
    const { check, director, pool } = live(server);
    const starting = director.checks().map(({ startsDown }) => startsDown);
    assert.deepEqual(
      [starting, pool().pool, check(A, true, 80).pool, check(A, true, 81).pool],
      [[true, true, false], '.3=1', '.3=1', '.2=1 .3=1'],
    );
  });

  it('with alpha that a reload brings waits for its first pass; one in service stays there', () => {
    const { director, step } = live(virtualServerConfig([realServerConfig(A)]));
    const alpha = (address: string, connectPort = 80) =>
      realServerConfig(address, {
        checks: [tcpCheckConfig({ connectIp: address, connectPort, alpha: true })],
      });
    const { pool } = step(() => director.reload(configOf([virtualServerConfig([alpha(A, 81), alpha(B)])])));
    assert.equal(pool, '.2=1');
  });

  it('with omega is told down at the end, and so is the quorum', () => {
    const servers = [realServerConfig(A, notify), realServerConfig(B, notify)];
    const { check, director, step } = live(virtualServerConfig(servers, { omega: true, ...scripts }));
    check(A, false);
    assert.deepEqual(step(() => director.end()).told, [
      'real_server DOWN runs down',
      'virtual_server DOWN runs quorum_down',
    ]);
  });

  it('weighs what its checks say, and what they add; the quorum counts it', () => {
    const { director, keyOf, step } = live(virtualServerConfig([realServerConfig(A, { weight: 5 })]));
    const say = (weight: { set: number } | { add: number }) =>
      step(() => director.checkChanged(keyOf(A), true, weight));
    assert.deepEqual(
      [say({ set: 9 }), say({ add: -2 }), say({ set: 0 })].map(({ pool, log }) => [pool, ...log]),
      [
        ['.2=9', 'Changing weight from 5 to 9 for active service .2 of VS .1'],
        ['.2=3', 'Changing weight from 9 to 3 for active service .2 of VS .1'],
        [
          '.2=0',
          'Changing weight from 3 to 0 for active service .2 of VS .1',
          'Lost quorum 1-0=1 > 0 for VS .1',
        ],
      ],
    );
  });
});

describe('a weight by hand', () => {
  const config = virtualServerConfig([realServerConfig(A, { weight: 5 }), realServerConfig(B)]);

  it('holds over checks and a reload, until it is undone', () => {
    const { check, director, step, weigh } = live(config);
    const changed = { ...config, realServers: [realServerConfig(A, { weight: 7 }), realServerConfig(B)] };
    assert.deepEqual(
      [
        weigh(A, 0),
        check(A, false),
        check(A, true),
        step(() => director.reload(configOf([changed]))),
        weigh(A, 3),
        weigh(A, null),
      ].map(({ pool, log }) => [pool, ...log]),
      [
        ['.3=1 .2=0', 'Draining by hand: service .2 of VS .1, weight 5 to 0'],
        ['.3=1', 'Removing service .2 from VS .1'],
        ['.2=0 .3=1', 'Adding service .2 to VS .1'],
        ['.2=0 .3=1'],
        ['.2=3 .3=1', 'Changing weight by hand from 0 to 3 for service .2 of VS .1'],
        ['.2=7 .3=1', 'Weight by hand undone: service .2 of VS .1, weight 3 to 7'],
      ],
    );
  });

  it('is known until then, for the next process', () => {
    const { director, weigh } = live(config);
    weigh(A, 0);
    const known = director.handWeights();
    weigh(A, null);
    assert.deepEqual(
      [known, director.handWeights()],
      [[{ virtualServer: VS, realServer: `[${A}]:tcp:80`, weight: 0 }], []],
    );
  });
});

describe('xlb_slow_start', () => {
  const slow = { slowStartMs: 10_000 } as const;
  const servers = [realServerConfig(A, { weight: 2, ...slow }), realServerConfig(B, { weight: 3, ...slow })];

  it('lets the weight of a real server that returns grow in ten steps, against ten times the others', () => {
    const { advance, check, clock, pool } = live(virtualServerConfig(servers, { scheduler: 'wlc' }));
    const pools = [pool().pool, check(A, false).pool, check(A, true).pool];
    pools.push(advance(999).pool, advance(1).pool, advance(7_500).pool, advance(499).pool, advance(1).pool);
    assert.deepEqual(pools, [
      '.3=3 .2=2',
      '.3=3',
      '.2=2 .3=30',
      '.2=2 .3=30',
      '.2=4 .3=30',
      '.2=18 .3=30',
      '.2=18 .3=30',
      '.2=2 .3=3',
    ]);
    assert.equal(clock.pending, 0);
  });

  it('stands a weighted scheduler in for rr and lc, all weights equal as they have them', () => {
    for (const [scheduler, meanwhile] of [
      ['lc', 'wlc'],
      ['rr', 'wrr'],
    ] as const) {
      const { advance, check, pool } = live(virtualServerConfig(servers, { scheduler }));
      check(A, false);
      check(A, true);
      const during = pool();
      advance(10_000);
      assert.deepEqual(
        [during, pool()],
        [
          { scheduler: meanwhile, pool: '.2=1 .3=10' },
          { scheduler, pool: '.2=2 .3=3' },
        ],
      );
    }
  });

  it('begins anew when the real server fails meanwhile, and also after xlb undrain', () => {
    const { advance, check, pool, weigh } = live(virtualServerConfig(servers, { scheduler: 'wlc' }));
    check(A, false);
    check(A, true);
    advance(5_000);
    const before = pool().pool;
    check(A, false);
    const again = check(A, true).pool;
    advance(10_000);
    weigh(B, 0);
    assert.deepEqual([before, again, weigh(B, null).pool], ['.2=12 .3=30', '.2=2 .3=30', '.2=20 .3=3']);
  });

  it('has no effect with a scheduler that would move clients around', () => {
    const { check } = live(virtualServerConfig(servers, { scheduler: 'mh' }));
    check(A, false);
    assert.equal(check(A, true).pool, '.2=2 .3=3');
  });
});
