import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pause } from '../../src/demo/pause.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, failures, Traffic } from '../helpers/traffic.ts';

const probed = '10.77.0.100';
const plain = '10.77.0.101';
const vips = [probed, plain];

/** delay_loop + connect_timeout * (retry + 1) + delay_before_retry, and what a busy machine adds. */
const noticedWithinMs = 1_000 + 1_000 * 2 + 100 + 6_000;

describe('a virtual server with xlb_check_vip', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let victim: LabNode;

  before(async () => {
    lab = await createLab({ name: 'checkvip', vips, realServers: 2 });
    [victim = lab.director] = lab.realServers;
    await startAllNginx(lab);
    await arpIgnore(0);
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    const servers = [
      { at: `${probed} 80`, lines: ['xlb_check_vip on'], pool },
      { at: `${plain} 80`, pool },
    ];
    director = await Director.start(lab, keepalivedConf({ vips, servers }));
    await director.untilStatus('next hops', (status) =>
      serverOf(status, `TCP ${probed}:80`).destinations.every(({ nexthop }) => nexthop.kind === 'link'),
    );
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const state = async (vip: string) =>
    destinationOf(serverOf(await director.status(), `TCP ${vip}:80`), victim.ipv4);
  const untilUp = (up: boolean, atMostMs = noticedWithinMs) =>
    director.until(
      `${victim.name} to be ${up ? 'up' : 'down'}`,
      async () => (await state(probed)).up === up,
      atMostMs,
    );
  const loopback = async (verb: 'add' | 'del') => {
    for (const vip of vips) await lab.run(victim, ['ip', 'address', verb, `${vip}/32`, 'dev', 'lo']);
  };
  const warned = async () => (await state(probed)).warnings?.join(' ') ?? '';
  const arpIgnore = (value: number) =>
    lab.run(victim, ['sysctl', '-qw', `net.ipv4.conf.all.arp_ignore=${value}`]);

  it('reports one that answers ARP for the address, and leaves it in service', async () => {
    await director.until('the warning', async () => (await warned()) !== '');
    const text = `Real server ${victim.ipv4} (${victim.mac}) answers ARP for ${probed}: clients can reach it past`;
    assert.ok((await warned()).startsWith(text), await warned());
    assert.ok(director.log.includes(text), director.log);
    assert.equal((await state(probed)).up, true);
    await arpIgnore(1);
    await lab.run(lab.client, ['ip', 'neigh', 'flush', 'dev', 'eth0']);
  });

  it('keeps real servers that hold the address: no request fails, no check of theirs', async () => {
    const rounds = 3;
    const answers = await client.during(probed, () => pause(rounds * 1_000));
    assert.deepEqual(failures(answers), []);
    assert.equal((await state(probed)).up, true);
    assert.doesNotMatch(director.log, /failed/);
  });

  it('takes one out that has lost the address, which a normal check does not see, and back with it', async () => {
    const outage = async () => {
      await loopback('del');
      await untilUp(false);
    };
    const everyMs = 100;
    const meanwhile = failures(await client.during(probed, outage, { everyMs }));
    // Every other new connection until it is out, and one that is kept open; nothing else.
    const bound = noticedWithinMs / everyMs / 2 + 2;
    assert.ok(meanwhile.length <= bound, `${meanwhile.length} requests failed, not up to ${bound}`);
    const missing = counts(await client.get(probed, 20));
    const seen = { probed: (await state(probed)).up, plain: (await state(plain)).up };
    const hanging = failures(await client.get(plain, 4, { atOnce: 4 })).length;
    await loopback('add');
    await untilUp(true);
    const back = counts(await client.get(probed, 20));
    assert.deepEqual(
      [seen, missing, hanging, back],
      [{ probed: false, plain: true }, { rs2: 20 }, 2, { rs1: 10, rs2: 10 }],
    );
    const place = `VIP ${probed}:80 at ${victim.mac}`;
    assert.ok(director.log.includes(`${place}: no answer; is the address on its loopback?`), director.log);
  });

  it('no longer warns of one that answers ARP no more', () =>
    director.until('the end of the warning', async () => (await warned()) === '', 60_000));
});
