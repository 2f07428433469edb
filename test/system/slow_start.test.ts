import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startAllNginx, startNginx } from '../helpers/peers.ts';
import { counts, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const slowStartMs = 6_000;
/** Of ten steps it is in the first four by then. */
const soonMs = slowStartMs * 0.4;
const mostRounds = 5;

describe('a real server with xlb_slow_start', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ name: 'slow', vips: [vip], realServers: 2 });
  });
  after(() => lab?.close());

  it('gets few of the new connections when it returns, and its whole share at the end', async (t) => {
    const nginx = await startAllNginx(lab);
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    const lines = [`xlb_slow_start ${slowStartMs / 1000}`];
    const director = await Director.start(
      lab,
      keepalivedConf({ vips: [vip], servers: [{ at: `${vip} 80`, algo: 'lc', lines, pool }] }),
    );
    const client = new Traffic(lab);
    const [, victim = lab.director] = lab.realServers;
    const state = async () => destinationOf(serverOf(await director.status(), `TCP ${vip}:80`), victim.ipv4);
    let [, running = assert.fail()] = nginx;
    const returns = async () => {
      await client.close();
      await director.untilClosed();
      await kill(running);
      await director.until('it to be down', async () => !(await state()).up);
      await client.open(vip, 40);
      const begunMs = performance.now();
      running = await startNginx(lab, victim);
      await director.until('it to be up', async () => (await state()).up);
      const { [victim.name]: early = 0 } = counts(await client.open(vip, 20));
      const { slow_start_percent: percent } = await state();
      return { early, percent, soon: performance.now() - begunMs < soonMs };
    };
    let seen = await returns();
    for (let round = 1; round < mostRounds && !seen.soon; round++) seen = await returns();
    const { early, percent, soon } = seen;
    if (!soon) return t.skip('the machine was too slow to see the beginning in every round');
    assert.ok(
      percent !== undefined && percent <= 40,
      `it gets ${percent} % of its share, soon after its return`,
    );
    await director.until(
      'the end of the slow start',
      async () => (await state()).slow_start_percent === undefined,
      slowStartMs + 30_000,
    );
    const { [victim.name]: late = 0 } = counts(await client.open(vip, 20));
    await client.close();
    // Of 60 connections a weight of 1 or 2 tenths has at most 10; lc alone would have given it all 20.
    const most = Math.ceil((60 * percent) / (100 + percent));
    assert.ok(early > 0 && early <= most, `${early} of 20, not up to ${most}, at ${percent} %`);
    assert.equal(late, 20, 'with its whole weight it catches up with the other');
  });
});
