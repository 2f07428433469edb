import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Director, mainFile } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const vip6 = 'fd77::100';
const names = ['all', 'lo'].flatMap((scope) => [
  `net.ipv4.conf.${scope}.arp_ignore`,
  `net.ipv4.conf.${scope}.arp_announce`,
]);

describe('xlb realserver', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ name: 'real', realServers: 2 });
  });
  after(() => lab?.close());

  const runDirectory = (node: LabNode) => join(lab.directory, node.name);
  const realserver = async (node: LabNode, ...words: string[]) => {
    const argv = [process.execPath, mainFile, 'realserver', ...words, '--run-dir', runDirectory(node)];
    const { code, stdout, stderr } = await lab.run(node, argv, { mayFail: true });
    return { code, lines: stdout.split('\n').filter((line) => line !== ''), stderr };
  };
  const settings = async (node: LabNode) => {
    const { stdout } = await lab.run(node, ['sysctl', '-n', ...names]);
    return stdout.trim().split('\n');
  };
  const onLoopback = async (node: LabNode) => {
    const { stdout } = await lab.run(node, ['ip', '-j', 'address', 'show', 'dev', 'lo']);
    const [link] = JSON.parse(stdout) as [{ addr_info: { local: string; prefixlen: number }[] }];
    return link.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`).sort();
  };

  it('up makes a machine a real server, a second time changes nothing, and down undoes it', async () => {
    const [node = lab.director] = lab.realServers;
    await lab.run(node, ['sysctl', '-qw', 'net.ipv4.conf.all.arp_announce=1']);
    const before = { settings: await settings(node), onLoopback: await onLoopback(node) };
    const up = await realserver(node, 'up', vip, vip6);
    const then = { settings: await settings(node), onLoopback: await onLoopback(node) };
    const again = await realserver(node, 'up', vip, vip6);
    const half = await realserver(node, 'down', vip6);
    const down = await realserver(node, 'down', vip);
    const after = { settings: await settings(node), onLoopback: await onLoopback(node) };
    const twice = await realserver(node, 'down', vip, vip6);

    const says = (change: string) => names.map((name, at) => `${name} = ${at % 2 ? 2 : 1}: ${change}`);
    assert.deepEqual(up, {
      code: 0,
      lines: [`${vip} on lo: added`, `${vip6} on lo: added`, ...says('set')],
      stderr: '',
    });
    assert.deepEqual(then, {
      settings: ['1', '2', '1', '2'],
      onLoopback: [...before.onLoopback, `${vip}/32`, `${vip6}/128`].sort(),
    });
    assert.deepEqual(again.lines, [
      `${vip} on lo: already there`,
      `${vip6} on lo: already there`,
      ...says('already so'),
    ]);
    assert.deepEqual(half.lines, [`${vip6} on lo: removed`]);
    assert.deepEqual(
      down.lines.map((line) => line.replace(/ = \d/, '')),
      [`${vip} on lo: removed`, ...names.map((name) => `${name}: restored`)],
    );
    assert.deepEqual(after, before);
    assert.deepEqual(twice, {
      code: 0,
      lines: [`${vip} on lo: not there`, `${vip6} on lo: not there`],
      stderr: '',
    });
    assert.equal(existsSync(runDirectory(node)), false);
  });

  it('up is all that a machine behind a director needs', async () => {
    const client = new Traffic(lab);
    await startAllNginx(lab);
    for (const node of lab.realServers) await realserver(node, 'up', vip, vip6);
    const servers = [
      { at: `${vip} 80`, pool: lab.realServers.map(({ ipv4: address }) => ({ address })) },
      { at: `${vip6} 80`, pool: lab.realServers.map(({ ipv6: address }) => ({ address })) },
    ];
    const director = await Director.start(lab, keepalivedConf({ vips: [vip, vip6], servers }));
    await director.untilResolved();
    const spread = [counts(await client.get(vip, 10)), counts(await client.get(vip6, 10))];
    const { stdout } = await lab.run(lab.client, ['ip', 'neigh', 'show', vip]);
    assert.deepEqual([spread, stdout.includes(lab.director.mac)], [Array(2).fill({ rs1: 5, rs2: 5 }), true]);
  });

  it('refuses what cannot be a virtual address, before it changes anything', async () => {
    const node = lab.client;
    const before = await onLoopback(node);
    const refused = await realserver(node, 'up', vip, '10.77.0.300');
    assert.deepEqual([refused.code, refused.lines, await onLoopback(node)], [2, [], before]);
    assert.match(refused.stderr, /^xlb: Cannot use "10\.77\.0\.300" as a virtual address: .*\n$/);
  });
});
