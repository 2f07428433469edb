import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const otherVip = '10.77.0.101';
const [rs1, rs2, rs3] = ['10.77.0.11', '10.77.0.12', '10.77.0.13'] as const;

const three = [{ address: rs1 }, { address: rs2 }, { address: rs3 }];
const weighted = [
  { address: rs1, weight: 3 },
  { address: rs2, weight: 2 },
  { address: rs3, weight: 1 },
];
const configuration = keepalivedConf({
  vips: [vip, otherVip],
  servers: [
    { at: `${vip} 80`, algo: 'rr', pool: three },
    { at: `${vip} 8080`, algo: 'wrr', pool: weighted },
    { at: `${vip} 8081`, algo: 'lc', pool: three },
    { at: `${vip} 8082`, algo: 'wlc', pool: weighted },
    { at: `${otherVip} 80`, algo: 'rr', pool: [{ address: rs1 }, { address: rs2 }] },
    { at: `${otherVip} 0`, algo: 'rr', pool: [{ address: rs3, port: 0, check: 80 }] },
  ],
});

onEachDatapath('new connections', { skip: system('nginx', 'curl'), timeout: 300_000 }, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'spread', vips: [vip, otherVip] });
    await startAllNginx(lab, [80, 8080, 8081, 8082, 9000]);
    director = await Director.start(lab, configuration, datapath);
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  it('go to each real server as often as to the others with rr', async () => {
    assert.deepEqual(counts(await client.get(vip, 30)), { rs1: 10, rs2: 10, rs3: 10 });
  });

  it('go to real servers in proportion to their weights with wrr', async () => {
    const answers = await client.get(vip, 30, { port: 8080 });
    assert.deepEqual(counts(answers), { rs1: 15, rs2: 10, rs3: 5 });
  });

  it('go to the real server without connections with lc', async () => {
    const busy = senders(await client.open(vip, 2, { port: 8081 }));
    const answers: string[] = [];
    for (let sent = 0; sent < 5; sent += 1) {
      answers.push(...senders(await client.get(vip, 1, { port: 8081 })));
      await director.untilStatus('the connection to be closed', (status) => {
        const { destinations } = serverOf(status, `TCP ${vip}:8081`);
        return destinations.reduce((sum, { active }) => sum + active, 0) === busy.length;
      });
    }
    await client.close();
    const idle = ['rs1', 'rs2', 'rs3'].filter((name) => !busy.includes(name));
    assert.deepEqual({ idle: idle.length, answers: [...new Set(answers)] }, { idle: 1, answers: idle });
  });

  it('fill up the weights with wlc', async () => {
    const answers = counts(await client.open(vip, 6, { port: 8082 }));
    await client.close();
    assert.deepEqual(answers, { rs1: 3, rs2: 2, rs3: 1 });
  });

  it('to a port without a virtual server of its own go to the one of port 0', async () => {
    const other = await client.get(otherVip, 4, { port: 9000 });
    const exact = await client.get(otherVip, 4, { port: 80 });
    assert.deepEqual([counts(other), counts(exact)], [{ rs3: 4 }, { rs1: 2, rs2: 2 }]);
  });

  it('are counted for their virtual server, and again for its real server there', async () => {
    const names = [`TCP ${vip}:80`, `TCP ${vip}:8080`, `TCP ${vip}:8081`, `TCP ${vip}:8082`];
    names.push(`TCP ${otherVip}:80`, `TCP ${otherVip}:0`);
    await director.untilClosed();
    const { stdout } = await director.xlb('status', '--json');
    const status = JSON.parse(stdout);
    const counted = names.map((name) => {
      const server = serverOf(status, name);
      const of = (address: string) => {
        const one = server.destinations.find((destination) => destination.address === address);
        return one === undefined ? [] : [`${one.connections}/${one.active}/${one.inactive}`];
      };
      return `${name} ${server.connections}: ${[rs1, rs2, rs3].flatMap(of).join(' ')}`;
    });
    const lc = serverOf(status, `TCP ${vip}:8081`).destinations;
    const perServer = [rs1, rs2, rs3].map(
      (address) => lc.find((one) => one.address === address)?.connections,
    );
    assert.deepEqual(counted.toSpliced(2, 1), [
      `TCP ${vip}:80 30: 10/0/10 10/0/10 10/0/10`,
      `TCP ${vip}:8080 30: 15/0/15 10/0/10 5/0/5`,
      `TCP ${vip}:8082 6: 3/0/3 2/0/2 1/0/1`,
      `TCP ${otherVip}:80 4: 2/0/2 2/0/2`,
      `TCP ${otherVip}:0 4: 4/0/4`,
    ]);
    assert.deepEqual(perServer.sort(), [1, 1, 5]);
  });

  it('are active while they are open and inactive when they are closed', async () => {
    const server = async () => serverOf(await director.status(), `TCP ${otherVip}:0`);
    const count = async () => {
      const { active, inactive } = destinationOf(await server(), rs3);
      return { active, inactive };
    };
    const before = await count();
    await client.open(otherVip, 3, { port: 9000 });
    const open = await count();
    await client.close();
    await director.until('the connections to be closed', async () => (await count()).active === 0);
    assert.deepEqual(
      [before.active, open.active, await count()],
      [0, 3, { active: 0, inactive: before.inactive + 3 }],
    );
  });
});
