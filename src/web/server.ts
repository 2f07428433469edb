/**
 * HTTP on the control socket, which only root may open, or on an address of this host: a table of routes in, one
 * listener out. Everything that a client can take of us is limited in limits.ts.
 */
import { rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { accepts } from './accept.ts';
import { type AccessSettings, type Asked, type Refusal, refusal, sessionOf } from './access.ts';
import { answerConnection, answerDirectly, failureOf, notJson } from './failures.ts';
import { JSON_TYPE, safeHeaders } from './headers.ts';
import * as limits from './limits.ts';
import { readQuery } from './query.ts';
import { type Answered, failure, hasHead, methodsAt, type Route, type Session } from './route.ts';

/** A path of a unix socket, or an address and a port of this host. */
export type ListenAt = { readonly path: string } | { readonly host: string; readonly port: number };

/** In PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface WebOptions {
  readonly routes: readonly Route[];
  /** Asked with every request; left out: whoever can open it may do everything. */
  readonly access?: () => AccessSettings;
  readonly tls?: Tls;
  /** Other ones than those of its kind. */
  readonly limits?: Partial<limits.ListenerLimits>;
}

export class WebServer {
  readonly #app: FastifyInstance;
  readonly #server: Server | TlsServer;
  readonly #at: ListenAt;
  readonly #connections = new Set<Socket>();

  private constructor(at: ListenAt, options: WebOptions) {
    this.#at = at;
    const own = { ...('path' in at ? limits.socketLimits : limits.tcpLimits), ...options.limits };
    let server: Server | TlsServer | undefined;
    this.#app = createApp(options, own, (handler) => {
      server = serverOf(oneAtATime(handler), own, options.tls);
      return server;
    });
    if (server === undefined) throw new Error('fastify has made no server');
    this.#server = server;
    server.maxConnections = own.connections;
    server.timeout = own.idleMs;
    server.keepAliveTimeout = limits.KEEP_ALIVE_MS;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** A socket gets mode 0600; one that an earlier process left there is replaced. Rejects where it cannot listen. */
  static async listen(at: ListenAt, options: WebOptions): Promise<WebServer> {
    const web = new WebServer(at, options);
    await web.#app.ready();
    await ('path' in at ? listenOnSocket(web.#server, at.path) : listening(web.#server, at));
    web.#server.on('error', () => undefined);
    return web;
  }

  /** Where it listens: the port where 0 was asked for. */
  get at(): ListenAt {
    const bound = this.#server.address();
    if ('path' in this.#at || bound === null || typeof bound === 'string') return this.#at;
    return { host: this.#at.host, port: bound.port };
  }

  /** For connections that come from now on; throws where they do not fit together. Not for one without TLS. */
  renewTls(tls: Tls): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(tls);
  }

  /** Ends what is under way and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Also those that have not said a word, or are in the middle of a handshake.
    for (const socket of this.#connections) socket.destroy();
    await closed;
    await this.#app.close();
    if ('path' in this.#at) rmSync(this.#at.path, { force: true });
  }
}

/**
 * A client that asks again before it has its answer is let go: what waits behind another answer has no socket, so
 * neither its end nor its limits would ever be heard of, and one connection would be as good as thousands.
 */
function oneAtATime(handler: RequestListener): RequestListener {
  return (request, response) => {
    if (response.socket === null) request.socket.destroy();
    else handler(request, response);
  };
}

function serverOf(
  handler: RequestListener,
  { checksMs, headersMs, requestMs }: limits.ListenerLimits,
  tls: Tls | undefined,
): Server | TlsServer {
  const options = {
    maxHeaderSize: limits.HEADER_BYTES,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checksMs,
  };
  if (tls === undefined) return createServer(options, handler);
  const server = createTlsServer(
    { ...options, ...tls, handshakeTimeout: limits.TLS_HANDSHAKE_MS, minVersion: 'TLSv1.2' },
    handler,
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
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

/** Queries are read by our rows, bodies by handlers: so no compiler of schemas is loaded, which takes memory. */
const noCompiler = (): never => {
  throw new Error('a route was made with a schema of fastify');
};

function createApp(
  { routes, access }: WebOptions,
  { bodyBytes }: limits.ListenerLimits,
  serverFactory: (handler: RequestListener) => Server,
): FastifyInstance {
  const app = fastify({
    serverFactory,
    logger: false,
    bodyLimit: bodyBytes,
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    routerOptions: { maxParamLength: limits.PARAMETER_CHARACTERS },
    clientErrorHandler: answerConnection,
    frameworkErrors: (error, _request, reply) => answerDirectly(reply.raw, failureOf(error, bodyBytes)),
  });
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, _request, reply) => send(reply, failureOf(error, bodyBytes)));
  app.setNotFoundHandler((_request, reply) => send(reply, nothingHere));
  const rows = new Map(routes.map((route) => [routeName(route), route]));
  app.addHook('onRequest', async (request, reply) => {
    const [path = ''] = request.raw.url?.split('?', 1) ?? [];
    const route = rows.get(
      `${request.method === 'HEAD' ? 'GET' : request.method} ${request.routeOptions.url}`,
    );
    const refused = route === undefined ? nowhere(routes, path) : refusedBefore(route, request, access?.());
    return refused === undefined ? undefined : send(reply, refused);
  });
  for (const route of routes) addRoute(app, route, access);
  return app;
}

const nothingHere = failure(404, 'Nothing is here: /api/openapi.json says what there is');

function nowhere(routes: readonly Route[], path: string): Refusal {
  const methods = methodsAt(routes, path);
  if (methods.length === 0) return nothingHere;
  return {
    ...failure(405, `Cannot do this here: there is ${methods.join(', ')}`),
    headers: { allow: methods.join(', ') },
  };
}

/** In the order in which a client has to cure it. */
function refusedBefore(
  route: Route,
  request: FastifyRequest,
  access: AccessSettings | undefined,
): Refusal | undefined {
  const { headers, raw } = request;
  if ((raw.url?.length ?? 0) > limits.TARGET_CHARACTERS)
    return failure(414, `Cannot use this path: it has at most ${limits.TARGET_CHARACTERS} characters`);
  const refused = access && refusal(route, askedOf(request), access);
  if (refused !== undefined) return refused;
  const { contentType = JSON_TYPE, method } = route;
  if (!accepts(headers.accept, contentType))
    return failure(406, `Cannot answer as Accept wants it: this is ${contentType}`);
  // A form of another site's page can send anything but this.
  const isJson = /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
  return method === 'POST' && !isJson ? notJson : undefined;
}

/** As fastify writes parameters. */
function urlOf({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function routeName(route: Route): string {
  return `${route.method} ${urlOf(route)}`;
}

/** Of the control socket. */
const everything: Session = { actions: true, token: false };

function askedOf({ headers: { authorization, host } }: Pick<FastifyRequest, 'headers'>): Asked {
  return { authorization, host };
}

function addRoute(app: FastifyInstance, route: Route, access: WebOptions['access']): void {
  app.route({
    method: route.method,
    url: urlOf(route),
    exposeHeadRoute: hasHead(route),
    handler: async (request, reply) => {
      const [, query = ''] = request.raw.url?.split('?', 2) ?? [];
      const asked = readQuery(query, route.query);
      if (typeof asked === 'string') return send(reply, failure(400, asked));
      const parameters = request.params as Readonly<Record<string, string>>;
      const settings = access?.();
      const session = settings === undefined ? everything : sessionOf(askedOf(request), settings);
      return send(reply, await route.handle({ parameters, query: asked, body: request.body, session }));
    },
  });
}

function send(reply: FastifyReply, answer: Answered | Refusal): FastifyReply {
  if ('takeOver' in answer) {
    reply.hijack();
    answer.takeOver(reply.raw, safeHeaders);
    return reply;
  }
  reply.headers(safeHeaders);
  if ('stream' in answer) {
    if (answer.quiet) reply.raw.socket?.setTimeout(0); // tidy: the listener's own limit, taken off
    reply.headers({ 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    return reply.send(Readable.from(answer.stream, { highWaterMark: 1 }));
  }
  if ('text' in answer) return sendText(reply, answer);
  const { code, body } = answer;
  if ('headers' in answer && answer.headers !== undefined) reply.headers(answer.headers);
  // What is left of a body that was refused is not read.
  if (code >= 400 && reply.request.method === 'POST') reply.header('connection', 'close');
  return reply
    .code(code)
    .header('content-type', JSON_TYPE)
    .send(bytesOf(body, 'shared' in answer ? answer.shared : undefined));
}

const sharedTexts = new WeakMap<object, Buffer>();

/** What is shared by many who ask at once may be large: it is written once, and held once. */
function bytesOf(body: unknown, shared: object | undefined): Buffer {
  const made = (shared && sharedTexts.get(shared)) ?? Buffer.from(`${JSON.stringify(body)}\n`);
  if (shared !== undefined) sharedTexts.set(shared, made);
  return made;
}

function sendText(
  reply: FastifyReply,
  { contentType, etag, text }: Extract<Answered, { readonly text: unknown }>,
): FastifyReply {
  if (etag !== undefined) {
    reply.headers({ etag, 'cache-control': 'no-cache' });
    if (reply.request.headers['if-none-match'] === etag) return reply.code(304).send();
  }
  return reply.header('content-type', contentType).send(text);
}
