import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { addon, type ProbeSocketOptions } from '../../src/addon/addon.ts';
import { inOwnNamespace } from '../helpers/netns.ts';
import { udpServer } from '../helpers/udp_server.ts';

const addonModule = new URL('../../src/addon/addon.js', import.meta.url).href;
const payload = Buffer.from('probe');
const descriptors = () => readdirSync('/proc/self/fd').length;

const silent = { onReplies: () => {}, onError: () => {} };
const open = (options: ProbeSocketOptions, listener = silent) => new (addon().ProbeSocket)(options, listener);

/** The first replies, as text, or the message of the error. */
function asked(options: ProbeSocketOptions): Promise<readonly string[] | string> {
  return new Promise((resolve) => {
    const socket = new (addon().ProbeSocket)(options, {
      onReplies(payloads) {
        socket.close();
        resolve(payloads.map((one) => Buffer.from(one).toString()));
      },
      onError: ({ message }) => resolve(message),
    });
    socket.send(payload);
  });
}

if (await inOwnNamespace(import.meta.url)) {
  describe('ProbeSocket', { timeout: 300_000 }, () => {
    it('hands over the payload of echo replies', async () => {
      assert.deepEqual(await asked({ destination: '127.0.0.1' }), ['probe']);
      assert.deepEqual(await asked({ destination: '::1' }), ['probe']);
    });

    it('hands over UDP datagrams, empty ones too', async () => {
      const server = await udpServer((request) => (request.length === 0 ? [] : [Buffer.alloc(0)]));
      assert.deepEqual(await asked({ destination: '127.0.0.1', port: server.port }), ['']);
      server.close();
    });

    it('says what ICMP says, and is closed then', async () => {
      assert.equal(
        await asked({ destination: '127.0.0.1', port: 9 }),
        'send to 127.0.0.1 port 9: Connection refused',
      );
      assert.equal(await asked({ destination: '::1', port: 9 }), 'send to ::1 port 9: Connection refused');
    });

    it('says what it cannot open, and what it cannot send', () => {
      assert.throws(() => open({ destination: '192.0.2.1' }), {
        message: 'ping 192.0.2.1: Network is unreachable',
        code: 'XLB_SYSTEM',
        errno: 101,
      });
      assert.throws(() => open({ destination: '127.0.0.1', port: 9, sourceAddress: '192.0.2.1' }), {
        message: 'send to 127.0.0.1 port 9 from 192.0.2.1: Cannot assign requested address',
      });
      assert.throws(() => open({ destination: '127.0.0.1', sourceAddress: '::1' }), {
        message: /options.sourceAddress must be an IPv4 address, got "::1"/,
      });
      assert.throws(() => open({ destination: '127.0.0.1', port: 65_536 }), { code: 'XLB_ARGUMENT' });
      const socket = open({ destination: '127.0.0.1' });
      assert.throws(() => socket.send(Buffer.alloc(65)), {
        message: 'ping 127.0.0.1: at most 64 bytes are sent',
        code: 'XLB_LIMIT',
      });
      socket.close();
      assert.throws(() => socket.send(payload), { message: 'send: this ProbeSocket is closed' });
      socket.close();
    });

    it('leaves no descriptor behind when opened and closed a thousand times', () => {
      const before = descriptors();
      for (let i = 0; i < 1_000; i++) open({ destination: i % 2 === 0 ? '127.0.0.1' : '::1' }).close();
      assert.equal(descriptors(), before);
    });

    it('ends with its worker thread', async (test) => {
      const before = descriptors();
      const code = `
        import { parentPort } from 'node:worker_threads';
        import { addon } from '${addonModule}';
        const listener = { onReplies() {}, onError() {} };
        for (let i = 0; i < 50; i++)
          new (addon().ProbeSocket)({ destination: '127.0.0.1' }, listener).send(new Uint8Array(5));
        parentPort.postMessage('open');`;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
      test.after(() => worker.terminate());
      await new Promise((resolve) => worker.once('message', resolve));
      assert.ok(descriptors() >= before + 50);
      await worker.terminate();
      assert.equal(descriptors(), before);
    });
  });
}
