import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startUdpEcho } from '../helpers/peers.ts';
import { Traffic } from '../helpers/traffic.ts';

const mtu = 1_300;
const families = [
  { family: 'ipv4', vip: '10.77.0.100', at: '10.77.0.100' },
  { family: 'ipv6', vip: 'fd77::100', at: '[fd77::100]' },
] as const;

/** Answers with how many bytes it was sent. */
const countingServer = `require('node:http').createServer((request, response) => {
  let bytes = 0;
  request.on('data', (part) => { bytes += part.length; });
  request.on('end', () => response.end(String(bytes)));
}).listen(80, '::');`;

onEachDatapath(
  'a real server behind a link with a smaller MTU',
  {
    skip: system('curl'),
    timeout: 300_000,
  },
  (datapath) => {
    let lab: Lab;
    let director: Director;

    before(async () => {
      lab = await createLab({ name: 'mtu', realServers: 1, vips: families.map(({ vip }) => vip) });
      const [node = assert.fail()] = lab.realServers;
      lab.spawn(node, [process.execPath, '-e', countingServer], { stdout: 'ignore', stderr: 'inherit' });
      for (const { vip } of families) await startUdpEcho(lab, node, { address: vip, port: 53 });
      // It says MSS 1460 to its clients, but the switch has no room for that on its port.
      await lab.run(lab.bridge, ['ip', 'link', 'set', node.name, 'mtu', String(mtu)]);
      for (const address of [node.ipv4, node.ipv6])
        await lab.run(lab.director, ['ip', 'route', 'add', address, 'dev', 'eth0', 'mtu', String(mtu)]);
      const servers = families.flatMap(({ family, vip }) => [
        { at: `${vip} 80`, pool: [{ address: node[family], check: 0 }] },
        { at: `${vip} 53`, protocol: 'UDP' as const, pool: [{ address: node[family], check: 0 }] },
      ]);
      director = await Director.start(
        lab,
        keepalivedConf({ vips: families.map(({ vip }) => vip), servers }),
        datapath,
      );
      await director.untilResolved();
      await director.until('the server', async () => {
        const argv = ['curl', '-s', '-m', '1', 'http://10.77.0.100/'];
        return (await lab.run(lab.client, argv, { mayFail: true })).stdout === '0';
      });
    });
    beforeEach(async () => {
      for (const version of ['-4', '-6'])
        await lab.run(lab.client, ['ip', version, 'route', 'flush', 'cache']);
    });
    after(() => lab?.close());

    const pathMtu = async (vip: string) => {
      const { stdout } = await lab.run(lab.client, ['ip', 'route', 'get', vip]);
      return /mtu (\d+)/.exec(stdout)?.[1];
    };
    const tooBig = async () => (await director.status()).verdicts['TOO_BIG'] ?? 0;

    for (const { family, vip, at } of families) {
      it(`gets what a client sends by TCP, once that was told the MTU (${family})`, async () => {
        const known = await tooBig();
        const argv = ['curl', '-s', '-m', '10', '--data-binary', '@-', `http://${at}/`];
        const { stdout } = await lab.run(lab.client, argv, { input: 'm'.repeat(300_000) });
        assert.deepEqual([stdout, await pathMtu(vip), (await tooBig()) > known], ['300000', '1300', true]);
      });

      it(`gets a long datagram once its sender was told the MTU (${family})`, async () => {
        const client = new Traffic(lab);
        const answers = await client.udp(vip, 53, { ports: [4_000], each: 2, bytes: 1_400 });
        assert.deepEqual(
          [answers.map(({ from }) => from), await pathMtu(vip)],
          [['failed: EMSGSIZE', 'rs1'], '1300'],
        );
      });
    }

    it('follows the MTU of the route', async () => {
      const [node = assert.fail()] = lab.realServers;
      const route = ['ip', 'route', 'replace', node.ipv4, 'dev', 'eth0', 'mtu', '1200'];
      await lab.run(lab.director, route);
      await director.untilStatus('the new MTU', ({ virtual_servers: servers }) =>
        servers.some(({ destinations: [one] }) => one?.nexthop.kind === 'link' && one.nexthop.mtu === 1_200),
      );
    });
  },
);
