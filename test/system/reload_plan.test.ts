import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Director, tracesOf } from '../helpers/director.ts';
import { type ConfText, keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { failures, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const otherVip = '10.77.0.101';
const [rs1, rs2, rs3] = ['10.77.0.11', '10.77.0.12', '10.77.0.13'] as const;
const web = (...pool: { address: string; weight?: number }[]) => ({ at: `${vip} 80`, algo: 'wrr', pool });
const both = web({ address: rs1 }, { address: rs2 });
const begin: ConfText = { vips: [vip], servers: [both] };

describe('xlb reload', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'plan', vips: [vip, otherVip] });
    await startAllNginx(lab, [80, 8080]);
    director = await Director.start(lab, keepalivedConf(begin));
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const write = (conf: ConfText) => writeFileSync(director.configFile, keepalivedConf(conf));
  const stepsOf = (text: string) => text.split('\n').filter((line) => /^(add|change|remove) /.test(line));

  it('does what xlb check --against-running says it would, which changes nothing', async () => {
    write({
      vips: [vip, otherVip],
      servers: [
        web({ address: rs1, weight: 3 }, { address: rs3 }),
        { at: `${otherVip} 8080`, pool: [{ address: rs3 }] },
      ],
    });
    const planned = await director.xlb('check', director.configFile, '--against-running');
    const untouched = await tracesOf(lab);
    const done = await director.xlb('reload');
    const again = await director.xlb('reload');
    const steps = [
      'add virtual server [10.77.0.101]:tcp:8080 (real servers: 1)',
      'add real server [10.77.0.13]:tcp:80 to [10.77.0.100]:tcp:80 (weight 1)',
      'add virtual address 10.77.0.101/32 on eth0 of system',
      'change weight of [10.77.0.11]:tcp:80 in [10.77.0.100]:tcp:80 from 1 to 3',
      'remove real server [10.77.0.12]:tcp:80 from [10.77.0.100]:tcp:80',
    ];
    assert.deepEqual(
      [stepsOf(planned.stdout), stepsOf(done.stdout), stepsOf(again.stdout)],
      [steps, steps, []],
    );
    assert.deepEqual([untouched.addresses, (await tracesOf(lab)).addresses], [[vip], [vip, otherVip]]);
    assert.match(again.stdout, /reloaded in \d+ ms: no change\n$/);
  });

  it('ends with 2 where the file cannot run, and says where', async () => {
    write({ ...begin, servers: [{ ...both, algo: 'wrrr' }] });
    const { code, stderr } = await director.xlb('reload');
    assert.deepEqual([code, /keepalived\.conf:\d+:\d+: error: /.test(stderr)], [2, true]);
    assert.match(stderr, /refused: nothing was changed\n$/);
  });

  it('fails no request over fifty reloads that add, change, drain and remove', async () => {
    write(begin);
    await director.xlb('reload');
    const more = { at: `${otherVip} 8080`, pool: [{ address: rs3 }] };
    const rounds: readonly ConfText[] = [
      { vips: [vip], servers: [web({ address: rs1 }, { address: rs2 }, { address: rs3 })] },
      { vips: [vip, otherVip], servers: [web({ address: rs1, weight: 3 }, { address: rs2 }), more] },
      begin,
      { vips: [vip], servers: [web({ address: rs1 }, { address: rs2, weight: 5 })] },
      begin,
    ];
    // Before it goes it gets no more: that is how an operator takes one out.
    const drained = {
      vips: [vip],
      servers: [web({ address: rs1 }, { address: rs2 }, { address: rs3, weight: 0 })],
    };
    await client.open(vip, 6);
    const codes: (number | string)[] = [];
    const answers = await client.during(vip, async () => {
      for (let round = 0; round < 8; round++) {
        for (const conf of [...rounds.slice(0, 1), drained, ...rounds.slice(1)]) {
          write(conf);
          codes.push((await director.xlb('reload')).code);
        }
      }
      for (const conf of [drained, begin]) {
        write(conf);
        codes.push((await director.xlb('reload')).code);
      }
    });
    assert.deepEqual([codes, failures(answers)], [Array.from({ length: 50 }, () => 0), []]);
  });

  it('answers a hundred signals of one second with the last file in force', async () => {
    const reloads = () => director.log.match(/ Reloading /g)?.length ?? 0;
    const before = reloads();
    for (let round = 0; round < 100; round++) {
      write({ vips: [vip], servers: [web({ address: rs1, weight: 1 + round }, { address: rs2 })] });
      director.reload();
    }
    await director.untilStatus('the last weight', ({ virtual_servers: servers }) =>
      servers.some(({ destinations }) => destinations.some(({ weight }) => weight === 100)),
    );
    const done = await director.xlb('reload');
    assert.match(done.stdout, /: no change\n$/);
    assert.ok(reloads() - before < 60, `${reloads() - before} reloads`);
  });
});
