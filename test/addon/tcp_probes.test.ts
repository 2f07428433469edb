import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  addon,
  NUMBERS_PER_TCP_EVENT,
  type TcpProbe,
  type TcpProbes,
  tcpEvent,
} from '../../src/addon/addon.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const addonModule = new URL('../../src/addon/addon.js', import.meta.url).href;
const descriptors = () => readdirSync('/proc/self/fd').length;
const kinds = Object.keys(tcpEvent);

/** What happens to connections, as `1 data hello`; told(n) resolves with the first n. */
class Told {
  readonly probes: TcpProbes;
  readonly #events: string[] = [];
  #notice = () => {};

  constructor() {
    this.probes = new (addon().TcpProbes)((numbers, chunks) => {
      for (let at = 0; at < numbers.length; at += NUMBERS_PER_TCP_EVENT) {
        const [id, kind = 0, connected, errno = 0] = numbers.subarray(at, at + NUMBERS_PER_TCP_EVENT);
        const text = kind === tcpEvent.data ? Buffer.from(chunks.shift() ?? []).toString() : '';
        const when = kind > tcpEvent.end ? (connected === 1 ? 'after' : 'before') : '';
        const words = [id, kinds[kind], when, errno === 0 ? '' : errno, text];
        this.#events.push(words.filter((word) => word !== '').join(' '));
      }
      this.#notice();
    });
  }

  async first(count: number): Promise<readonly string[]> {
    while (this.#events.length < count) await new Promise<void>((resolve) => (this.#notice = resolve));
    return this.#events;
  }

  /** What becomes of one; its events only. */
  async of(probe: Partial<TcpProbe>, events: number): Promise<readonly string[]> {
    this.probes.start({ destination: '127.0.0.1', port: 9, timeoutMs: 5_000, ...probe });
    return this.first(events);
  }
}

async function listen(
  onSocket: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<Server & { port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  }).listen(0, host);
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

/** Sockets of the director's side in TIME_WAIT towards `port`. */
function waiting(port: number): number {
  const to = `:${port.toString(16).toUpperCase().padStart(4, '0')} 06`;
  return readFileSync('/proc/net/tcp', 'utf8').split(to).length - 1;
}

if (await inOwnNamespace(import.meta.url)) {
  describe('TcpProbes', { timeout: 300_000 }, () => {
    vethToPeer();

    it('connects and closes in order, whoever comes late to look', async () => {
      const seen: unknown[] = [];
      const server = await listen((socket) => {
        seen.push(socket.remoteAddress);
        socket.on('end', () => socket.end()).resume();
        socket.on('close', (failed) => seen.push(failed));
      });
      assert.deepEqual(await new Told().of({ port: server.port }, 1), ['1 connected']);
      while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      server.close();
      assert.deepEqual({ seen, waiting: waiting(server.port) }, { seen: ['127.0.0.1', false], waiting: 1 });
    });

    it('leaves 500 TIME_WAIT a second at most', async () => {
      const server = await listen((socket) => socket.on('end', () => socket.end()).resume());
      const told = new Told();
      const began = performance.now();
      for (let count = 0; count < 800; count++)
        told.probes.start({ destination: '127.0.0.1', port: server.port, timeoutMs: 30_000 });
      const most = 500 * (1 + Math.floor((performance.now() - began) / 1_000));
      await told.first(800);
      await new Promise((resolve) => setTimeout(resolve, 500));
      server.close();
      const left = waiting(server.port);
      assert.ok(left > 0 && left <= most, `${left}`);
    });

    it('uses a source port again once the FIN is acknowledged', async () => {
      const server = await listen((socket) => socket.on('end', () => socket.end()).resume());
      const told = new Told();
      const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
      await told.of({ port: server.port, sourcePort: 4_001 }, 1);
      await closed;
      const events = await told.of({ port: server.port, sourcePort: 4_001 }, 2);
      server.close();
      assert.deepEqual(events, ['1 connected', '2 connected']);
    });

    it('connects over IPv6, to a link-local address too', async () => {
      sh('ip -n peer address add fe80::9/64 dev p0 nodad');
      const told = new Told();
      const local = { destination: 'fe80::9', interface: 'v0' };
      assert.deepEqual(await told.of({ destination: '::1' }, 1), ['1 failed before 111']);
      assert.deepEqual(await told.of(local, 2), ['1 failed before 111', '2 failed before 111']);
    });

    it('says that a connection was refused, or that there is no way', async () => {
      assert.deepEqual(await new Told().of({}, 1), ['1 failed before 111']);
      assert.deepEqual(await new Told().of({ destination: '192.0.2.1' }, 1), ['1 failed before 101']);
    });

    it('gives up at the time limit, on many blackholes at once and beside others that answer', async () => {
      sh('ip neighbour add 10.9.0.66 lladdr 02:00:00:09:00:66 dev v0');
      const server = await listen((socket) => socket.resume());
      const told = new Told();
      const began = performance.now();
      for (let count = 0; count < 100; count++)
        told.probes.start({ destination: '10.9.0.66', port: 80, timeoutMs: 300 });
      await told.of({ port: server.port }, 1);
      const [first] = await told.first(1);
      const events = await told.first(101);
      const took = performance.now() - began;
      server.close();
      assert.deepEqual(
        new Set(events.map((event) => event.replace(/^\d+ /, ''))),
        new Set(['connected', 'timeout before']),
      );
      assert.deepEqual([first, took >= 299 && took < 20_000], ['101 connected', true], `${took} ms`);
    });

    it('has one time limit for connection, request and answer, however many bytes come', async () => {
      const server = await listen((socket) => {
        const timer = setInterval(() => socket.write('.'), 20);
        socket.on('close', () => clearInterval(timer));
      });
      const told = new Told();
      const began = performance.now();
      told.probes.start({ destination: '127.0.0.1', port: server.port, timeoutMs: 200, request: 'x' });
      for (let count = 1; !(await told.first(count)).at(-1)?.includes('timeout'); count++) {}
      const took = performance.now() - began;
      server.close();
      assert.equal((await told.first(1)).at(-1), '1 timeout after');
      assert.ok(took >= 199 && took < 20_000, `${took} ms`);
    });

    it('sends a request and brings what comes back, until the end', async () => {
      const server = await listen((socket) => {
        socket.on('data', (bytes) => socket.end(`you said ${bytes}`));
      });
      const told = new Told();
      const events = await told.of({ port: server.port, request: 'hello' }, 2);
      server.close();
      assert.deepEqual(events, ['1 data you said hello', '1 end']);
    });

    it('says that the connection was reset before an answer', async () => {
      const server = await listen((socket) => socket.on('data', () => socket.resetAndDestroy()));
      const events = await new Told().of({ port: server.port, request: 'hello' }, 1);
      server.close();
      assert.deepEqual(events, ['1 failed after 104']);
    });

    it('sends a request that is larger than what the kernel takes at once', async () => {
      let received = 0;
      const server = await listen((socket) => {
        socket.on('data', (bytes) => {
          received += bytes.length;
          if (received === 8_000_000) socket.end();
        });
      });
      const events = await new Told().of({ port: server.port, request: 'x'.repeat(8_000_000) }, 1);
      server.close();
      assert.deepEqual({ events, received }, { events: ['1 end'], received: 8_000_000 });
    });

    it('comes from an address, a port and an interface, with a mark', async () => {
      sh(`
        ip -n peer route add default dev p0
        ip address add 192.0.2.7/32 dev v0
        ip route add 198.51.100.0/24 dev v0 table 77
        ip rule add fwmark 0x55 table 77
        ip -n peer address add 198.51.100.1/32 dev p0
      `);
      const [with_mark, without] = [new Told(), new Told()];
      const probe = { destination: '198.51.100.1', sourceAddress: '192.0.2.7', sourcePort: 4_000 };
      assert.deepEqual(await without.of(probe, 1), ['1 failed before 101']);
      assert.deepEqual(await with_mark.of({ ...probe, mark: 0x55, interface: 'v0' }, 1), [
        '1 failed before 111',
      ]);
      assert.deepEqual(await new Told().of({ interface: 'v0', timeoutMs: 100 }, 1), ['1 timeout before']);
    });

    it('says what it cannot open, and leaves no descriptor', () => {
      const { probes } = new Told();
      const before = descriptors();
      const probe = { destination: '10.9.0.2', port: 80, timeoutMs: 1_000 };
      assert.throws(() => probes.start({ ...probe, interface: 'xlb-none' }), {
        message: 'connect to 10.9.0.2 port 80 by interface xlb-none: No such device',
        errno: 19,
      });
      assert.throws(() => probes.start({ ...probe, sourceAddress: '203.0.113.1' }), {
        message: 'connect to 10.9.0.2 port 80 from 203.0.113.1: Cannot assign requested address',
      });
      assert.throws(() => probes.start({ ...probe, interface: 'sixteencharacter' }), {
        code: 'XLB_ARGUMENT',
      });
      assert.throws(() => probes.start({ ...probe, sourceAddress: '::1' }), { code: 'XLB_ARGUMENT' });
      assert.equal(descriptors(), before);
      probes.close();
      assert.throws(() => probes.start(probe), { message: 'start: these TcpProbes are closed' });
    });

    it('hands over a connected socket, once, and without a time limit from then on', async () => {
      const server = await listen((socket) => socket.resume().on('end', () => socket.end()));
      const told = new Told();
      const before = descriptors();
      assert.equal(told.probes.release(1), -1);
      await told.of({ port: server.port, handsOver: true, timeoutMs: 200 }, 1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const fd = told.probes.release(1);
      assert.deepEqual([told.probes.release(1), await told.first(1)], [-1, ['1 connected']]);
      closeSync(fd);
      server.close();
      await once(server, 'close');
      assert.equal(descriptors(), before - 1);
    });

    it('leaves no descriptor of what is stopped or closed in the middle of connecting', () => {
      const before = descriptors();
      const { probes } = new Told();
      const start = () => probes.start({ destination: '10.9.0.66', port: 80, timeoutMs: 60_000 });
      const first = start();
      for (let count = 0; count < 200; count++) start();
      const open = descriptors();
      probes.stop(first);
      probes.stop(first);
      const stopped = descriptors();
      probes.close();
      probes.close();
      assert.deepEqual([open - stopped, descriptors()], [1, before]);
    });

    it('ends with its worker thread, in the middle of connecting', async () => {
      const before = descriptors();
      const script = `import(${JSON.stringify(addonModule)}).then(({ addon }) => {
        const probes = new (addon().TcpProbes)(() => {});
        for (let count = 0; count < 50; count++)
          probes.start({ destination: '10.9.0.66', port: 80, timeoutMs: 60_000, handsOver: true });
        require('node:worker_threads').parentPort.postMessage('started');
      });`;
      const worker = new Worker(script, { eval: true });
      await once(worker, 'message');
      assert.ok(descriptors() >= before + 50);
      await worker.terminate();
      assert.equal(descriptors(), before);
    });
  });
}
