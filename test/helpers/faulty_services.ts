/**
 * Child process: one server of each kind that a checker asks, each of which can be told to go wrong. argv: its
 * name, and the services, in JSON; it says 'listening' when they do, and answers each order when it is carried out.
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer as createTlsServer } from 'node:tls';
import { cert, key } from './certificates.ts';
import type { Fault, Service, ServiceOrder } from './faulty_orders.ts';

const [, , name = ''] = process.argv;

interface Running {
  obey(fault: Fault): Promise<void>;
}

/** `answer` serves a connection well, or wrongly; a hanging one is taken and left alone. */
function overTcp(port: number, answer: (socket: Socket, wrong: boolean) => void): Running {
  let fault: Fault = 'refusing';
  let server: Server | undefined;
  const open = new Set<Socket>();
  const listen = async () => {
    server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => {}).once('close', () => open.delete(socket));
      if (fault !== 'hanging') answer(socket, fault === 'wrong');
    }).listen(port);
    await once(server, 'listening');
  };
  return {
    async obey(next) {
      fault = next;
      // Who is being served when it begins to hang is served: a connection that broke would fail at once.
      if (next !== 'hanging') for (const socket of open) socket.destroy();
      if (next === 'refusing') server?.close();
      if (next === 'refusing') server = undefined;
      else if (server === undefined) await listen();
    },
  };
}

/** A socket for each address of the machine, so that an answer comes from the one that was asked. */
function overUdp(port: number, answer: (request: Buffer, wrong: boolean) => Buffer): Running {
  let sockets: DatagramSocket[] = [];
  let fault: Fault = 'refusing';
  const listen = () => {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    sockets = all.flatMap(({ address, family }) => {
      if (family !== 'IPv4') return [];
      const bound = createSocket('udp4').bind(port, address);
      bound.on('message', (request, from) => {
        if (fault !== 'hanging') bound.send(answer(request, fault === 'wrong'), from.port, from.address);
      });
      return [bound];
    });
    return Promise.all(sockets.map((socket) => once(socket, 'listening')));
  };
  return {
    async obey(next) {
      fault = next;
      if (next === 'refusing') for (const socket of sockets.splice(0)) socket.close();
      else if (sockets.length === 0) await listen();
    },
  };
}

/** Where it is wrong, every page but /well is. */
function web(): (socket: Socket, wrong: boolean) => void {
  const wrongs = new WeakSet<Socket>();
  const server = createHttpServer((request, response) => {
    const wrong = wrongs.has(request.socket) && request.url !== '/well';
    response.writeHead(wrong ? 503 : 200, { connection: 'close' }).end(`${name}\n`);
  });
  return (socket, wrong) => {
    if (wrong) wrongs.add(socket);
    server.emit('connection', socket);
  };
}

function mail(socket: Socket, wrong: boolean): void {
  const answers = wrong ? ['554 no\r\n'] : [`220 ${name}\r\n`, '250 fine\r\n', '221 bye\r\n'];
  const say = () => socket.write(answers.shift() ?? '500 no\r\n');
  socket.on('data', say);
  say();
}

function start({ kind, port }: Service): Running {
  switch (kind) {
    case 'tcp':
      return overTcp(port, (socket) => socket.end(name));
    case 'http':
      return overTcp(port, web());
    case 'https': {
      const serve = web();
      let isWrong = false;
      const server = createTlsServer({ key, cert }, (socket) => serve(socket, isWrong));
      server.on('tlsClientError', () => {});
      return overTcp(port, (socket, wrong) => {
        isWrong = wrong;
        server.emit('connection', socket);
      });
    }
    case 'smtp':
      return overTcp(port, mail);
    case 'dns':
      return overUdp(port, (request, wrong) => {
        request.writeUInt16BE(wrong ? 0x8002 : 0x8000, 2); // SERVFAIL
        return request;
      });
    case 'udp':
      return overUdp(port, (request, wrong) => (wrong ? Buffer.from([0xff]) : request));
  }
}

const services: readonly Service[] = JSON.parse(process.argv[3] ?? '[]');
const running = new Map(services.map((service) => [service.port, start(service)]));

process.on('message', async ({ port, fault }: ServiceOrder) => {
  await running.get(port)?.obey(fault);
  if (process.connected) process.send?.({ port });
});
// Whoever started us is gone.
process.on('disconnect', () => process.exit());

await Promise.all([...running.values()].map((one) => one.obey('none')));
process.send?.('listening');
