import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pause } from '../../src/demo/pause.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system, tcx } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { failures, senders, Traffic } from '../helpers/traffic.ts';

const [vip, vip6] = ['10.77.0.100', 'fd77::100'];
const [floodedPort, floodedVip] = [81, '10.77.0.101'];
const perSecond = 20_000;
const PINGS = 200;
/** Where the program at tc forwards meanwhile: of all frames, some of which are for nobody but the director. */
const lostAtMost = tcx() === false ? 0.001 : 0.1;

describe('between native and generic mode', {
  skip: system('nginx', 'nft', 'ping'),
  timeout: 300_000,
}, () => {
  let lab: Lab;
  let director: Director;
  let flooder: LabNode;
  let client: Traffic;
  let client6: Traffic;

  before(async () => {
    lab = await createLab({ name: 'change', vips: [vip, vip6] });
    await startAllNginx(lab);
    flooder = await lab.add('flooder', { host: 3, xdp: true });
    const sink = await lab.add('sink', { host: 14 }); // without the address: its kernel drops what comes for that
    const servers = [
      { at: `${vip} 80`, pool: lab.realServers.map(({ ipv4: address }) => ({ address, check: 0 })) },
      { at: `${vip6} 80`, pool: lab.realServers.map(({ ipv6: address }) => ({ address, check: 0 })) },
      { at: `${floodedVip} ${floodedPort}`, pool: [{ address: sink.ipv4, check: 0 }] },
    ];
    director = await Director.start(lab, keepalivedConf({ vips: [vip, vip6, floodedVip], servers }));
    await director.untilResolved();
    client = new Traffic(lab);
    client6 = new Traffic(lab);
  });
  after(() => lab?.close());

  const set = async (mode: string) => {
    const { stdout, stderr } = await director.xlb('datapath', 'set', mode);
    return stdout + stderr;
  };
  const mode = async () => (await director.status()).interfaces[0]?.mode;
  const inDirector = async (...argv: string[]) =>
    (await lab.run(lab.director, argv, { mayFail: true })).stdout;

  /** Segments with RST that the director's own stack has sent. */
  const resets = async () => {
    const [names = '', values = ''] = (await inDirector('grep', '^Tcp:', '/proc/net/snmp')).split('\n');
    return Number(values.split(' ')[names.split(' ').indexOf('OutRsts')]);
  };

  /** Frames that the segment gave to the director, and packets of virtual servers among them. */
  async function seen(): Promise<{ readonly frames: number; readonly packets: number }> {
    const argv = ['ip', '-s', '-j', 'link', 'show', lab.director.name];
    const { stdout } = await lab.run(lab.bridge, argv);
    const { virtual_servers: servers } = await director.status();
    const packets = servers.reduce((sum, server) => sum + server.packets, 0);
    return { frames: JSON.parse(stdout)[0].stats64.tx.packets, packets };
  }

  /** Packets of 1,000 flows while `act` runs. */
  async function flooded(act: () => Promise<void>): Promise<void> {
    const { stdout } = await lab.run(flooder, ['ip', '-j', 'link', 'show', 'eth0']);
    const argv = [
      fileURLToPath(new URL('../addon/send_paced.js', import.meta.url)),
      `/sys/fs/bpf/xlb/${lab.instance}`,
      `${JSON.parse(stdout)[0].ifindex}`,
      flooder.mac,
      lab.director.mac,
      `${process.env['FLOOD'] ?? perSecond}`,
      floodedVip,
      `${floodedPort}`,
    ];
    const sender = lab.spawn(flooder, [process.execPath, ...argv], { stdout: 'pipe', stderr: 'inherit' });
    await once(sender.stdout ?? assert.fail(), 'data');
    await act().finally(() => sender.kill());
    await once(sender, 'close');
  }

  /** Of so many echo requests to the director's own stack, those without an answer. */
  async function unanswered(): Promise<number> {
    const argv = ['ping', '-q', '-c', `${PINGS}`, '-i', '0.02', '-W', '1', vip];
    const { stdout } = await lab.run(lab.client, argv, { mayFail: true });
    return PINGS - Number(/(\d+) received/.exec(stdout)?.[1]);
  }

  it('no connection breaks under load, and the stack resets none', async (t) => {
    const opened = [...(await client.open(vip, 20)), ...(await client6.open(vip6, 20))];
    const before = await resets();
    const said: string[] = [];
    const modes: unknown[] = [];
    const load = async (act: () => Promise<void>) => {
      const answers6: unknown[] = [];
      const answers = await client.during(vip, async () => {
        answers6.push(...failures(await client6.during(vip6, act)));
      });
      return [...failures(answers), ...answers6];
    };
    let failed: unknown[] = [];
    let pings = Promise.resolve(0);
    const first = await seen();
    await flooded(async () => {
      failed = await load(async () => {
        pings = unanswered();
        for (const datapath of ['skb', 'xdp', 'skb', 'auto', 'skb', 'af_xdp', 'skb', 'xdp', 'skb', 'auto']) {
          said.push(await set(datapath));
          modes.push(await mode());
          await pause(200);
        }
      });
    });
    const unansweredPings = await pings;
    const last = await seen();
    const frames = last.frames - first.frames - PINGS;
    const lost = frames - (last.packets - first.packets);
    const gaps = [...director.log.matchAll(/after ([\d.]+) ms (?:at tc|without \(.*tcx.*\))\n/g)].map(
      ([, ms]) => ms,
    );
    t.diagnostic(`${frames} frames, of them not forwarded ${lost}`);
    t.diagnostic(`without XDP: ${gaps.join(', ')} ms`);
    const kept = senders([...(await client.ask()), ...(await client6.ask())]);
    await client.close();
    await client6.close();
    assert.deepEqual(
      [failed, kept, (await resets()) - before, modes.join(' '), gaps.length],
      [[], senders(opened), 0, Array(5).fill('generic native').join(' '), 10],
    );
    assert.ok(
      said.every((text) => /^The data path is \w+ until the next reload\n$/.test(text)),
      said.join(),
    );
    assert.ok(lost <= frames * lostAtMost, `${lost} of ${frames} were lost`);
    assert.ok(
      unansweredPings <= PINGS * lostAtMost,
      `${unansweredPings} of ${PINGS} echo requests were lost`,
    );
    assert.doesNotMatch(director.log, /may be reset/);
    assert.doesNotMatch(await inDirector('nft', 'list', 'tables'), /xlb_silence/);
  });
});
