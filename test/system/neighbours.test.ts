import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { addressBytes } from '../../src/base/address.ts';
import { onEachDatapath } from '../helpers/datapaths.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { type Frame, macBytes } from '../helpers/frames.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx, startNginx } from '../helpers/peers.ts';
import { Capture, sendFrames } from '../helpers/raw_frames.ts';
import { counts, failures, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const vip6 = 'fd77::100';
const far = '10.78.0.31';
const ports = [80, 8080, 8081];
/** A second is promised; a busy machine may take some more. */
const noticedWithinMs = 5_000;

/** RFC 5227 §3: an ARP request for the sender's own address. */
function gratuitousArp({ ipv4 }: LabNode, mac: string): Frame {
  const own = Buffer.from(addressBytes(ipv4) ?? []);
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]);
  return {
    destinationMac: 'ff:ff:ff:ff:ff:ff',
    sourceMac: mac,
    etherType: 0x0806,
    network: Buffer.concat([head, macBytes(mac), own, Buffer.alloc(6), own]),
  };
}

/** RFC 4861 §7.2.6, with the override flag. */
function unsolicitedAdvertisement({ ipv6 }: LabNode, mac: string): Frame {
  const target = Buffer.from(addressBytes(ipv6) ?? []);
  const option = Buffer.concat([Buffer.from([2, 1]), macBytes(mac)]);
  const payload = Buffer.concat([target, option]);
  return {
    destinationMac: '33:33:00:00:00:01',
    sourceMac: mac,
    network: {
      version: 6,
      source: ipv6,
      destination: 'ff02::1',
      ttl: 255,
      payload: { kind: 'icmp', type: 136, code: 0, rest: 0x2000_0000, payload },
    },
  };
}

const options = { skip: system('nginx', 'curl', 'tcpdump', 'perl'), timeout: 300_000 };

onEachDatapath('frames', options, (datapath) => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let gateway: LabNode;

  before(async () => {
    lab = await createLab({ name: 'neighbours', realServers: 2, vips: [vip, vip6] });
    gateway = await farBehindGateway();
    await startAllNginx(lab, ports);
    await startNginx(lab, lab.director, ports);
    const servers = [
      { at: `${vip} 80`, pool: lab.realServers.map(({ ipv4: address }) => ({ address })) },
      { at: `${vip6} 80`, pool: lab.realServers.map(({ ipv6: address }) => ({ address })) },
      { at: `${vip} 8080`, pool: [{ address: far }] },
      { at: `${vip} 8081`, pool: [{ address: lab.director.ipv4 }] },
    ];
    director = await Director.start(lab, keepalivedConf({ vips: [vip, vip6], servers }), datapath);
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  /** A real server in 10.78.0.0/24, behind a router that knows it as the way to the VIP. */
  async function farBehindGateway(): Promise<LabNode> {
    const router = await lab.add('router', { host: 20 });
    const node = await lab.add('far', { host: 31, vips: [vip] });
    const ip = (where: LabNode, ...words: string[]) => lab.run(where, ['ip', ...words]);
    await ip(node, 'address', 'flush', 'dev', 'eth0');
    await ip(node, 'address', 'add', `${far}/24`, 'dev', 'eth0');
    await ip(node, 'route', 'add', 'default', 'via', '10.78.0.1');
    await lab.run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0']);
    await lab.run(router, ['sysctl', '-qw', 'net.ipv4.conf.eth0.send_redirects=0']);
    await ip(router, 'address', 'add', '10.78.0.1/24', 'dev', 'eth0');
    await ip(router, 'route', 'add', `${vip}/32`, 'via', far);
    await ip(lab.director, 'route', 'add', '10.78.0.0/24', 'via', router.ipv4);
    await startNginx(lab, node, ports);
    return router;
  }

  const nexthop = async (name: string, address: string) => {
    const { nexthop: hop } = destinationOf(serverOf(await director.status(), name), address);
    return hop.kind === 'link' ? `${hop.source} -> ${hop.mac}` : hop.kind;
  };

  it('follow a real server to its new MAC address, whose connections go on', async () => {
    const [node = lab.director] = lab.realServers;
    const mac = '02:77:00:00:01:0b';
    const open = [...(await client.open(vip, 4)), ...(await client.open(vip6, 4))];
    await lab.run(node, ['ip', 'link', 'set', 'eth0', 'address', mac]);
    await sendFrames(lab, node, [gratuitousArp(node, mac), unsolicitedAdvertisement(node, mac)]);
    const moved = async () =>
      (await nexthop(`TCP ${vip}:80`, node.ipv4)) === `${lab.director.mac} -> ${mac}` &&
      (await nexthop(`TCP [${vip6}]:80`, node.ipv6)) === `${lab.director.mac} -> ${mac}`;
    await director.until('the new MAC address', moved, noticedWithinMs);
    const kept = await client.ask();
    await client.close();
    assert.deepEqual(
      [senders(kept), counts(await client.get(vip, 10)), counts(await client.get(vip6, 10))],
      [senders(open), { rs1: 5, rs2: 5 }, { rs1: 5, rs2: 5 }],
    );
  });

  it("for a real server behind a gateway go to the gateway's MAC address", async () => {
    assert.equal(await nexthop(`TCP ${vip}:8080`, far), `${lab.director.mac} -> ${gateway.mac}`);
    assert.deepEqual(counts(await client.get(vip, 5, { port: 8080 })), { far: 5 });
  });

  it('for a real server that is the director itself go to its own stack', async () => {
    const before = (await director.status()).verdicts['LOCAL'] ?? 0;
    assert.equal(await nexthop(`TCP ${vip}:8081`, lab.director.ipv4), 'local');
    assert.deepEqual(counts(await client.get(vip, 5, { port: 8081 })), { director: 5 });
    const status = await director.status();
    assert.ok((status.verdicts['LOCAL'] ?? 0) >= before + 5 * 4, JSON.stringify(status.verdicts));
    assert.equal(serverOf(status, `TCP ${vip}:8081`).connections, 5);
  });

  it('to a MAC address that is not ours are left alone, whatever their IP address', async () => {
    const name = `TCP ${vip}:80`;
    const syn = (destinationMac: string, source: number): Frame => ({
      destinationMac,
      sourceMac: lab.client.mac,
      network: {
        version: 4,
        source: lab.client.ipv4,
        destination: vip,
        payload: { kind: 'tcp', source, destination: 80, flags: 'S' },
      },
    });
    const counted = async () => {
      const status = await director.status();
      return {
        connections: serverOf(status, name).connections,
        notForUs: status.verdicts['NOT_FOR_US'] ?? 0,
      };
    };
    const before = await counted();
    // The bridge floods what it has not learnt, so that the director sees the first, too.
    const ours = `ether src ${lab.director.mac} and src host ${lab.client.ipv4}`;
    const filter = `${ours} and tcp[tcpflags] == tcp-syn`;
    const captures = await Promise.all(lab.realServers.map((node) => Capture.start(lab, node, filter)));
    await sendFrames(lab, lab.client, [syn('02:77:00:00:00:99', 3_001), syn(lab.director.mac, 3_002)]);
    await director.until(
      'the frame that is ours',
      async () => (await counted()).connections > before.connections,
    );
    await director.until('it to arrive', async () => captures.some(({ lines }) => lines.length > 0));
    const seen = (await Promise.all(captures.map((capture) => capture.stop()))).flat();
    const after = await counted();
    assert.deepEqual(
      [seen.length, seen[0]?.includes('10.77.0.1.3002 >'), after.connections - before.connections],
      [1, true, 1],
      seen.join('\n'),
    );
    assert.ok(after.notForUs > before.notForUs);
  });

  it("carry the director's new MAC address when it changes, and are taken at it", async () => {
    const mac = '02:77:00:00:01:02';
    await client.open(vip, 4);
    await lab.run(lab.director, ['ip', 'link', 'set', 'eth0', 'address', mac]);
    await sendFrames(lab, lab.director, [gratuitousArp({ ...lab.director, ipv4: vip }, mac)]);
    const [, node = lab.director] = lab.realServers;
    const changed = async () => (await nexthop(`TCP ${vip}:80`, node.ipv4)) === `${mac} -> ${node.mac}`;
    await director.until('the new MAC address', changed, noticedWithinMs);
    const kept = await client.ask();
    const news = await client.get(vip, 10);
    await client.close();
    assert.deepEqual([failures(kept), counts(news)], [[], { rs1: 5, rs2: 5 }]);
  });
});
