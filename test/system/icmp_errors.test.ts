import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director } from '../helpers/director.ts';
import type { Frame, Network, Tcp, Udp } from '../helpers/frames.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx, startUdpEcho } from '../helpers/peers.ts';
import { Capture, sendFrames } from '../helpers/raw_frames.ts';
import { Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const vip6 = 'fd77::100';
const mtu = 1_400;

onEachDatapath(
  'an ICMP error about an answer',
  {
    skip: system('nginx', 'curl', 'tcpdump', 'perl'),
    timeout: 300_000,
  },
  (datapath) => {
    let lab: Lab;
    let director: Director;
    let client: Traffic;

    before(async () => {
      lab = await createLab({ name: 'icmp', vips: [vip, vip6] });
      await startAllNginx(lab);
      for (const node of lab.realServers)
        for (const address of [vip, vip6]) await startUdpEcho(lab, node, { address, port: 53 });
      const pools = [
        { host: vip, pool: lab.realServers.map(({ ipv4: address }) => ({ address, check: 80 })) },
        { host: vip6, pool: lab.realServers.map(({ ipv6: address }) => ({ address, check: 80 })) },
      ];
      const servers = pools.flatMap(({ host, pool }) => [
        { at: `${host} 80`, pool },
        { at: `${host} 53`, protocol: 'UDP' as const, pool },
      ]);
      director = await Director.start(lab, keepalivedConf({ vips: [vip, vip6], servers }), datapath);
      await director.untilResolved();
      client = new Traffic(lab);
    });
    after(() => lab?.close());

    /** What a router between the VIP and the client says, with the beginning of the answer that was too long. */
    function tooBig(version: 4 | 6, port: number, kind: 'tcp' | 'udp' = 'tcp'): Frame {
      const long = { destination: port, payload: Buffer.alloc(1_460) };
      const answer: Tcp | Udp =
        kind === 'tcp' ? { kind, source: 80, flags: 'A', ...long } : { kind, source: 53, ...long };
      const network: Network =
        version === 4
          ? {
              version,
              source: '10.77.0.254',
              destination: vip,
              payload: {
                kind: 'icmp',
                type: 3,
                code: 4,
                rest: mtu,
                quote: 28, // the header and 8 bytes, as RFC 792 asks
                payload: {
                  version,
                  source: vip,
                  destination: lab.client.ipv4,
                  dontFragment: true,
                  payload: answer,
                },
              },
            }
          : {
              version,
              source: 'fd77::254',
              destination: vip6,
              payload: {
                kind: 'icmp',
                type: 2,
                code: 0,
                rest: mtu,
                quote: 1_232,
                payload: { version, source: vip6, destination: lab.client.ipv6, payload: answer },
              },
            };
      return { destinationMac: lab.director.mac, sourceMac: lab.client.mac, network };
    }

    for (const [version, host, filter] of [
      [4, vip, 'icmp[icmptype] == icmp-unreach'],
      [6, vip6, 'icmp6 and ip6[40] == 2'],
    ] as const) {
      it(`reaches the real server that gave it, and no other (IPv${version})`, async () => {
        const opened = await client.open(host, 6);
        for (const node of lab.realServers) {
          const captures = await Promise.all(lab.realServers.map((one) => Capture.start(lab, one, filter)));
          const ports = opened.filter(({ from }) => from === node.name).map(({ port }) => port);
          await sendFrames(
            lab,
            lab.client,
            ports.map((port) => tooBig(version, port)),
          );
          const wanted = lab.realServers.map(({ name }) => (name === node.name ? 2 : 0));
          const seen = await Promise.all(captures.map((capture, at) => capture.stop(wanted[at])));
          assert.deepEqual(
            seen.map((lines) => lines.length),
            wanted,
            seen.flat().join('\n'),
          );
        }
        await client.close();
      });

      it(`makes the real server send smaller packets to that client (IPv${version})`, async () => {
        // By UDP: TCP believes only those that quote what it has just sent.
        const [{ from, port } = assert.fail()] = await client.udp(host, 53, { ports: [4_000] });
        const node = lab.realServers.find(({ name }) => name === from) ?? assert.fail(from);
        await sendFrames(lab, lab.client, [tooBig(version, port, 'udp')]);
        const to = version === 4 ? lab.client.ipv4 : lab.client.ipv6;
        await director.until('the path MTU', async () => {
          const { stdout } = await lab.run(node, ['ip', 'route', 'get', to, 'from', host]);
          return stdout.includes(`mtu ${mtu}`);
        });
      });
    }

    it('of a flow that is not known reaches no real server', async () => {
      const captures = await Promise.all(
        lab.realServers.map((one) => Capture.start(lab, one, 'icmp or icmp6[0] == 2')),
      );
      const count = async () => (await director.status()).verdicts['ICMP_NO_FLOW'] ?? 0;
      const before = await count();
      await sendFrames(lab, lab.client, [tooBig(4, 1), tooBig(6, 1)]);
      const seen = await Promise.all(captures.map((capture) => capture.stop()));
      assert.deepEqual([seen.flat(), (await count()) - before], [[], 2]);
    });
  },
);
