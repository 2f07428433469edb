import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { addon, type VrrpPacket, type VrrpSocket, type VrrpSocketOptions } from '../../src/addon/addon.ts';
import { until } from '../../src/demo/pause.ts';
import { framesAtPeer } from '../helpers/capture.ts';
import { command, needs } from '../helpers/needs.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const addonModule = new URL('../../src/addon/addon.js', import.meta.url).href;
const bytes = Uint8Array.from([0x21, 51, 100, 1, 0, 1, 0, 0, 10, 9, 0, 100]);
const hex = Buffer.from(bytes).toString('hex');

/** Sends the text of `bytes` as protocol 112 from the peer, with the socket options and to the address given. */
const pythonSender = `
import socket, sys
family, destination, source, ttl = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
count, on = int(sys.argv[5]), sys.argv[6]
f = socket.AF_INET if family == 4 else socket.AF_INET6
s = socket.socket(f, socket.SOCK_RAW, 112)
index = socket.if_nametoindex(on)
if family == 4:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    mreqn = bytes(8) + index.to_bytes(4, sys.byteorder)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreqn)
    s.bind((source, 0))
    to = (destination, 0)
else:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    s.bind((source, 0, 0, index))
    to = (destination, 0, 0, index)
for i in range(count):
    s.sendto(bytes.fromhex('${hex}'), to)
`;

interface FromPeer {
  readonly family: 4 | 6;
  readonly destination: string;
  readonly source: string;
  readonly ttl?: number;
  readonly count?: number;
  readonly on?: string;
}

function sendFromPeer({ family, destination, source, ttl = 255, count = 1, on = 'p0' }: FromPeer): void {
  const values = [family, destination, source, ttl, count, on].map(String);
  execFileSync('ip', ['netns', 'exec', 'peer', 'python3', '-c', pythonSender, ...values]);
}

/** A socket and what it has received. */
class Receiver {
  readonly received: VrrpPacket[] = [];
  readonly socket: VrrpSocket;

  constructor(options: VrrpSocketOptions) {
    this.socket = new (addon().VrrpSocket)(options, {
      onPackets: (packets) => this.received.push(...packets),
      onError: (error) => assert.fail(error),
    });
  }

  /** As soon as there are `count` packets. */
  async packets(count: number): Promise<VrrpPacket[]> {
    await until(`${count} packets`, { everyMs: 1, atMostMs: 30_000 }, async () =>
      this.received.length >= count ? true : undefined,
    );
    return this.received.splice(0);
  }
}

const descriptors = () => readdirSync('/proc/self/fd').length;
const plain = ({ bytes: received, ...rest }: VrrpPacket) => ({
  ...rest,
  hex: Buffer.from(received).toString('hex'),
});

if (await inOwnNamespace(import.meta.url)) {
  describe('VrrpSocket', { timeout: 300_000 }, () => {
    let index: number;
    let linkLocal: { here: string; peer: string };
    const sockets: VrrpSocket[] = [];
    const open = (options: Partial<VrrpSocketOptions>): Receiver => {
      const receiver = new Receiver({ family: 4, index, ...options });
      sockets.push(receiver.socket);
      return receiver;
    };
    const multicast = { multicastGroup: '224.0.0.18', sourceAddress: '10.9.0.1' };
    const multicast6 = () => ({
      family: 6 as const,
      multicastGroup: 'ff02::12',
      sourceAddress: linkLocal.here,
    });
    const noTcpdump = needs(command('tcpdump'));
    const noPython = needs(command('python3'));

    before(() => {
      vethToPeer();
      linkLocal = { here: 'fe80::1', peer: 'fe80::2' };
      sh(`ip address add fe80::1/64 dev v0 nodad; ip -n peer address add fe80::2/64 dev p0 nodad`);
      index = indexOf('v0');
    });
    after(() => {
      for (const socket of sockets) socket.close();
    });

    it('sends IPv4 adverts to the group (RFC 5798 §5.1.1)', { skip: noTcpdump }, async () => {
      const { socket } = open(multicast);
      const frames = await framesAtPeer('ip proto 112', 1, () => socket.send(bytes, '224.0.0.18'));
      socket.close();
      const [frame = ''] = frames;
      assert.equal(
        // Identification and checksum are the kernel's.
        frame.replace(/^(.{36})....(.{8})..../, '$1----$2----').slice(0, 2 * (14 + 20 + 12)),
        [
          '01005e000012 020000090001 0800', // the group's MAC, own MAC, IPv4
          '45 c0 0020 ---- 0000 ff 70 ----', // class CS6, 32 bytes, TTL 255, VRRP
          '0a090001 e0000012',
          hex,
        ]
          .join('')
          .replaceAll(' ', ''),
      );
    });

    it('sends IPv6 adverts from a link-local address, checksum untouched', { skip: noTcpdump }, async () => {
      const { socket } = open(multicast6());
      const frames = await framesAtPeer('ip6 proto 112', 1, () => socket.send(bytes, 'ff02::12'));
      socket.close();
      const [frame = ''] = frames;
      assert.equal(
        frame.replace(/^(.{31}).{5}/, '$1-----').slice(0, 2 * (14 + 40 + 12)),
        [
          '333300000012 020000090001 86dd',
          '6c0 ----- 000c 70 ff', // class CS6, flow label, 12 bytes, VRRP, hop limit 255
          'fe800000000000000000000000000001 ff020000000000000000000000000012',
          hex,
        ]
          .join('')
          .replaceAll(' ', ''),
      );
    });

    it('sends to a unicast peer with the TTL of the socket, or of the packet', {
      skip: noTcpdump,
    }, async () => {
      const { socket } = open({ sourceAddress: '10.9.0.1', ttl: 64 });
      const frames = await framesAtPeer('ip proto 112', 2, () => {
        socket.send(bytes, '10.9.0.2');
        socket.send(bytes, '10.9.0.2', { ttl: 9, source: '10.9.0.77' });
      });
      socket.close();
      const [first = '', second = ''] = frames;
      // Destination MAC; TTL and protocol; source and destination.
      const parts = (frame: string) => [frame.slice(0, 12), frame.slice(44, 48), frame.slice(52, 68)];
      assert.deepEqual(
        [parts(first), parts(second)],
        [
          ['020000090002', '4070', '0a0900010a090002'],
          ['020000090002', '0970', '0a09004d0a090002'],
        ],
      );
    });

    it('receives what goes to the group, with source, TTL and interface', { skip: noPython }, async () => {
      const receiver = open(multicast);
      sendFromPeer({ family: 4, destination: '10.9.0.1', source: '10.9.0.2' }); // not to the group
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2', ttl: 254 });
      assert.deepEqual((await receiver.packets(1)).map(plain), [
        { source: '10.9.0.2', destination: '224.0.0.18', ttl: 254, index, hex },
      ]);
      receiver.socket.close();
    });

    it('receives IPv6 adverts', { skip: noPython }, async () => {
      const receiver = open(multicast6());
      sendFromPeer({ family: 6, destination: 'ff02::12', source: 'fe80::2' });
      assert.deepEqual((await receiver.packets(1)).map(plain), [
        { source: 'fe80::2', destination: 'ff02::12', ttl: 255, index, hex },
      ]);
      receiver.socket.close();
    });

    it('receives what goes to its address, when unicast', { skip: noPython }, async () => {
      const receiver = open({ sourceAddress: '10.9.0.1' });
      const other = open(multicast); // so that the host takes the group
      const six = open({ family: 6, sourceAddress: 'fd09::1' });
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2' });
      sendFromPeer({ family: 4, destination: '10.9.0.1', source: '10.9.0.2', ttl: 64 });
      sendFromPeer({ family: 6, destination: 'fd09::1', source: 'fd09::2', ttl: 63 });
      assert.deepEqual((await receiver.packets(1)).map(plain), [
        { source: '10.9.0.2', destination: '10.9.0.1', ttl: 64, index, hex },
      ]);
      assert.deepEqual((await six.packets(1)).map(plain), [
        { source: 'fd09::2', destination: 'fd09::1', ttl: 63, index, hex },
      ]);
      for (const { socket } of [receiver, other, six]) socket.close();
    });

    it('works on macvlans of two routers with the same virtual MAC', { skip: noPython }, async () => {
      sh(`
        for namespace in 1 peer; do
          test $namespace = 1 && in= || in="-n peer"; test $namespace = 1 && on=v0 || on=p0
          ip $in link add vrrp.51 link $on address 00:00:5e:00:01:33 type macvlan mode private
          ip $in link set vrrp.51 up
        done
      `);
      const receiver = open({ ...multicast, index: indexOf('vrrp.51') });
      const here = await framesAtPeer('ip proto 112', 1, () => receiver.socket.send(bytes, '224.0.0.18'));
      assert.match(here.join(), /^01005e00001200005e000133.{28}0a090001/); // the source is no address of the macvlan
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2', on: 'vrrp.51' });
      assert.deepEqual(
        (await receiver.packets(1)).map(({ source }) => source),
        ['10.9.0.2'],
      );
      receiver.socket.close();
      sh('ip link delete vrrp.51; ip -n peer link delete vrrp.51');
    });

    it('does not receive what this host sends', { skip: noPython }, async () => {
      const receivers = [open(multicast), open(multicast), open(multicast6()), open(multicast6())];
      for (const { socket } of receivers.slice(0, 2)) socket.send(bytes, '224.0.0.18');
      for (const { socket } of receivers.slice(2)) socket.send(bytes, 'ff02::12');
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2' });
      sendFromPeer({ family: 6, destination: 'ff02::12', source: 'fe80::2' });
      const sources = await Promise.all(
        receivers.map(async (one) => (await one.packets(1)).map(({ source }) => source)),
      );
      assert.deepEqual(sources, [['10.9.0.2'], ['10.9.0.2'], ['fe80::2'], ['fe80::2']]);
      for (const { socket } of receivers) socket.close();
    });

    it('hands over at most 64 packets at once, and all of them', { skip: noPython }, async () => {
      const batches: number[] = [];
      const options = { family: 4, index, ...multicast, receiveBufferBytes: 1 << 20 } as const;
      const socket = new (addon().VrrpSocket)(options, {
        onPackets: (packets) => batches.push(packets.length),
        onError: (error) => assert.fail(error),
      });
      sockets.push(socket);
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2', count: 150 }); // waits, blocking
      await until('150 packets', { everyMs: 1, atMostMs: 30_000 }, async () =>
        batches.reduce((sum, one) => sum + one, 0) === 150 ? true : undefined,
      );
      assert.deepEqual(batches, [64, 64, 22]);
      socket.close();
    });

    it('gives what waits to whoever asks first', { skip: noPython }, async () => {
      const receiver = open(multicast);
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2' });
      assert.deepEqual(receiver.socket.receive().map(plain), [
        { source: '10.9.0.2', destination: '224.0.0.18', ttl: 255, index, hex },
      ]);
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2', ttl: 3 });
      assert.deepEqual(
        (await receiver.packets(1)).map(({ ttl }) => ttl),
        [3],
      );
      assert.deepEqual(receiver.socket.receive(), []);
      receiver.socket.close();
    });

    it('fails with ENODEV when its interface is gone, and is opened anew when that is back', async () => {
      sh('ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up');
      const options = () => ({ index: indexOf('d0'), ...multicast });
      const { socket } = open(options());
      socket.send(bytes, '224.0.0.18');
      sh('ip link set d1 down; ip link set d0 down');
      assert.throws(() => socket.send(bytes, '224.0.0.18'), {
        message: /^send to 224.0.0.18 on d0: Network is /,
      });
      sh('ip link delete d0');
      assert.throws(() => socket.send(bytes, '224.0.0.18'), {
        message: 'send to 224.0.0.18 on d0: No such device',
        code: 'XLB_SYSTEM',
        errno: 19,
      });
      socket.close();
      sh('ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up');
      const again = open(options());
      again.socket.send(bytes, '224.0.0.18');
      again.socket.close();
      sh('ip link delete d0');
    });

    it('says what it cannot open, and what it cannot send', () => {
      assert.throws(() => open({ index: 4_000 }), {
        message: 'open a VRRP socket on interface 4000: No such device',
        errno: 19,
      });
      assert.throws(() => open({ multicastGroup: 'ff02::12' }), {
        message: /options.multicastGroup must be an IPv4 address, got "ff02::12"/,
        code: 'XLB_ARGUMENT',
      });
      const { socket } = open(multicast);
      assert.throws(() => socket.send(bytes, 'ff02::12'), { message: /destination must be an IPv4 address/ });
      assert.throws(() => socket.send(new Uint8Array(2_000), '224.0.0.18'), {
        message: /: Message too long$/,
      });
      socket.close();
      assert.throws(() => socket.send(bytes, '224.0.0.18'), { message: 'send: this VrrpSocket is closed' });
      socket.close();
    });

    it('leaves no descriptor behind when opened and closed a thousand times', async () => {
      const none = { onPackets: () => {}, onError: () => {} };
      const before = descriptors();
      for (let i = 0; i < 1_000; i++)
        new (addon().VrrpSocket)({ family: i % 2 === 0 ? 4 : 6, index }, none).close();
      assert.equal(descriptors(), before);
    });

    it('ends with its worker thread', async (test) => {
      const before = descriptors();
      const code = `
        import { parentPort } from 'node:worker_threads';
        import { addon } from '${addonModule}';
        const listener = { onPackets() {}, onError() {} };
        for (let i = 0; i < 50; i++) new (addon().VrrpSocket)({ family: 4, index: ${index} }, listener);
        new (addon().VrrpSocket)({ family: 4, index: ${index} }, listener).close();
        parentPort.postMessage('open');`;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
      test.after(() => worker.terminate());
      await once(worker, 'message');
      assert.ok(descriptors() >= before + 50);
      await worker.terminate();
      assert.equal(descriptors(), before);
    });

    it('receives in a worker thread while the main thread is busy', { skip: noPython }, async (test) => {
      const code = `
        import { parentPort } from 'node:worker_threads';
        import { addon } from '${addonModule}';
        const options = { family: 4, index: ${index}, multicastGroup: '224.0.0.18' };
        const socket = new (addon().VrrpSocket)(options, {
          onPackets([packet]) {
            socket.send(packet.bytes, packet.source, { ttl: 7 });
            parentPort.postMessage(packet.ttl);
            socket.close();
          },
          onError(error) { throw error; } });
        parentPort.postMessage('open');`;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
      test.after(() => worker.terminate());
      await once(worker, 'message');
      sendFromPeer({ family: 4, destination: '224.0.0.18', source: '10.9.0.2', ttl: 200 }); // blocks this thread
      const [ttl] = await once(worker, 'message');
      assert.equal(ttl, 200);
      await once(worker, 'exit'); // nothing keeps it alive
    });

    it('makes an exception of its listener an uncaught one', { skip: noPython }, () => {
      const run = `import { addon } from '${addonModule}';
        import { execFileSync } from 'node:child_process';
        const socket = new (addon().VrrpSocket)({ family: 4, index: ${index}, multicastGroup: '224.0.0.18' }, {
          onPackets() { throw new Error('of the listener'); }, onError() {} });
        process.on('uncaughtException', (error) => { console.log(error.message); socket.close(); });
        const [code, ...values] = JSON.parse(process.argv[1]);
        execFileSync('ip', ['netns', 'exec', 'peer', 'python3', '-c', code, ...values]);`;
      const values = JSON.stringify([pythonSender, '4', '224.0.0.18', '10.9.0.2', '255', '1', 'p0']);
      const out = execFileSync(process.execPath, ['--input-type=module', '-e', run, values], {
        encoding: 'utf8',
      });
      assert.equal(out, 'of the listener\n');
    });
  });
}

function indexOf(interfaceName: string): number {
  const netlink = new (addon().Netlink)();
  const link = netlink.links().find(({ name }) => name === interfaceName);
  netlink.close();
  return link?.index ?? assert.fail(`there is no ${interfaceName}`);
}
