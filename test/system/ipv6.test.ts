import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startAllNginx, startNginx } from '../helpers/peers.ts';
import { counts, senders, Traffic } from '../helpers/traffic.ts';

const vip6 = 'fd77::100';
const name = `TCP [${vip6}]:80`;

onEachDatapath('an IPv6 virtual server', { skip: system('nginx', 'curl'), timeout: 300_000 }, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let nginx: ChildProcess[];

  before(async () => {
    lab = await createLab({ name: 'six', vips: [vip6] });
    nginx = await startAllNginx(lab);
    const weights = [3, 2, 1];
    const pool = lab.realServers.map(({ ipv6: address }, at) => ({ address, weight: weights[at] ?? 1 }));
    const servers = [{ at: `${vip6} 80`, algo: 'wrr', pool }];
    director = await Director.start(lab, keepalivedConf({ vips: [vip6], servers }), datapath);
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  it('spreads connections by weight, keeps them where they are, and counts them', async () => {
    const opened = await client.open(vip6, 6);
    const kept = await client.ask();
    const news = await client.get(vip6, 24);
    await client.close();
    await director.untilClosed();
    const server = serverOf(await director.status(), name);
    const counted = lab.realServers.map(({ ipv6 }) => destinationOf(server, ipv6).inactive);
    assert.deepEqual(
      [counts(opened), senders(kept), counts(news), server.connections, counted],
      [{ rs1: 3, rs2: 2, rs3: 1 }, senders(opened), { rs1: 12, rs2: 8, rs3: 4 }, 30, [15, 10, 5]],
    );
  });

  it('checks its real servers over IPv6', async () => {
    const [first = lab.director] = lab.realServers;
    const up = async () => destinationOf(serverOf(await director.status(), name), first.ipv6).up;
    await kill(nginx[0] ?? assert.fail());
    await director.until('rs1 to be out', async () => !(await up()));
    const without = counts(await client.get(vip6, 6));
    await startNginx(lab, first);
    await director.until('rs1 to be back', up);
    assert.deepEqual(
      [without, counts(await client.get(vip6, 6))],
      [
        { rs2: 4, rs3: 2 },
        { rs1: 3, rs2: 2, rs3: 1 },
      ],
    );
  });
});
