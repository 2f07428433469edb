import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface UdpServer {
  readonly port: number;
  /** What came, in order. */
  readonly received: Buffer[];
  /** Resolves with the sender of the first datagram. */
  readonly first: Promise<{ readonly address: string; readonly port: number }>;
  close(): void;
}

/** Answers every datagram with what `answer` makes of it, in so many datagrams. */
export async function udpServer(
  answer: (request: Buffer) => readonly Uint8Array[],
  host = '127.0.0.1',
): Promise<UdpServer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const received: Buffer[] = [];
  const first = once(socket, 'message').then(([, from]) => ({ address: from.address, port: from.port }));
  socket.on('message', (request, from) => {
    received.push(request);
    for (const reply of answer(request)) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  return { port: socket.address().port, received, first, close: () => socket.close() };
}

/** A UDP port of 127.0.0.1 that nobody has. */
export async function freeUdpPort(): Promise<number> {
  const { port, close } = await udpServer(() => []);
  close();
  return port;
}
