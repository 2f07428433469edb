/** Servers on the loopback interface that answer as a test says, and the checks that ask them. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { HttpGetConfig, SslGetConfig, UrlConfig } from '../../src/config/model.ts';
import { span } from './sample_config.ts';

/** Asks for `/`; 200 to 299 are good. */
export function urlConfig(changes: Partial<UrlConfig> = {}): UrlConfig {
  return { path: '/', host: '127.0.0.1', statusCodes: [[200, 299]], ...changes };
}

const common = {
  connectIp: '127.0.0.1',
  connectPort: 80,
  connectTimeoutMs: 5_000,
  retry: 1,
  delayBeforeRetryMs: 3_000,
  delayLoopMs: 6_000,
  warmupMs: 6_000,
  httpProtocol: '1.0',
  urls: [urlConfig()],
  span,
} as const;

export function httpGetConfig(changes: Partial<HttpGetConfig> = {}): HttpGetConfig {
  return { kind: 'HTTP_GET', ...common, ...changes };
}

export function sslGetConfig(changes: Partial<SslGetConfig> = {}): SslGetConfig {
  return { kind: 'SSL_GET', ...common, ...changes };
}

/** The port on which `server` listens until the test is over. */
export async function listenOn(server: Server, context: TestContext, host = '127.0.0.1'): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  context.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Hands each connection to `serve` once a whole request has come; what came is in `requests`. */
export async function rawServer(
  context: TestContext,
  serve: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((socket) => {
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return;
      requests.push(request);
      request = '';
      serve(socket);
    });
  });
  return { port: await listenOn(server, context), requests };
}
