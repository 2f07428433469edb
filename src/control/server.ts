/**
 * HTTP for the control socket, which only root may open, and for an address that others read. One table of routes; a
 * body is JSON and limited, an answer is JSON, text, or a stream that goes as fast as the client reads it.
 */

import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** Text in pieces, made while it is sent. Code 200; a failure on the way ends the connection before its end. */
export interface Streamed {
  readonly stream: AsyncIterable<Uint8Array>;
}

export interface TextAnswer {
  readonly text: string;
  readonly contentType: string;
}

type Answered = Answer | TextAnswer | Streamed;

/** A path of a unix socket, or an address and a port of this host. */
export type ListenAt = { readonly path: string } | { readonly host: string; readonly port: number };

/** 'GET /status' -> what to answer. `body` is what was sent with a POST, as JSON has it; `query` what follows a `?`. */
export type Routes = Readonly<
  Record<string, (body: unknown, query: URLSearchParams) => Answered | Promise<Answered>>
>;

const LIMITS = {
  headerBytes: 8 * 1024,
  bodyBytes: 4 * 1024 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  /** A client that neither sends nor reads is let go. */
  idleMs: 30_000,
  connections: 128,
} as const;

export class ControlServer {
  readonly #server: Server;
  readonly #at: ListenAt;

  private constructor(server: Server, at: ListenAt) {
    this.#server = server;
    this.#at = at;
  }

  /** A socket gets mode 0600; one that an earlier process left there is replaced. Rejects where it cannot listen. */
  static async listen(at: ListenAt, routes: Routes): Promise<ControlServer> {
    const server = createServer(
      {
        maxHeaderSize: LIMITS.headerBytes,
        headersTimeout: LIMITS.headersTimeoutMs,
        requestTimeout: LIMITS.requestTimeoutMs,
      },
      (request, response) => void respond(routes, request, response),
    );
    server.maxConnections = LIMITS.connections;
    server.timeout = LIMITS.idleMs;
    server.on('clientError', (_error, socket) => socket.destroy());
    await ('path' in at ? listenOnSocket(server, at.path) : listening(server, at));
    server.on('error', () => undefined);
    return new ControlServer(server, at);
  }

  /** Where it listens: the port where 0 was asked for. */
  get at(): ListenAt {
    const bound = this.#server.address();
    if ('path' in this.#at || bound === null || typeof bound === 'string') return this.#at;
    return { host: this.#at.host, port: bound.port };
  }

  /** Ends what is under way and removes the socket. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        if ('path' in this.#at) rmSync(this.#at.path, { force: true });
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}

/** The mode must be right from the first moment: chmod after bind would leave a gap. */
async function listenOnSocket(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  const mask = process.umask(0o177);
  try {
    await listening(server, { path });
  } finally {
    process.umask(mask);
  }
}

function listening(server: Server, at: ListenAt): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
}

async function respond(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Whoever asked has gone: nothing is left to say to them.
  response.on('error', () => undefined);
  const answer = await answerTo(routes, request);
  if (response.destroyed) return;
  if ('stream' in answer) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    await pipeline(Readable.from(answer.stream, { highWaterMark: 1 }), response).catch(() => undefined);
    return;
  }
  const { code, contentType, text } = whole(answer);
  response.writeHead(code, { 'content-type': contentType, connection: 'close' });
  response.end(text);
  // What is left of a body that was too long is not read; the connection ends with the answer.
  response.once('finish', () => request.destroy());
}

function whole(answer: Answer | TextAnswer): TextAnswer & { readonly code: number } {
  if ('text' in answer) return { code: 200, ...answer };
  return {
    code: answer.code,
    contentType: 'application/json',
    text: `${JSON.stringify(answer.body)}\n`,
  };
}

async function answerTo(routes: Routes, request: IncomingMessage): Promise<Answered> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const method = request.method ?? 'GET';
  const wanted = `${method} ${path}`;
  const route = Object.hasOwn(routes, wanted) ? routes[wanted] : undefined;
  if (route !== undefined) {
    try {
      const body = method === 'POST' ? await jsonBody(request) : undefined;
      return body !== undefined && 'refused' in body
        ? body.refused
        : await route(body?.value, new URLSearchParams(query));
    } catch (error) {
      return failure(500, error instanceof Error ? error.message : String(error));
    }
  }
  const known = Object.keys(routes);
  return known.some((name) => name.endsWith(` ${path}`))
    ? failure(405, `${method} is not possible here`)
    : failure(404, `Nothing here; there is ${known.join(', ')}`);
}

async function jsonBody(
  request: IncomingMessage,
): Promise<{ readonly value: unknown } | { readonly refused: Answer }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LIMITS.bodyBytes)
      return { refused: failure(413, `A body has at most ${LIMITS.bodyBytes} bytes: send less at once`) };
    parts.push(part);
  }
  try {
    return { value: JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown };
  } catch {
    return { refused: failure(400, 'The body must be JSON') };
  }
}

function failure(code: number, error: string): Answer {
  return { code, body: { error } };
}
