import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, beforeEach, it } from 'node:test';
import { pause } from '../../src/demo/pause.ts';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startAllNginx, startNginx } from '../helpers/peers.ts';
import { counts, failures, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const inhibited = '10.77.0.101';
const neverUp = '10.77.0.19';
/** connect_timeout * (retry + 1) + delay_before_retry + delay_loop, and what a busy machine adds. */
const noticedWithinMs = 1_000 * 2 + 100 + 1_000 + 10_000;

const options = { skip: system('nginx', 'curl'), timeout: 300_000, together: true };

onEachDatapath('a real server', options, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let nginx: ChildProcess[];
  let victim: LabNode;

  before(async () => {
    lab = await createLab({ name: 'dies', vips: [vip, inhibited] });
    nginx = await startAllNginx(lab);
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    director = await Director.start(
      lab,
      keepalivedConf({
        vips: [vip, inhibited],
        servers: [
          { at: `${vip} 80`, pool: [...pool, { address: neverUp }] },
          { at: `${inhibited} 80`, lines: ['inhibit_on_failure'], pool },
        ],
      }),
      datapath,
    );
    const [, second = lab.director] = lab.realServers;
    victim = second;
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const inPool = async (address: string, on = vip) => {
    const { gone, up, weight } = destinationOf(serverOf(await director.status(), `TCP ${on}:80`), address);
    return { gone, up, weight };
  };
  const untilUp = (address: string, up: boolean) =>
    director.until(
      `${address} to be ${up ? 'up' : 'down'}`,
      async () =>
        (await inPool(address)).up === up &&
        (await inPool(address, inhibited).catch(() => ({ up }))).up === up,
      noticedWithinMs,
    );

  beforeEach(() => untilUp(neverUp, false));

  it('that never came up is out of the pool after its first check', async () => {
    assert.deepEqual(await inPool(neverUp), { gone: true, up: false, weight: 0 });
    assert.deepEqual(counts(await client.get(vip, 30)), { rs1: 10, rs2: 10, rs3: 10 });
  });

  it('whose process is killed gets no new connections, and gets them again when it is back', async () => {
    const [, process = assert.fail()] = nginx;
    await kill(process);
    await untilUp(victim.ipv4, false);
    const out = await inPool(victim.ipv4);
    const without = counts(await client.get(vip, 20));
    nginx[1] = await startNginx(lab, victim);
    await untilUp(victim.ipv4, true);
    assert.deepEqual(
      [out, without, counts(await client.get(vip, 30))],
      [
        { gone: true, up: false, weight: 0 },
        { rs1: 10, rs3: 10 },
        { rs1: 10, rs2: 10, rs3: 10 },
      ],
    );
  });

  it('that falls silent is out after connect_timeout * (retry + 1) + delay_loop at most', async () => {
    const link = (state: string) => lab.run(lab.bridge, ['ip', 'link', 'set', victim.name, state]);
    const others = senders(await client.open(vip, 30)).filter((name) => name !== victim.name).length;
    await link('down');
    await untilUp(victim.ipv4, false);
    const without = counts(await client.get(vip, 20));
    await link('up');
    await untilUp(victim.ipv4, true);
    const kept = await client.ask();
    await client.close();
    const undisturbed = kept.filter(({ from }) => from === 'rs1' || from === 'rs3').length;
    assert.deepEqual([without, others, undisturbed], [{ rs1: 10, rs3: 10 }, 20, 20]);
  });

  it('that dies disturbs no connection to another', async () => {
    const opened = await client.open(vip, 12);
    const answers = await client.during(vip, async () => {
      await kill(nginx[1] ?? assert.fail());
      await untilUp(victim.ipv4, false);
      await pause(300);
    });
    const kept = await client.ask();
    await client.close();
    nginx[1] = await startNginx(lab, victim);
    await untilUp(victim.ipv4, true);
    const sameServer = opened.map(({ from }, at) => from === victim.name || kept[at]?.from === from);
    assert.ok(sameServer.every(Boolean), JSON.stringify(counts(kept)));
    // Connections to the dead server are refused until it is out; nothing else may fail.
    const reasons = new Set(failures(answers));
    for (const expected of ['new failed: ECONNREFUSED', 'kept failed: the connection broke'])
      reasons.delete(expected);
    reasons.delete('kept failed: ECONNRESET');
    reasons.delete('new failed: ECONNRESET');
    assert.deepEqual([...reasons], []);
  });

  it('with inhibit_on_failure stays in the pool with weight 0, so that its connections go on', async () => {
    const opened = await client.open(inhibited, 3);
    const { port } = opened.find(({ from }) => from === victim.name) ?? assert.fail(JSON.stringify(opened));
    // Its checks fail while its connections work: new ones to the director's address are refused.
    const refuse = (verb: string) =>
      lab.run(victim, ['ip', 'route', verb, 'prohibit', `${lab.director.ipv4}/32`]);
    await refuse('add');
    await untilUp(victim.ipv4, false);
    const pool = await inPool(victim.ipv4, inhibited);
    const news = counts(await client.get(inhibited, 20));
    const kept = (await client.ask()).find((answer) => answer.port === port);
    await client.close();
    await refuse('delete');
    await untilUp(victim.ipv4, true);
    assert.deepEqual(
      [pool, news, kept?.from, await inPool(victim.ipv4, inhibited)],
      [
        { gone: false, up: false, weight: 0 },
        { rs1: 10, rs3: 10 },
        victim.name,
        { gone: false, up: true, weight: 1 },
      ],
    );
  });
});
