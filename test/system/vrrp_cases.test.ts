import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { VrrpInstanceStatus } from '../../src/control/status.ts';
import { pause, until } from '../../src/demo/pause.ts';
import { system } from '../helpers/needs.ts';
import { StallWatch } from '../helpers/stall_watch.ts';
import { type InstanceText, type Kind, type Speaker, VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

const vip = '10.77.0.100';
const vip2 = '10.77.0.101';
const fast = ['version 3', 'advert_int 0.1'];
/** As long as a backup at 100 ms and a reader of its log need to have acted. */
const settledMs = 700;
/** A backup at 100 ms waits for more than 300. */
const steadyMs = 150;
const mostRounds = 5;
const unsteady = `the machine stood still for more than ${steadyMs} ms in every round`;

/** The first that has the words. */
const lineWith = (log: string, words: string) => log.split('\n').find((line) => line.includes(words)) ?? '';

describe('xlb in an election with keepalived', {
  skip: system('keepalived'),
  timeout: 400_000,
}, () => {
  let lab: VrrpLab;
  let watch: StallWatch;
  const running: Speaker[] = [];
  before(async () => {
    lab = await VrrpLab.create('cases');
    watch = await StallWatch.start(lab.lab);
  });
  after(() => lab?.close());
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.end()));
  });

  const conf = (text: Partial<InstanceText> = {}, before: readonly string[] = []) =>
    vrrpConf([{ vips: [vip], lines: fast, ...text }], before);
  const start = (kind: Kind, side: 'a' | 'b', text: string): Speaker => {
    const speaker = lab.start(kind, side, text);
    running.push(speaker);
    return speaker;
  };
  const often = { everyMs: 20, atMostMs: 30_000 };
  const logged = (speaker: Speaker, what: string) =>
    until(`"${what}" in a log`, often, async () => (speaker.log.includes(what) ? true : undefined));
  const counted = (speaker: Speaker, what: keyof VrrpInstanceStatus['statistics']) =>
    until(`${what} in the statistics`, often, async () => {
      const [instance] = await speaker.instances().catch(() => []);
      return (instance?.statistics[what] ?? 0) > 0 ? instance : undefined;
    });

  for (const [who, other] of [
    ['xlb', 'keepalived'],
    ['keepalived', 'xlb'],
  ] as const)
    it(`nopreempt: ${who} that comes back above ${other} stays a backup`, async (t) => {
      const mine = conf({ priority: 150, lines: [...fast, 'nopreempt'] });
      const b = start(other, 'b', conf());
      await lab.untilHeld(vip, [b]);
      for (let round = 0; round < mostRounds; round++) {
        const a = start(who, 'a', mine);
        await logged(a, 'Entering BACKUP STATE');
        // Where the machine stood still, a backup may have heard nothing for too long.
        const { result, stalledMs } = await watch.during(async () => {
          await pause(settledMs);
          return [await a.addresses(), await b.addresses()];
        });
        if (stalledMs < steadyMs) return assert.deepEqual(result, [[], [vip]]);
        await a.end();
        await lab.untilHeld(vip, [b], [a]);
      }
      t.skip(unsteady);
    });

  it('preempt_delay: waits as long before it takes over from a lower one', async (t) => {
    const b = start('keepalived', 'b', conf());
    await lab.untilHeld(vip, [b]);
    for (let round = 0; round < mostRounds; round++) {
      // Of a lower one that stood still for too long, it takes over at once.
      const { result: a, stalledMs } = await watch.during(async () => {
        const mine = start('xlb', 'a', conf({ priority: 150, lines: [...fast, 'preempt_delay 1'] }));
        await logged(mine, 'Entering MASTER STATE');
        await lab.untilHeld(vip, [mine], [b]);
        return mine;
      });
      const saidMs = (what: string) => Date.parse(/^\S+/.exec(lineWith(a.log, what))?.[0] ?? '');
      const waitedMs = saidMs('Entering MASTER STATE') - saidMs('start preempt delay');
      if (stalledMs < steadyMs) return assert.ok(waitedMs >= 990, `${waitedMs} ms\n${a.log}`);
      await a.end();
      await lab.untilHeld(vip, [b], [a]);
    }
    t.skip(unsteady);
  });

  it('with a wrong password hears nobody: both are master, and it counts why', async () => {
    const lines = (password: string) => [
      'advert_int 1',
      'authentication {',
      '    auth_type PASS',
      `    auth_pass ${password}`,
      '}',
    ];
    const a = start('xlb', 'a', conf({ lines: lines('right') }));
    const b = start('keepalived', 'b', conf({ lines: lines('wrong') }));
    await lab.untilHeld(vip, [a, b]);
    await counted(a, 'auth_failure');
    await logged(a, 'received an invalid passwd!');
  });

  it('a script with a weight gives the address to the other and takes it back', async () => {
    const failing = join(lab.lab.directory, 'fail');
    const script = [
      'vrrp_script chk {',
      `    script "[ ! -e ${failing} ]"`,
      '    interval 1',
      '    weight -60',
      '}',
    ];
    const tracked = [...fast, 'track_script {', '    chk', '}'];
    const a = start('xlb', 'a', conf({ priority: 150, lines: tracked }, script));
    await lab.untilHeld(vip, [a]);
    const b = start('keepalived', 'b', conf());
    await logged(b, 'Entering BACKUP STATE');
    writeFileSync(failing, '');
    await lab.untilHeld(vip, [b], [a]);
    rmSync(failing);
    await lab.untilHeld(vip, [a], [b]);
  });

  it('two directors are master of one address each, and of both when the other stops', async () => {
    const both = (first: number, second: number) =>
      vrrpConf([
        { name: 'one', vrid: 51, priority: first, vips: [vip], lines: fast },
        { name: 'two', vrid: 52, priority: second, vips: [vip2], lines: fast },
      ]);
    const a = start('xlb', 'a', both(150, 100));
    const b = start('keepalived', 'b', both(100, 150));
    await lab.untilHeld(vip, [a], [b]);
    await lab.untilHeld(vip2, [b], [a]);
    await a.end();
    await lab.untilHeld(vip, [b], [a]);
    const again = start('xlb', 'a', both(150, 100));
    await lab.untilHeld(vip, [again], [b]);
    await b.end();
    await lab.untilHeld(vip2, [again], [b]);
  });

  it('a sync group moves together when the script of one member fails', async () => {
    const failing = join(lab.lab.directory, 'fail_one');
    const script = ['vrrp_script chk {', `    script "/usr/bin/test ! -e ${failing}"`, '    interval 1', '}'];
    const group = ['vrrp_sync_group both {', '    group {', '        one', '        two', '    }', '}'];
    const text = (priority: number, lines: readonly string[]) =>
      vrrpConf(
        [
          { name: 'one', vrid: 51, priority, vips: [vip], lines: [...fast, ...lines] },
          { name: 'two', vrid: 52, priority, vips: [vip2], lines: fast },
        ],
        [...group, ...script],
      );
    const a = start('xlb', 'a', text(150, ['track_script {', '    chk', '}']));
    await lab.untilHeld(vip2, [a]);
    const b = start('keepalived', 'b', text(100, []));
    await logged(b, 'Entering BACKUP STATE');
    writeFileSync(failing, '');
    await lab.untilHeld(vip, [b], [a]);
    await lab.untilHeld(vip2, [b], [a]);
    rmSync(failing);
    await lab.untilHeld(vip, [a], [b]);
    await lab.untilHeld(vip2, [a], [b]);
  });

  it('a list of addresses that differs is counted and said, and the advert counts', async () => {
    const a = start('xlb', 'a', conf({ vips: [vip, vip2] }));
    await lab.untilHeld(vip, [a]);
    const b = start('keepalived', 'b', conf({ priority: 150 }));
    await lab.untilHeld(vip, [b], [a]);
    assert.equal((await counted(a, 'addr_list_err')).state, 'BACKUP');
  });

  const vmacs = [
    { written: 'use_vmac', vips: [vip], lines: [...fast, 'use_vmac'] },
    { written: 'use_vmac of the address alone', vips: [`${vip} dev eth0 use_vmac`], lines: fast },
  ];
  for (const { written, vips, lines } of vmacs)
    it(`${written}: client and keepalived see the virtual MAC address, and it goes with the address`, async () => {
      const a = start('xlb', 'a', conf({ priority: 150, vips, lines }));
      const seen = async () => {
        await lab.lab.run(lab.lab.client, ['ip', 'neigh', 'flush', 'to', vip]);
        await lab.lab.run(lab.lab.client, ['ping', '-c', '1', '-W', '1', vip], { mayFail: true });
        const { stdout } = await lab.lab.run(lab.lab.client, ['ip', 'neigh', 'show', 'to', vip]);
        return /lladdr (\S+)/.exec(stdout)?.[1];
      };
      const untilVirtual = () =>
        until('the virtual MAC', often, async () =>
          (await seen()) === '00:00:5e:00:01:33' ? true : undefined,
        );
      await untilVirtual();
      const b = start('keepalived', 'b', conf({ vips, lines }));
      await logged(b, 'Entering BACKUP STATE');
      await a.end();
      await logged(b, 'Entering MASTER STATE');
      await untilVirtual();
      const { stdout } = await lab.lab.run(a.node, ['ip', '-o', 'link', 'show']);
      assert.doesNotMatch(stdout, /vrrp/);
    });

  it('virtual_routes and virtual_rules come and go with the address', async () => {
    const routing = [
      ...fast,
      'virtual_routes {',
      '    10.99.0.0/16 via 10.77.0.1 dev eth0',
      '}',
      'virtual_rules {',
      '    from 10.98.0.0/16 lookup 98 priority 998',
      '}',
    ];
    const shown = async (speaker: Speaker) => {
      const routes = await lab.lab.run(speaker.node, ['ip', 'route', 'show', '10.99.0.0/16']);
      const rules = await lab.lab.run(speaker.node, ['ip', 'rule', 'show', 'priority', '998']);
      return [routes.stdout.includes('via 10.77.0.1'), rules.stdout.includes('lookup 98')];
    };
    const a = start('xlb', 'a', conf({ priority: 150, lines: routing }));
    await lab.untilHeld(vip, [a]);
    assert.deepEqual(await shown(a), [true, true]);
    const b = start('keepalived', 'b', conf());
    await logged(b, 'Entering BACKUP STATE');
    await a.end();
    await lab.untilHeld(vip, [b], [a]);
    assert.deepEqual(await shown(a), [false, false]);
  });

  it('killed, it leaves its address until the other is master, and no longer', async () => {
    const a = start('xlb', 'a', conf({ priority: 150 }));
    await lab.untilHeld(vip, [a]);
    const b = start('keepalived', 'b', conf());
    await logged(b, 'Entering BACKUP STATE');
    await lab.carrier('b', false);
    await a.end('SIGKILL');
    assert.deepEqual(await a.addresses(), [vip]);
    await lab.carrier('b', true);
    await lab.untilHeld(vip, [b], [a]);
    const again = lab.again('a', a, conf({ priority: 150 }));
    running.push(again);
    await lab.untilHeld(vip, [again], [b]);
  });

  it("runs notify scripts in keepalived's order, and says who is master", async () => {
    const told = join(lab.lab.directory, 'told');
    const lines = [
      ...fast,
      `notify_master "/bin/sh -c 'echo master >>${told}'"`,
      `notify "/bin/sh -c 'echo \\"$@\\" >>${told}' notify"`,
    ];
    const a = start('xlb', 'a', conf({ lines }));
    await lab.untilHeld(vip, [a]);
    const b = start('keepalived', 'b', conf({ priority: 150 }));
    await lab.untilHeld(vip, [b], [a]);
    await until('the new master in the status', often, async () => {
      const [instance] = await a.instances();
      return isDeepStrictEqual(instance?.master, { address: '10.77.0.3', priority: 150 }) || undefined;
    });
    await a.end();
    assert.deepEqual(existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [], [
      'INSTANCE VI_1 BACKUP 100',
      'master',
      'INSTANCE VI_1 MASTER 100',
      'INSTANCE VI_1 BACKUP 100',
      'INSTANCE VI_1 STOP 100',
    ]);
  });
});
