import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { onEachDatapath, withDatapath } from '../helpers/datapaths.ts';
import { Director, serverOf, tracesOf } from '../helpers/director.ts';
import { type ConfText, keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { type Answer, counts, failures, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const otherVip = '10.77.0.101';
const [rs1, rs2, rs3] = ['10.77.0.11', '10.77.0.12', '10.77.0.13'] as const;
const both = [{ address: rs1 }, { address: rs2 }];
const unchanged = { at: `${vip} 80`, algo: 'wrr', pool: both };
const begin: ConfText = { vips: [vip], servers: [unchanged] };

const options = { skip: system('nginx', 'curl'), timeout: 300_000, together: true };

onEachDatapath('SIGHUP under load', options, (datapath) => {
  let lab: Lab;
  let director: Director;
  const confOf = (text: ConfText) => withDatapath(keepalivedConf(text), datapath);
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'reload', vips: [vip, otherVip] });
    await startAllNginx(lab, [80, 8080]);
    director = await Director.start(lab, confOf(begin));
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  /** One reload to `wanted` under load, then `act`; before it, back to the beginning with six open connections. */
  async function reloaded(wanted: ConfText, act: () => Promise<void> = async () => {}) {
    await director.reloadWith(confOf(begin));
    await client.close();
    const opened = await client.open(vip, 6);
    const answers = await client.during(vip, async () => {
      await director.reloadWith(confOf(wanted));
      await act();
    });
    return { opened, answers, kept: await client.ask() };
  }

  const moved = (opened: readonly Answer[], kept: readonly Answer[]) =>
    opened.filter(({ from }, at) => kept[at]?.from !== from).map(({ from }) => from);

  it('adds a real server without a failed request, and connections stay where they are', async () => {
    const { opened, answers, kept } = await reloaded({
      vips: [vip],
      servers: [{ ...unchanged, pool: [...both, { address: rs3 }] }],
    });
    assert.deepEqual([failures(answers), moved(opened, kept)], [[], []]);
    await director.untilResolved();
    assert.deepEqual(counts(await client.get(vip, 30)), { rs1: 10, rs2: 10, rs3: 10 });
  });

  it('removes a real server: its connections end, those to the others do not notice', async () => {
    let news: Record<string, number> = {};
    const only = { vips: [vip], servers: [{ ...unchanged, pool: [{ address: rs1 }] }] };
    const { opened, answers, kept } = await reloaded(only, async () => {
      news = counts(await client.get(vip, 20));
    });
    const ofRs1 = new Set(opened.filter(({ from }) => from === 'rs1').map(({ port }) => port));
    const duringIt = answers.filter(({ over, port }) => over === 'kept' && ofRs1.has(port));
    const afterwards = kept.filter(({ port }) => ofRs1.has(port));
    assert.deepEqual(
      [ofRs1.size, Object.keys(counts(duringIt)), counts(afterwards), news],
      [3, ['rs1'], { rs1: 3 }, { rs1: 20 }],
    );
  });

  it('changes a weight for new connections only', async () => {
    const { opened, answers, kept } = await reloaded({
      vips: [vip],
      servers: [{ ...unchanged, pool: [{ address: rs1, weight: 3 }, { address: rs2 }] }],
    });
    assert.deepEqual([failures(answers), moved(opened, kept)], [[], []]);
    assert.deepEqual(counts(await client.get(vip, 20)), { rs1: 15, rs2: 5 });
  });

  it('adds a virtual server and a VIP, and takes them away again', async () => {
    const more: ConfText = {
      vips: [vip, otherVip],
      servers: [unchanged, { at: `${otherVip} 8080`, pool: [{ address: rs3 }] }],
    };
    let there: Record<string, number> = {};
    const { opened, answers, kept } = await reloaded(more, async () => {
      await director.untilResolved();
      there = counts(await client.get(otherVip, 4, { port: 8080 }));
      assert.deepEqual((await tracesOf(lab)).addresses, [vip, otherVip]);
      await director.reloadWith(confOf(begin));
    });
    assert.deepEqual([there, failures(answers), moved(opened, kept)], [{ rs3: 4 }, [], []]);
    const status = await director.status();
    assert.deepEqual(
      [status.virtual_servers.map(({ address }) => address), (await tracesOf(lab)).addresses],
      [[vip], [vip]],
    );
  });

  it('with a broken file changes nothing, and says where it is broken', async () => {
    const before = await director.status();
    const answers = await client.during(vip, () =>
      director.reloadWith(confOf({ ...begin, servers: [{ ...unchanged, algo: 'wrrr', pool: [] }] })),
    );
    const line =
      confOf(begin)
        .split('\n')
        .findIndex((text) => text.includes('lb_algo')) + 1;
    const at = new RegExp(`keepalived\\.conf:${line}:13: error: .*"wrrr".*\\n.*\\n.*\\^\\^\\^\\^\\n.*"wrr"`);
    assert.match(director.log, at);
    assert.match(director.log, /Reload of .* refused: nothing was changed/);
    const pools = ({ virtual_servers: servers }: typeof before) =>
      servers.map(({ scheduler, destinations }) => [
        scheduler,
        destinations.filter(({ gone }) => !gone).map(({ address }) => address),
      ]);
    assert.deepEqual([failures(answers), pools(await director.status())], [[], pools(before)]);
  });

  it('with a missing interface changes nothing', async () => {
    const broken = confOf(begin).replace('interface eth0', 'interface eth9');
    await director.reloadWith(broken);
    assert.match(director.log, /keepalived\.conf:7:15: error: .*"eth9"/);
    assert.deepEqual(senders(await client.get(vip, 2)).sort(), ['rs1', 'rs2']);
    const { destinations } = serverOf(await director.status(), `TCP ${vip}:80`);
    assert.deepEqual(
      destinations.filter(({ gone }) => !gone).map(({ address }) => address),
      [rs1, rs2],
    );
  });
});
