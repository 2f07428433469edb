import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { pause } from '../../src/demo/pause.ts';
import { Director, destinationOf, noTraces, serverOf, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startAllNginx, startNginx } from '../helpers/peers.ts';
import { counts, failures, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const vip6 = 'fd77::100';

describe('xlb run', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let nginx: ChildProcess[];

  before(async () => {
    lab = await createLab({ name: 'killed', vips: [vip, vip6] });
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    const pool6 = lab.realServers.map(({ ipv6: address }) => ({ address }));
    const servers = [
      { at: `${vip} 80`, pool },
      { at: `${vip6} 80`, pool: pool6 },
    ];
    director = new Director(lab, keepalivedConf({ vips: [vip, vip6], servers }));
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const start = async () => {
    await director.start();
    await director.untilStatus('the control socket', ({ dataplane }) => dataplane);
  };
  const server = async () => serverOf(await director.status(), `TCP ${vip}:80`);

  it('killed with SIGKILL under load loses no request and no connection, nor does its next start', async () => {
    nginx = await startAllNginx(lab);
    await start();
    await director.untilResolved();
    const opened = await client.open(vip, 20);
    const before = await server();
    let whileDead: string[] = [];
    let addresses: readonly string[] = [];
    const answers = await client.during(vip, async () => {
      await pause(300);
      await director.end('SIGKILL');
      whileDead = senders(await client.get(vip, 30, { atOnce: 3 }));
      ({ addresses = [] } = await tracesOf(lab));
      await start();
      await pause(300);
    });
    const kept = await client.ask();
    const after = await server();
    await client.close();
    const connections =
      opened.length + answers.filter(({ over }) => over === 'new').length + whileDead.length;
    assert.deepEqual(
      {
        failed: failures(answers),
        sameServer: senders(kept),
        spreadWhileDead: new Set(whileDead).size,
        addresses,
        adopted: director.log.includes('Adopted'),
        connections: after.connections,
        active: after.destinations.reduce((sum, { active }) => sum + active, 0) >= opened.length,
        countersGrew: after.packets > before.packets && after.bytes > before.bytes,
      },
      {
        failed: [],
        sameServer: senders(opened),
        spreadWhileDead: 3,
        addresses: [vip, vip6],
        adopted: true,
        connections,
        active: true,
        countersGrew: true,
      },
    );
  });

  it('leaves a real server out that was out when it was killed, until a check of it passes', async () => {
    const victim = lab.realServers[2] ?? lab.director;
    const up = async () => destinationOf(await server(), victim.ipv4).up;
    await kill(nginx[2] ?? assert.fail());
    await director.until('the real server to be out', async () => !(await up()));
    await director.end('SIGKILL');
    const whileDead = await client.get(vip, 10);
    const afterwards = await client.during(vip, start);
    const back = await up();
    await startNginx(lab, victim);
    await director.until('the real server to be back', up);
    await director.untilResolved();
    assert.deepEqual(
      [
        counts(whileDead),
        failures(afterwards),
        counts(afterwards)['rs3'],
        back,
        counts(await client.get(vip, 30)),
      ],
      [{ rs1: 5, rs2: 5 }, [], undefined, false, { rs1: 10, rs2: 10, rs3: 10 }],
    );
  });

  it('killed with SIGKILL gives up its addresses at once when asked to, and goes on forwarding', async () => {
    const opened = await client.open(vip, 5);
    await director.end('SIGKILL');
    const { code, stdout } = await director.xlb('cleanup', '--addresses');
    const { addresses, xdp } = await tracesOf(lab);
    assert.deepEqual(
      { code, stdout, addresses, xdp, kept: senders(await client.ask()) },
      {
        code: 0,
        stdout: `Removed ${vip}/32 on eth0\nRemoved ${vip6}/128 on eth0\n`,
        addresses: [],
        xdp: true,
        kept: senders(opened),
      },
    );
    await client.close();
    await start();
  });

  it('stopped with SIGTERM leaves nothing', async () => {
    await director.end('SIGTERM');
    assert.deepEqual([director.log.includes('Stopped'), await tracesOf(lab)], [true, noTraces]);
  });

  it('killed with SIGKILL is cleared away by xlb cleanup, which says what it removed', async () => {
    await start();
    const refused = await director.xlb('cleanup');
    const running = await tracesOf(lab);
    await director.end('SIGKILL');
    const dead = await director.xlb('status');
    const cleaned = await director.xlb('cleanup');
    const again = await director.xlb('cleanup');
    assert.match(
      refused.stderr,
      /Cannot clean up instance .*: process \d+ runs it already\nhelp: stop that one first: kill \d+\n/,
    );
    assert.deepEqual([running.addresses, running.xdp], [[vip, vip6], true]);
    assert.match(dead.stderr, /forwarding goes on without it.*\nhelp: .*xlb cleanup/);
    assert.match(cleaned.stdout, new RegExp(`Removed ${vip}/32 on eth0\nRemoved ${vip6}/128 on eth0\n`));
    assert.deepEqual(
      [refused.code, dead.code, cleaned.code, cleaned.stderr, await tracesOf(lab)],
      [1, 1, 0, '', noTraces],
    );
    assert.deepEqual(again, {
      code: 0,
      stdout: `Nothing of instance "${lab.instance}" is on this host\n`,
      stderr: '',
    });
    assert.equal(existsSync(`/sys/fs/bpf/xlb/${lab.instance}`), false);
  });
});
