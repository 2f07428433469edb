/** Servers that do what no server should, over plain TCP and inside TLS. */
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { cert, key } from './certificates.ts';
import { listenOn } from './web_servers.ts';

/** What becomes of a connection that was accepted; `wire`: the one of TCP, where `socket` is that of TLS. */
export type Conduct = (socket: Socket, wire: Socket) => void;

export interface Hostile {
  readonly port: number;
  /** Bytes that anybody has taken, the kernel's buffers included. */
  written(): number;
}

/** `tls`: it conducts itself so once the handshake is over. */
export async function hostile(context: TestContext, conduct: Conduct, tls = false): Promise<Hostile> {
  const sockets: Socket[] = [];
  const serve = (socket: Socket, wire = socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    conduct(socket, wire);
  };
  const wires = new Map<number | undefined, Socket>();
  const server = tls
    ? createTlsServer({ key, cert }, (socket) => serve(socket, wires.get(socket.remotePort)))
    : createServer((socket) => serve(socket));
  if (tls) server.on('connection', (wire: Socket) => wires.set(wire.remotePort, wire));
  const port = await listenOn(server, context);
  return {
    port,
    written: () =>
      sockets.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0),
  };
}

/** Reads, and says nothing. */
export const silent: Conduct = (socket) => socket.resume();

/** Says so much, and ends. */
export const farewell =
  (text = ''): Conduct =>
  (socket) => {
    socket.resume();
    socket.end(text, 'latin1');
  };

/** Says so much, and no more. */
export const saying =
  (text: string): Conduct =>
  (socket) => {
    socket.resume();
    socket.write(text, 'latin1');
  };

/** Resets the connection when it is asked anything. */
export const resetting =
  (greeting = ''): Conduct =>
  (socket, wire) => {
    if (greeting !== '') socket.write(greeting, 'latin1');
    socket.once('data', () => wire.resetAndDestroy());
  };

/** A byte every few milliseconds, of `text` again and again. */
export const dribbling =
  (text: string): Conduct =>
  (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      socket.write(text.charAt(at % text.length), 'latin1');
      at += 1;
    }, 5);
    socket.resume();
    socket.once('close', () => clearInterval(timer));
  };

/** Writes for as long as anybody reads. */
export const endless =
  (head: string, piece: string): Conduct =>
  (socket) => {
    const bytes = Buffer.from(piece, 'latin1');
    const more = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.resume();
    socket.on('drain', more);
    socket.write(head, 'latin1');
    more();
  };
