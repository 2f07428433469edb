import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Director, noTraces, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, failures, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';

/** Two networks with the same addresses, and so two directors on one kernel. */
describe('two instances in two namespaces', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  const sites: { lab: Lab; director: Director; client: Traffic }[] = [];

  before(async () => {
    for (const realServers of [1, 2]) {
      const lab = await createLab({ name: 'two', realServers, vips: [vip] });
      await startAllNginx(lab);
      const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
      const text = keepalivedConf({ vips: [vip], servers: [{ at: `${vip} 80`, pool }] });
      sites.push({ lab, director: await Director.start(lab, text), client: new Traffic(lab) });
    }
  });
  after(() => Promise.all(sites.map(({ lab }) => lab.close())));

  it('forward each its own traffic, and the end of one is nothing to the other', async () => {
    const [one = assert.fail(), two = assert.fail()] = sites;
    await Promise.all(sites.map(({ director }) => director.untilResolved()));
    const both = await Promise.all(sites.map(({ client }) => client.get(vip, 10)));
    const answers = await two.client.during(vip, async () => {
      await one.director.end('SIGTERM');
    });
    assert.deepEqual(
      [both.map(counts), failures(answers), await tracesOf(one.lab), (await tracesOf(two.lab)).addresses],
      [[{ rs1: 10 }, { rs1: 5, rs2: 5 }], [], noTraces, [vip]],
    );
  });
});
