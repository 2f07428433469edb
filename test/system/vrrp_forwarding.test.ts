import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pause } from '../../src/demo/pause.ts';
import { type ComparedDatapath, withDatapath } from '../helpers/datapaths.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { failures, senders, Traffic } from '../helpers/traffic.ts';
import { VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

const vip = '10.77.0.100';
const settledMs = 600;

const options = { skip: system('nginx', 'curl'), timeout: 300_000 };

describe('two directors that forward, one over af_xdp and one over xdp,', options, () => {
  let lab: VrrpLab;
  let client: Traffic;
  before(async () => {
    lab = await VrrpLab.create('forward', { realServers: 2, vips: [vip] });
    await startAllNginx(lab.lab);
    client = new Traffic(lab.lab);
  });
  after(() => lab?.close());

  /**
   * Both choose the same real server for a client's port: a connection goes on through the other director. Their data
   * paths differ: what one does is the other's too.
   */
  const conf = (priority: number, datapath: ComparedDatapath) => {
    const pool = lab.lab.realServers.map(
      ({ ipv4 }) => `    real_server ${ipv4} 80 {\n        TCP_CHECK {\n        }\n    }\n`,
    );
    const server = [`virtual_server ${vip} 80 {`, '    lb_algo mh', '    mh-port', '    lb_kind DR'];
    const routers = vrrpConf([{ priority, vips: [vip], lines: ['version 3', 'advert_int 0.1'] }]);
    return `${withDatapath(routers, datapath)}
${server.join('\n')}
    protocol TCP
    delay_loop 1
${pool.join('')}}
`;
  };

  it('lose no request and no connection when the master is stopped, nor when it comes back', async () => {
    const a = lab.start('xlb', 'a', conf(150, 'af_xdp'));
    await lab.untilHeld(vip, [a]);
    const b = lab.start('xlb', 'b', conf(100, 'xdp'));
    await b.untilStatus('the second to be ready', ({ virtual_servers: [server], vrrp_instances: [one] }) =>
      [one?.state === 'BACKUP', server?.destinations.every(({ nexthop }) => nexthop.kind === 'link')].every(
        Boolean,
      ),
    );
    const opened = await client.open(vip, 20);
    let again = a;
    const answers = await client.during(vip, async () => {
      await pause(200);
      await a.end();
      await lab.untilHeld(vip, [b], [a]);
      await pause(settledMs);
      again = lab.start('xlb', 'a', conf(150, 'af_xdp'));
      await lab.untilHeld(vip, [again], [b]);
      await pause(settledMs);
    });
    const kept = await client.ask();
    assert.deepEqual(
      { failed: failures(answers), kept: senders(kept) },
      { failed: [], kept: senders(opened) },
    );
    await Promise.all([again.end(), b.end()]);
  });
});
