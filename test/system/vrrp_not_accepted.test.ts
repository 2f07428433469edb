import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { mainFile } from '../../src/demo/director.ts';
import { pause, until } from '../../src/demo/pause.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { senders, Traffic } from '../helpers/traffic.ts';
import { type Speaker, VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

const vip = '10.77.0.100';
const vip6 = 'fd77::100';
const fast = ['version 3', 'advert_int 0.1'];

describe('addresses that are not accepted', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: VrrpLab;
  let client: Traffic;
  const running: Speaker[] = [];
  before(async () => {
    lab = await VrrpLab.create('accept', { realServers: 2, vips: [vip] });
    await startAllNginx(lab.lab);
    client = new Traffic(lab.lab);
  });
  after(() => lab?.close());
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.end()));
  });

  const instances = (lines: readonly string[], priority = 100) => [
    { name: 'four', vrid: 51, priority, vips: [vip], lines: [...fast, ...lines] },
    { name: 'six', vrid: 61, priority, vips: ['fe80::77:100', vip6], lines: [...fast, ...lines] },
  ];
  const conf = (lines: readonly string[], priority?: number) => {
    const pool = lab.lab.realServers.map(({ ipv4 }) => `    real_server ${ipv4} 80 {\n    }\n`);
    return `${vrrpConf(instances(lines, priority))}
virtual_server ${vip} 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
${pool.join('')}}
`;
  };
  const start = async (kind: 'xlb' | 'keepalived', side: 'a' | 'b', text: string) => {
    const speaker = lab.start(kind, side, text);
    running.push(speaker);
    return speaker;
  };
  const onClient = (...argv: readonly string[]) => lab.lab.run(lab.lab.client, argv, { mayFail: true });
  const pings = async (...addresses: readonly string[]) =>
    Promise.all(
      addresses.map(
        async (address) => (await onClient('ping', '-c', '4', '-i', '0.3', '-W', '1', address)).code === 0,
      ),
    );
  /** Whether the client learns the MAC address of the master, anew. */
  const found = async (...addresses: readonly string[]) => {
    await onClient('ip', 'neighbour', 'flush', 'dev', 'eth0');
    await pings(...addresses);
    const seen = await Promise.all(addresses.map((one) => onClient('ip', 'neighbour', 'show', one)));
    return seen.map(({ stdout }) => /lladdr \S+/.test(stdout));
  };
  const table = async (side: 'a' | 'b' = 'a') => {
    const read =
      'const { AddressFilter } = require(process.argv[1]); const [table] = process.argv.slice(2); ' +
      'console.log(new AddressFilter({ table }).addresses().map(({ address }) => address).join())';
    const { stdout } = await lab.lab.run(lab.nodes[side], [
      process.execPath,
      '-e',
      read,
      join(mainFile, '../../../build/xlb.node'),
      `xlb_${lab.lab.instance}`,
    ]);
    return stdout
      .trim()
      .split(',')
      .filter((one) => one !== '')
      .sort();
  };
  const closed = [vip, vip6, 'fe80::77:100'].sort();

  it('answer no ping, are found by ARP and discovery, and their virtual servers are served', async () => {
    const a = await start('xlb', 'a', conf(['strict_mode']));
    await lab.untilHeld(vip, [a]);
    await lab.untilHeld(vip6, [a]);
    assert.deepEqual(await found(vip, vip6), [true, true]);
    assert.deepEqual(await pings(vip, vip6, 'fe80::77:100%eth0', lab.nodes.a.ipv4), [
      false,
      false,
      false,
      true,
    ]);
    assert.deepEqual(new Set(senders(await client.get(vip, 10))), new Set(['rs1', 'rs2']));
    assert.deepEqual(await table(), closed);
    await a.end();
    assert.deepEqual(await table(), []);
  });

  it('answer with `accept`, from the reload on that says so, and no more from the one that does not', async () => {
    const a = await start('xlb', 'a', conf(['strict_mode', 'accept']));
    await lab.untilHeld(vip, [a]);
    await lab.untilHeld(vip6, [a]);
    assert.deepEqual([await pings(vip, vip6), await table()], [[true, true], []]);
    const reloadWith = async (lines: readonly string[], expected: readonly string[]) => {
      writeFileSync(join(a.directory, 'test.conf'), conf(lines));
      a.signal('SIGHUP');
      await until('the table to be as told', { everyMs: 50, atMostMs: 30_000 }, async () =>
        (await table()).join() === expected.join() ? true : undefined,
      );
    };
    await reloadWith(['no_accept'], closed);
    assert.deepEqual(await pings(vip, vip6), [false, false]);
    await reloadWith(['accept'], []);
    assert.deepEqual(await pings(vip, vip6), [true, true]);
  });

  it('stay so after kill -9, and until another master is heard, with nothing left then', async () => {
    const a = await start('xlb', 'a', conf(['no_accept'], 150));
    await lab.untilHeld(vip, [a]);
    await lab.untilHeld(vip6, [a]);
    await a.end('SIGKILL');
    await pause(300);
    assert.deepEqual([await pings(vip, vip6), await table()], [[false, false], closed]);
    assert.deepEqual(new Set(senders(await client.get(vip, 10))), new Set(['rs1', 'rs2']));
    const again = lab.again('a', a, conf(['no_accept'], 150));
    running.push(again);
    await until('the next start', { everyMs: 50, atMostMs: 30_000 }, async () =>
      again.log.includes('Entering MASTER STATE') ? true : undefined,
    );
    assert.deepEqual([await pings(vip, vip6), await table()], [[false, false], closed]);
    await again.end('SIGKILL');
    const b = await start('keepalived', 'b', vrrpConf(instances([], 100)));
    await lab.untilHeld(vip, [b]);
    await until('the watchdog to give up', { everyMs: 50, atMostMs: 30_000 }, async () =>
      (await table()).length === 0 ? true : undefined,
    );
    assert.deepEqual(await again.addresses(), []);
  });

  it('are gone with the table after kill -9 and xlb cleanup', async () => {
    const a = await start('xlb', 'a', conf(['no_accept'], 150));
    await lab.untilHeld(vip, [a]);
    await lab.untilHeld(vip6, [a]);
    await a.end('SIGKILL');
    const options = ['--instance', lab.lab.instance, '--run-dir', a.directory];
    const argv = [process.execPath, mainFile, 'cleanup', '--addresses', ...options];
    const { code, stdout } = await lab.lab.run(lab.nodes.a, argv, { mayFail: true });
    assert.deepEqual(
      [code, stdout.split('\n').includes(`Removed table inet xlb_${lab.lab.instance}`)],
      [0, true],
    );
    assert.deepEqual([await table(), await a.addresses()], [[], []]);
    const again = lab.again('a', a, conf(['no_accept'], 150));
    running.push(again);
    await lab.untilHeld(vip, [again]);
  });
});
