/**
 * The control socket: HTTP over a unix socket that only root may open. One table of routes; every request is small
 * and has no body, so the limits are tight.
 */

import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** 'GET /status' -> what to answer. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

const LIMITS = {
  headerBytes: 8 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  connections: 32,
} as const;

export class ControlServer {
  readonly #server: Server;
  readonly #path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /** Listens on `path`, mode 0600; a socket that an earlier process left there is replaced. */
  static async listen(path: string, routes: Routes): Promise<ControlServer> {
    rmSync(path, { force: true });
    const server = createServer(
      {
        maxHeaderSize: LIMITS.headerBytes,
        headersTimeout: LIMITS.headersTimeoutMs,
        requestTimeout: LIMITS.requestTimeoutMs,
      },
      (request, response) => void respond(routes, request, response),
    );
    server.maxConnections = LIMITS.connections;
    server.on('clientError', (_error, socket) => socket.destroy());
    // The mode must be right from the first moment: chmod after bind would leave a gap.
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      });
    } finally {
      process.umask(mask);
    }
    server.on('error', () => undefined);
    return new ControlServer(server, path);
  }

  /** Ends what is under way and removes the socket. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        rmSync(this.#path, { force: true });
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}

async function respond(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { code, body } = await answerTo(routes, request);
  if (response.destroyed) return;
  response.writeHead(code, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
  // A body is not read; the connection ends with the answer.
  response.once('finish', () => request.destroy());
}

async function answerTo(routes: Routes, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const wanted = `${request.method ?? 'GET'} ${path}`;
  const route = Object.hasOwn(routes, wanted) ? routes[wanted] : undefined;
  if (route !== undefined) {
    try {
      return await route();
    } catch (error) {
      return failure(500, error instanceof Error ? error.message : String(error));
    }
  }
  const known = Object.keys(routes);
  return known.some((name) => name.endsWith(` ${path}`))
    ? failure(405, `${request.method ?? ''} is not possible here`)
    : failure(404, `Nothing here; there is ${known.join(', ')}`);
}

function failure(code: number, error: string): Answer {
  return { code, body: { error } };
}
