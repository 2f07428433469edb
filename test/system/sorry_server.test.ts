import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startNginx } from '../helpers/peers.ts';
import { counts, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const local = '10.77.0.101';

const options = { skip: system('nginx', 'curl'), timeout: 300_000, together: true };

onEachDatapath('a virtual server without a live real server', options, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let nodes: readonly LabNode[];
  let nginx: ChildProcess[];
  const story = () => join(lab.directory, 'story');
  const told = () => (existsSync(story()) ? readFileSync(story(), 'utf8').trim().split('\n').sort() : []);

  before(async () => {
    lab = await createLab({ name: 'sorry', vips: [vip, local] });
    nodes = [...lab.realServers, lab.director];
    nginx = await Promise.all(nodes.map((node) => startNginx(lab, node)));
    const script = join(lab.directory, 'tell');
    writeFileSync(script, `#!/bin/sh\necho "$@" >> ${story()}\n`, { mode: 0o755 });
    const [first, second, sorry = lab.director] = lab.realServers;
    const pool = [first, second].map((node) => ({
      address: node?.ipv4 ?? '',
      lines: [
        'alpha',
        `notify_up "${script} ${node?.name} up"`,
        `notify_down "${script} ${node?.name} down"`,
      ],
    }));
    const scripts = (name: string) => [
      `quorum_up "${script} ${name} up"`,
      `quorum_down "${script} ${name} down"`,
    ];
    const text = keepalivedConf({
      vips: [vip, local],
      global: ['script_user root'],
      servers: [
        { at: `${vip} 80`, lines: [`sorry_server ${sorry.ipv4} 80`, ...scripts('remote')], pool },
        {
          at: `${local} 80`,
          lines: ['sorry_server 127.0.0.1 80', 'omega', ...scripts('local')],
          pool: pool.map(({ address }) => ({ address })),
        },
      ],
    });
    director = await Director.start(lab, text, datapath);
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const untilUp = (up: boolean) =>
    director.untilStatus(`both to be ${up ? 'up' : 'down'}`, ({ virtual_servers: servers }) =>
      servers.every(({ destinations }) => destinations.every((one) => one.up === (one.sorry ? !up : up))),
    );
  const untilTold = (count: number) =>
    director.until(`${count} lines of scripts`, async () => told().length >= count);

  it('takes its real servers into service with their first passed checks (alpha)', async () => {
    await untilUp(true);
    await untilTold(3);
    assert.deepEqual(
      [counts(await client.get(vip, 10)), counts(await client.get(local, 10)), told()],
      [{ rs1: 5, rs2: 5 }, { rs1: 5, rs2: 5 }, ['remote up', 'rs1 up', 'rs2 up']],
    );
  });

  it('is served by its sorry server, another machine or the director itself, until one returns', async () => {
    writeFileSync(story(), '');
    await Promise.all(nginx.slice(0, 2).map(kill));
    await untilUp(false);
    const meanwhile = [counts(await client.get(vip, 10)), counts(await client.get(local, 10))];
    const { stdout: tables } = await director.xlb('ipvsadm', '-ln');
    await untilTold(4);
    const down = told();
    assert.match(tables, /-> 127\.0\.0\.1:80 +Local +1 +/);
    writeFileSync(story(), '');
    const starting = lab.realServers.slice(0, 2).map((node) => startNginx(lab, node));
    nginx.splice(0, 2, ...(await Promise.all(starting)));
    await untilUp(true);
    await untilTold(4);
    assert.deepEqual(
      [meanwhile, down, counts(await client.get(vip, 10)), counts(await client.get(local, 10)), told()],
      [
        [{ rs3: 10 }, { director: 10 }],
        ['local down', 'remote down', 'rs1 down', 'rs2 down'],
        { rs1: 5, rs2: 5 },
        { rs1: 5, rs2: 5 },
        ['local up', 'remote up', 'rs1 up', 'rs2 up'],
      ],
    );
  });

  it('drains a real server by hand: no new connection comes, and --wait ends with the last one', async () => {
    const opened = senders(await client.open(vip, 4));
    const words = [`${vip}:80`, '10.77.0.11', '--wait', '--timeout', '30'];
    const argv = [process.execPath, ...director.arguments('drain'), ...words];
    const child = lab.spawn(lab.director, argv, { stderr: 'inherit' });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await director.until('a line of progress', async () => said.includes('left'));
    const news = counts(await client.get(vip, 10));
    const kept = senders(await client.ask());
    const waits = child.exitCode === null;
    await client.close();
    await director.until('the end of the drain', async () => child.exitCode !== null);
    const lines = said.trim().split('\n');
    const undrained = await director.xlb('undrain', vip, '10.77.0.11:80');
    assert.deepEqual(
      [opened.sort(), news, kept.sort(), waits, child.exitCode],
      [['rs1', 'rs1', 'rs2', 'rs2'], { rs2: 10 }, ['rs1', 'rs1', 'rs2', 'rs2'], true, 0],
    );
    assert.deepEqual(
      [lines.length, lines[0], /^2 connections are left\b/.test(lines[1] ?? ''), lines[2]?.split(',')[0]],
      [3, '[10.77.0.11]:tcp:80 of [10.77.0.100]:tcp:80 is drained', true, 'No connection is left'],
    );
    assert.deepEqual(
      [undrained.stdout, counts(await client.get(vip, 10))],
      ['[10.77.0.11]:tcp:80 of [10.77.0.100]:tcp:80 has its configured weight\n', { rs1: 5, rs2: 5 }],
    );
  });

  it('keeps a weight by hand over a crash, and says which servers there are none of', async () => {
    await director.xlb('weight', local, '10.77.0.12', '0');
    await director.end('SIGKILL');
    await director.start();
    await director.untilStatus('the control socket', () => true);
    await untilUp(true);
    const { weight_by_hand: byHand } = destinationOf(
      serverOf(await director.status(), `TCP ${local}:80`),
      '10.77.0.12',
    );
    const none = await director.xlb('drain', vip, '10.77.0.99');
    assert.deepEqual(
      [byHand, counts(await client.get(local, 4)), none.code, none.stderr.split('\n')[0]],
      [0, { rs1: 4 }, 2, 'xlb: Cannot find real server 10.77.0.99 in a virtual server 10.77.0.100'],
    );
  });

  it('with omega runs quorum_down when xlb stops', async () => {
    writeFileSync(story(), '');
    await director.end('SIGTERM');
    assert.deepEqual(told(), ['local down']);
  });
});
