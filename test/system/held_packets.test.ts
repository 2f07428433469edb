/** Packets to a real server whose neighbour is not resolved wait for it: few of them, and not for long. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { sendSyns } from '../helpers/raw_syns.ts';

const vip = '10.77.0.100';
const mostHeldEach = 32;
const SYN_ACK = 0x12;

onEachDatapath('a packet without a neighbour', { skip: system('nginx'), timeout: 300_000 }, (datapath) => {
  let lab: Lab;
  let director: Director;

  before(async () => {
    lab = await createLab({ name: 'held', vips: [vip], realServers: 1 });
    await startAllNginx(lab);
    await plug('down');
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address, check: 0 }));
    director = await Director.start(
      lab,
      keepalivedConf({ vips: [vip], servers: [{ at: `${vip} 80`, pool }] }),
      datapath,
    );
    await director.untilStatus('sockets', ({ interfaces: [one] }) =>
      datapath === 'xdp' ? one?.holding_queues === 1 : one?.af_xdp?.queues === 1,
    );
    await director.untilStatus('the master', ({ vrrp_instances: [one] }) => one?.state === 'MASTER');
  });
  after(() => lab?.close());

  const plug = (state: 'up' | 'down') => lab.run(lab.bridge, ['ip', 'link', 'set', 'rs1', state]);
  const counted = async () => {
    const { af_xdp: frames = {}, verdicts } = await director.status();
    // Those that found the fill ring empty are among the other losses of the socket, too.
    const { held = 0, fill_empty: _alsoOther, ...lost } = frames;
    const { NO_NEIGHBOUR: dropped = 0, FORWARDED: forwarded = 0 } = verdicts;
    // Of a burst, the small rings of the mode xdp may take a part only.
    const givenUp = Object.values(lost).reduce((sum, one) => sum + one, dropped);
    return { held, givenUp, forwarded };
  };

  it('is given up after a while, and no more than some wait for a machine that is not there', async () => {
    await sendSyns(lab, vip, 100);
    await director.until('all to be given up', async () => (await counted()).givenUp === 100);
    assert.deepEqual(await counted(), { held: mostHeldEach, givenUp: 100, forwarded: 0 });
  });

  it('is sent as soon as there is one: no client has to repeat its SYN', async () => {
    const before = await counted();
    const answer = sendSyns(lab, vip, 1);
    await director.until('it to be held', async () => (await counted()).held === before.held + 1);
    await plug('up');
    const [realServer] = lab.realServers;
    assert.ok(realServer !== undefined);
    await lab.run(realServer, ['ping', '-c', '1', '-W', '2', lab.director.ipv4]); // makes its address known
    assert.equal(await answer, `flags ${SYN_ACK}`);
    const { givenUp, held } = await counted();
    assert.deepEqual([givenUp, held], [before.givenUp, before.held + 1]);
  });
});
