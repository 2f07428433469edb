/** What IPVS's clients know, and what xlb does beyond it so that none of them hangs. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { onEachDatapath, withDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, failures, senders, Traffic } from '../helpers/traffic.ts';

const hashed = '10.77.0.100';
const plain = '10.77.0.101';
const sticky = '10.77.0.102';
const empty = '10.77.0.103';
const neverUp = '10.77.0.19';

const options = { skip: system('nginx', 'curl'), timeout: 300_000, together: true };

onEachDatapath('a client', options, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'clients', vips: [hashed, plain, sticky, empty] });
    await startAllNginx(lab);
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    const text = keepalivedConf({
      vips: [hashed, plain, sticky, empty],
      global: ['xlb_reset_dead on'],
      servers: [
        {
          at: `${hashed} 80`,
          algo: 'mh',
          lines: ['mh-port'],
          pool: pool.map((one) => ({ ...one, check: 0 })),
        },
        { at: `${plain} 80`, pool },
        { at: `${sticky} 80`, lines: ['persistence_timeout 50'], pool },
        { at: `${empty} 80`, pool: [{ address: neverUp }] },
      ],
    });
    director = new Director(lab, withDatapath(text, datapath));
    await director.start();
    await untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const untilResolved = () =>
    director.untilStatus('next hops', (status) =>
      serverOf(status, `TCP ${hashed}:80`).destinations.every(({ nexthop }) => nexthop.kind === 'link'),
    );
  const untilUp = (server: LabNode, on: string, up: boolean) =>
    director.until(`${server.name} to be ${up ? 'up' : 'down'}`, async () => {
      const found = serverOf(await director.status(), `TCP ${on}:80`);
      return destinationOf(found, server.ipv4).up === up;
    });

  it('of a virtual server with persistence stays on one real server', async () => {
    const answers = counts(await client.get(sticky, 30));
    assert.deepEqual(Object.values(answers), [30]);
    assert.match(Object.keys(answers).join(' '), /^rs\d$/);
  });

  it('of an mh virtual server keeps its connections through a director that knows none of them', async () => {
    const opened = await client.open(hashed, 24);
    await director.end('SIGTERM');
    await director.start();
    await untilResolved();
    const kept = await client.ask();
    await client.close();
    assert.deepEqual(senders(kept), senders(opened));
  });

  it('of a real server that died is told so with its next packet', async () => {
    const opened = await client.open(plain, 9);
    const [victim = lab.director] = lab.realServers;
    const link = (state: string) => lab.run(lab.bridge, ['ip', 'link', 'set', victim.name, state]);
    await link('down');
    await untilUp(victim, plain, false);
    const kept = await client.ask();
    await client.close();
    await link('up');
    await untilUp(victim, plain, true);
    const expected = senders(opened).map((name) => (name === victim.name ? 'failed: ECONNRESET' : name));
    assert.deepEqual(senders(kept), expected);
  });

  it('of a virtual server whose real servers are all down is refused at once', async () => {
    await director.until('the only one to be down', async () => {
      const found = serverOf(await director.status(), `TCP ${empty}:80`);
      return !destinationOf(found, neverUp).up;
    });
    assert.deepEqual(new Set(failures(await client.get(empty, 5))), new Set(['new failed: ECONNREFUSED']));
  });
});
