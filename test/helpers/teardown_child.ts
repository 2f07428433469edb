/**
 * A process whose threads are ended while the addon brings them what happens on a descriptor, again and again: it is
 * killed by a signal where that goes wrong. In a namespace with vethToPeer():
 *
 *     node dist/test/helpers/teardown_child.js KIND
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { addon } from '../../src/addon/addon.ts';
import { pause } from '../../src/demo/pause.ts';

const threads = 50;
const own = '02:00:00:09:00:01';
const peer = '02:00:00:09:00:02';
const destination = '127.0.0.1';

/** Opens the object, and calls `took` for each batch that it brings; what it answers brings more of them. */
type Load = (took: () => void, port: number) => () => void;

function repeat<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, number) => make(number));
}

function index(name: string): number {
  const netlink = new (addon().Netlink)();
  const found = netlink.links().find((link) => link.name === name);
  netlink.close();
  return found?.index ?? assert.fail(`no ${name}`);
}

function onError(error: Error): void {
  throw error;
}

export const loads = {
  TcpProbes(took, port) {
    const probes = new (addon().TcpProbes)(took);
    return () => {
      for (let number = 0; number < 20; number++) {
        probes.start({ destination, port, timeoutMs: 1_000, request: 'GET' });
        probes.start({ destination, port: 9, timeoutMs: 1_000 });
      }
    };
  },
  ProbeSocket(took) {
    const sockets = repeat(
      10,
      () => new (addon().ProbeSocket)({ destination }, { onReplies: took, onError }),
    );
    return () => {
      for (const socket of sockets) socket.send(Buffer.from('probe'));
    };
  },
  BfdReceiver(took) {
    new (addon().BfdReceiver)({ family: 4, port: 3784 }, { onPackets: took, onError });
    const sender = new (addon().BfdSender)({ destination, port: 3784 });
    return () => {
      for (let number = 0; number < 20; number++) sender.send(new Uint8Array(24));
    };
  },
  VrrpSocket(took) {
    const options = { family: 4, index: index('lo'), sourceAddress: destination } as const;
    const socket = new (addon().VrrpSocket)(options, { onPackets: took, onError });
    return () => {
      for (let number = 0; number < 20; number++) socket.send(new Uint8Array(20), destination);
    };
  },
  VipProber(took) {
    const prober = new (addon().VipProber)(index('v0'), { onAnswers: took, onError });
    const ask = { mac: peer, ownMac: own, vip: '10.9.0.2', source: '10.9.0.1', exact: true } as const;
    return () => {
      for (let number = 0; number < 10; number++) prober.ask({ ...ask, port: 1_000 + number });
    };
  },
  NetlinkMonitor(took) {
    new (addon().NetlinkMonitor)(took);
    const netlink = new (addon().Netlink)();
    const on = index('v0');
    return () => {
      for (let number = 1; number < 6; number++) {
        const address = { index: on, address: `10.9.1.${number}`, prefix: 32 };
        netlink.addAddress(address);
        netlink.deleteAddress(address);
      }
    };
  },
  SignalWatch(took) {
    new (addon().SignalWatch)({ numbers: [36], onSignal: took });
    return () => {
      process.kill(process.pid, 36);
    };
  },
} satisfies Record<string, Load>;

type Kind = keyof typeof loads;

/** In the thread: for as long as it lives. */
function load({ kind, port, exits }: { kind: Kind; port: number; exits: boolean }): void {
  let batches = 0;
  const more = loads[kind](() => {
    batches += 1;
    if (batches === 3) parentPort?.postMessage('under load');
    if (exits && batches === 10) process.exit(0);
  }, port);
  // Not after the last batch: something may be lost.
  const again = () => {
    more();
    setImmediate(again);
  };
  again();
}

async function endThreads(kind: Kind): Promise<void> {
  // SIGRTMIN+2 would end a process that does not watch it just then.
  if (kind === 'SignalWatch') process.on('SIGUSR2', () => {});
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('a'.repeat(100));
  }).listen(0, destination);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let number = 0; number < threads; number++) {
    const exits = number % 5 === 0;
    const worker = new Worker(new URL(import.meta.url), { workerData: { kind, port, exits } });
    const ended = once(worker, 'exit');
    await once(worker, 'message');
    if (!exits) {
      await pause((number % 10) / 2);
      await worker.terminate();
    }
    await ended;
  }
  server.close();
  process.stdout.write(`${threads} threads ended\n`);
}

if (!isMainThread) load(workerData);
else if (process.argv[2] !== undefined) await endThreads(process.argv[2] as Kind);
