import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addon, type BfdPacket, type BfdReceiverOptions } from '../../src/addon/addon.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);

/** A receiver, and the next batch of packets that it hands out. */
function listen(options: BfdReceiverOptions) {
  let hand: (packets: BfdPacket[]) => void;
  let fail: (error: Error) => void;
  const packets = new Promise<BfdPacket[]>((resolve, reject) => {
    hand = resolve;
    fail = reject;
  });
  const receiver = new (addon().BfdReceiver)(options, {
    onPackets: (some) => hand(some),
    onError: (error) => fail(error),
  });
  return { packets, receiver };
}

if (await inOwnNamespace(import.meta.url)) {
  describe('BfdReceiver and BfdSender', { timeout: 300_000 }, () => {
    vethToPeer();

    for (const [family, destination, source] of [
      [4, '127.0.0.1', '127.0.0.2'],
      [6, 'fd09::1', '::1'],
    ] as const)
      it(`IPv${family}: what is sent arrives, with its addresses and TTL`, async () => {
        const { packets, receiver } = listen({ family, port: 3784 });
        const sender = new (addon().BfdSender)({ destination, port: 3784, sourceAddress: source, ttl: 255 });
        sender.send(bytes);
        assert.deepEqual(await packets, [{ bytes, source, destination, ttl: 255 }]);
        sender.close();
        receiver.close();
      });

    it('sends from a port of its own out of 49152 to 65535, with the TTL it was told (RFC 5881 §4)', () => {
      const senders = Array.from(
        { length: 50 },
        () => new (addon().BfdSender)({ destination: '10.9.0.2', port: 3784, ttl: 64 }),
      );
      const ports = [...sh('ss -Huan').matchAll(/0\.0\.0\.0:(\d+)\s+0\.0\.0\.0/g)].map(([, port]) =>
        Number(port),
      );
      assert.deepEqual([ports.length, new Set(ports).size], [50, 50]);
      assert.ok(
        ports.every((port) => port >= 49_152 && port <= 65_535),
        ports.join(' '),
      );
      for (const sender of senders) sender.close();
    });

    it('a receiver of either family has the port for itself, and says so to a second one', () => {
      const { receiver: four } = listen({ family: 4, port: 3784 });
      const { receiver: six } = listen({ family: 6, port: 3784 });
      assert.throws(() => listen({ family: 4, port: 3784 }), {
        code: 'XLB_SYSTEM',
        message:
          /receive BFD packets on UDP port 3784 of IPv4: .*in use.*another program of this host speaks BFD/i,
      });
      four.close();
      six.close();
      listen({ family: 4, port: 3784 }).receiver.close();
    });

    it('cuts a packet that is longer than any of BFD, and hands out what waits when asked', () => {
      const { receiver } = listen({ family: 4, port: 4784 });
      const sender = new (addon().BfdSender)({ destination: '127.0.0.1', port: 4784 });
      for (let i = 0; i < 80; i++) sender.send(new Uint8Array(1_000));
      assert.deepEqual(
        [receiver.receive(), receiver.receive(), receiver.receive()].map((some) => [
          some.length,
          some[0]?.bytes.length,
        ]),
        [
          [64, 128],
          [16, 128],
          [0, undefined],
        ],
      );
      sender.close();
      receiver.close();
    });

    it('a closed one refuses, and may be closed again', () => {
      const { receiver } = listen({ family: 4, port: 3784 });
      const sender = new (addon().BfdSender)({ destination: '127.0.0.1', port: 3784 });
      for (const one of [receiver, sender, receiver, sender]) one.close();
      assert.throws(() => receiver.receive(), { message: /this BfdReceiver is closed/ });
      assert.throws(() => sender.send(bytes), { message: /this BfdSender is closed/ });
    });

    it('says which address it cannot send from, or to', () => {
      const { BfdSender } = addon();
      assert.throws(
        () => new BfdSender({ destination: '10.9.0.2', port: 3784, sourceAddress: '10.9.0.77' }),
        {
          message: /send BFD packets to 10\.9\.0\.2 from 10\.9\.0\.77: Cannot assign/,
        },
      );
      assert.throws(
        () => new BfdSender({ destination: '10.9.0.2', port: 3784, sourceAddress: '::1' }),
        TypeError,
      );
      const nowhere = new BfdSender({ destination: '192.0.2.1', port: 3784 });
      assert.throws(() => nowhere.send(bytes), { message: /192\.0\.2\.1: Network is unreachable/ });
      nowhere.close();
    });
  });
}
