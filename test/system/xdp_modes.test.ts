import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Director, noTraces, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const vip6 = 'fd77::100';
const everyServer = { rs1: 10, rs2: 10, rs3: 10 };

/** Packets that wait for a neighbour do so in a socket of AF_XDP. */
const onDriver = { name: 'eth0', mode: 'native', holding_queues: 1 };

describe('the XDP program', { skip: system('nginx', 'curl', 'ps'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director | undefined;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'modes', vips: [vip, vip6] });
    await startAllNginx(lab);
    await lab.run(lab.director, ['ip', 'link', 'add', 'plain0', 'up', 'type', 'bridge']);
    client = new Traffic(lab);
  });
  afterEach(async () => {
    await director?.end('SIGTERM');
    assert.deepEqual(await tracesOf(lab), noTraces);
  });
  after(() => lab?.close());

  async function start(global: readonly string[], on = 'eth0') {
    const servers = [
      { at: `${vip} 80`, pool: lab.realServers.map(({ ipv4: address }) => ({ address })) },
      { at: `${vip6} 80`, pool: lab.realServers.map(({ ipv6: address }) => ({ address })) },
    ];
    const text = keepalivedConf({ vips: [vip, vip6], global, servers });
    director = await Director.start(lab, text.replace('interface eth0', `interface ${on}`));
    await director.untilResolved();
    const { interfaces } = await director.status();
    const spread = [counts(await client.get(vip, 30)), counts(await client.get(vip6, 30))];
    return { interfaces, spread, log: director.log };
  }

  it('is attached to the driver where that can, and forwards', async () => {
    const { interfaces, spread } = await start([]);
    assert.deepEqual([interfaces, spread], [[onDriver], [everyServer, everyServer]]);
  });

  it('forwards in generic mode as well', async () => {
    const { interfaces, spread, log } = await start(['xlb_datapath skb']);
    assert.deepEqual([interfaces, spread], [[{ ...onDriver, mode: 'generic' }], [everyServer, everyServer]]);
    assert.match(log, /Attached XDP on eth0, generic\n/);
  });

  it('hands over to AF_XDP where that is asked for, and it forwards the same', async () => {
    const { interfaces, spread } = await start(['xlb_datapath af_xdp']);
    assert.deepEqual(
      [interfaces, spread],
      [
        [{ name: 'eth0', mode: 'native', af_xdp: { queues: 1, zero_copy: false } }],
        [everyServer, everyServer],
      ],
    );
  });

  it('hands over to real-time threads that ask the driver themselves, where that is asked for', async () => {
    const global = ['xlb_datapath af_xdp', 'xlb_af_xdp_busy_poll 50', 'xlb_af_xdp_rt_priority 40'];
    const { spread, log } = await start(global);
    const { stdout } = await lab.run(lab.director, ['ps', '-eLo', 'comm,cls,rtprio', '--no-headers']);
    const threads = stdout.split('\n').filter((line) => /^xlb-queue-0 +FF +40$/.test(line));
    assert.deepEqual([spread, threads.length > 0], [[everyServer, everyServer], true]);
    assert.doesNotMatch(log, /go on without/);
  });

  it('falls back to generic mode where the driver cannot, and says why', async () => {
    const { interfaces, spread, log } = await start(['xlb_interfaces plain0']);
    const plain = interfaces.find(({ name }) => name === 'plain0');
    assert.deepEqual(
      [interfaces.find(({ name }) => name === 'eth0'), plain?.mode, spread],
      [onDriver, 'generic', [everyServer, everyServer]],
    );
    assert.match(plain?.reason ?? '', /attach native XDP to plain0: .*not supported/i);
    assert.match(log, /Attached XDP on plain0, generic \(attach native XDP to plain0: /);
  });

  it('is not attached where only native mode is wanted and the driver cannot; the rest works', async () => {
    const { interfaces, spread, log } = await start(['xlb_interfaces plain0', 'xlb_datapath xdp']);
    assert.deepEqual([interfaces, spread], [[onDriver], [everyServer, everyServer]]);
    assert.match(log, /attach native XDP to plain0: /);
  });

  it('forwards where it had to fall back, here a bridge with the addresses on it', async () => {
    const { ipv4, ipv6, mac } = lab.director;
    const move = [
      'link set eth0 master plain0',
      `link set plain0 address ${mac}`,
      'address flush dev eth0',
      `address add ${ipv4}/24 dev plain0`,
      `address add ${ipv6}/64 dev plain0 nodad`,
    ];
    await lab.run(lab.director, ['ip', '-batch', '-'], { input: `${move.join('\n')}\n` });
    const { interfaces, spread } = await start([], 'plain0');
    assert.deepEqual(
      [interfaces.map(({ name, mode }) => `${name} ${mode}`), spread],
      [['plain0 generic'], [everyServer, everyServer]],
    );
  });
});
