/**
 * SSL_GET: HTTP_GET over TLS. Nobody's certificate is verified, as in keepalived: real servers are asked by
 * address and often present a name that is not theirs, or a certificate of their own making.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { SslGetConfig, SslIdentityConfig, UrlConfig } from '../config/model.ts';
import type { Checker, CheckResult } from './checker.ts';
import { connectSocket } from './tcp_connection.ts';
import { webPhrases } from './web/phrases.ts';
import { getUrls, requestFor, WebAnswer } from './web/request.ts';

export const sslGet: Checker<SslGetConfig> = {
  keyword: 'SSL_GET',
  ...webPhrases,
  run: (check, signal) => getUrls(check, (url) => get(check, url, signal)),
};

async function get(check: SslGetConfig, url: UrlConfig, signal: AbortSignal): Promise<CheckResult> {
  const socket = await connectSocket(check, signal);
  if (!(socket instanceof Socket)) return socket;
  let timeUp = () => {};
  try {
    return await new Promise<CheckResult>((resolve, reject) => {
      const exchange = new Exchange(check, url);
      timeUp = () => resolve(exchange.late());
      signal.addEventListener('abort', timeUp);
      if (signal.aborted) return timeUp();
      exchange.begin(socket, { resolve, reject });
    });
  } finally {
    signal.removeEventListener('abort', timeUp);
    socket.destroy();
  }
}

interface Settle {
  readonly resolve: (result: CheckResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The handshake, one request and its answer. */
class Exchange {
  readonly #check: SslGetConfig;
  readonly #url: UrlConfig;
  readonly #answer: WebAnswer;
  #handshaken = false;

  constructor(check: SslGetConfig, url: UrlConfig) {
    this.#check = check;
    this.#url = url;
    this.#answer = new WebAnswer(url);
  }

  /** Only the first result counts. */
  begin(plain: Socket, { resolve, reject }: Settle): void {
    const settle = (step: () => CheckResult | undefined) => {
      try {
        const result = step();
        if (result !== undefined) resolve(result);
      } catch (error) {
        reject(error);
      }
    };
    const { serverName } = this.#url;
    const socket = connect({
      socket: plain,
      secureContext: contextOf(this.#check.identity),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(serverName === undefined ? {} : { servername: serverName }),
    });
    // Both stay for as long as the sockets: an error can follow the one that ended the attempt.
    for (const one of [plain, socket])
      one.on('error', (error: NodeJS.ErrnoException) => resolve(this.#failed(error)));
    socket.once('secureConnect', () => {
      this.#handshaken = true;
      socket.write(requestFor(this.#check, this.#url));
    });
    socket.on('data', (chunk) => settle(() => this.#answer.take(chunk)));
    socket.once('end', () => settle(() => this.#ended()));
    socket.once('close', () => settle(() => this.#ended()));
    // Once the attempt is over, whatever is left of it.
    plain.once('close', () => {
      socket.destroy();
      this.#answer.close();
    });
  }

  late(): CheckResult {
    return { code: this.#handshaken ? 'L7TOUT' : 'L6TOUT' };
  }

  #ended(): CheckResult {
    if (this.#handshaken) return this.#answer.ended();
    return { code: 'L6RSP', detail: 'connection closed in the TLS handshake' };
  }

  #failed({ code, message }: NodeJS.ErrnoException): CheckResult {
    return { code: this.#handshaken ? 'L7RSP' : 'L6RSP', detail: code ?? message };
  }
}

let known: { readonly revision: string | undefined; readonly context: SecureContext } | undefined;

/** One a thread, until the files are others: making one costs milliseconds and memory. Throws where they have gone. */
function contextOf(identity: SslIdentityConfig | undefined): SecureContext {
  const revision = identity?.revision;
  if (known === undefined || known.revision !== revision)
    known = { revision, context: createSecureContext(identity && optionsOf(identity)) };
  return known.context;
}

function optionsOf({ certificate, key, ca, password }: SslIdentityConfig): SecureContextOptions {
  return {
    ...(certificate === undefined ? {} : { cert: readFileSync(certificate) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(password === undefined ? {} : { passphrase: password }),
  };
}
