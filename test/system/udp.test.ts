import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startAllNginx, startUdpEcho } from '../helpers/peers.ts';
import { counts, senders, Traffic } from '../helpers/traffic.ts';

const families = [
  { family: 'ipv4', vip: '10.77.0.100', at: '10.77.0.100' },
  { family: 'ipv6', vip: 'fd77::100', at: '[fd77::100]' },
] as const;
const port = 5353;
/** A payload that takes three fragments at the MTU of 1500. */
const fragmented = 4_000;

onEachDatapath('datagrams', { skip: system('nginx', 'curl'), timeout: 300_000 }, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let nginx: ChildProcess[];
  const portsFrom = (first: number) => Array.from({ length: 9 }, (_, at) => first + at);

  before(async () => {
    lab = await createLab({ name: 'udp', vips: families.map(({ vip }) => vip) });
    nginx = await startAllNginx(lab); // what the checks of the UDP servers connect to
    for (const node of lab.realServers)
      for (const { vip } of families) await startUdpEcho(lab, node, { address: vip, port });
    const servers = families.map(({ family, vip }) => ({
      at: `${vip} ${port}`,
      protocol: 'UDP' as const,
      pool: lab.realServers.map((node) => ({ address: node[family], check: 80 })),
    }));
    director = await Director.start(
      lab,
      keepalivedConf({ vips: families.map(({ vip }) => vip), servers }),
      datapath,
    );
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  for (const { family, vip, at } of families) {
    it(`of one port go to one real server, those of several ports to all of them (${family})`, async () => {
      const answers = await client.udp(vip, port, { ports: portsFrom(4_000), each: 5 });
      const perPort = portsFrom(4_000).map(
        (own) => new Set(senders(answers.filter((answer) => answer.port === own))).size,
      );
      assert.deepEqual([counts(answers), perPort], [{ rs1: 15, rs2: 15, rs3: 15 }, Array(9).fill(1)]);
    });

    it(`longer than the MTU arrive whole at the real server of their port (${family})`, async () => {
      const long = await client.udp(vip, port, { ports: portsFrom(5_000), each: 2, bytes: fragmented });
      const short = await client.udp(vip, port, { ports: portsFrom(5_000) });
      assert.deepEqual(counts(long), { rs1: 6, rs2: 6, rs3: 6 });
      assert.deepEqual(senders(long.filter((_, index) => index % 2 === 0)), senders(short));
      const { connections, packets } = serverOf(await director.status(), `UDP ${at}:${port}`);
      assert.deepEqual({ connections, packets }, { connections: 18, packets: 45 + 18 * 3 + 9 });
    });
  }

  it('of a port whose real server dies go to another, those of the others stay', async () => {
    const ports = portsFrom(6_000);
    const before = await client.udp('10.77.0.100', port, { ports });
    await kill(nginx[2] ?? assert.fail());
    await director.untilStatus('rs3 to be out', (status) =>
      families.every(({ family, at }) => {
        const server = serverOf(status, `UDP ${at}:${port}`);
        return !destinationOf(server, lab.realServers[2]?.[family] ?? '').up;
      }),
    );
    const after = await client.udp('10.77.0.100', port, { ports });
    const stayed = before.flatMap(({ from }, at) => (from === 'rs3' ? [] : [after[at]?.from === from]));
    assert.deepEqual(
      [counts(before), stayed, Object.keys(counts(after))],
      [{ rs1: 3, rs2: 3, rs3: 3 }, Array(6).fill(true), ['rs1', 'rs2']],
    );
  });
});
