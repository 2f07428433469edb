/** What HTTP_GET and SSL_GET share: a connection for each url, the request, the answer within its time. */
import type { Socket } from 'node:net';
import type { HttpGetConfig, SslGetConfig, UrlConfig } from '../config/model.ts';
import { type CheckResult, checkResults } from './checker.ts';
import { resultOfError } from './socket_error.ts';
import { type Answer, AnswerReader } from './web_answer.ts';
import { expectsStatus, judgeAnswer } from './web_judge.ts';

export type WebCheckConfig = HttpGetConfig | SslGetConfig;

export interface Transport {
  /** The socket's event after which the request can be sent. */
  readonly ready: 'connect' | 'secureConnect';
  /** Begins to connect. */
  connect(url: UrlConfig): Socket;
}

/** Asks for one url after the other; the first that is not as expected ends it. Redirects are not followed. */
export async function getUrls(
  check: WebCheckConfig,
  signal: AbortSignal,
  transport: Transport,
): Promise<CheckResult> {
  let result: CheckResult = { code: 'L7OK' };
  for (const url of check.urls) {
    result = await new Exchange({ check, url, transport }).run(signal);
    if (checkResults[result.code].healthy !== true) break;
  }
  return result;
}

/** keepalived's request, byte for byte. */
export function requestFor({ httpProtocol }: WebCheckConfig, { path, host }: UrlConfig): string {
  const version = httpProtocol === '1.1' ? '1.1' : '1.0';
  const close = httpProtocol === '1.0' ? '' : 'Connection: close\r\n';
  return `GET ${path} HTTP/${version}\r\nUser-Agent: KeepAliveClient\r\n${close}Host: ${host}\r\n\r\n`;
}

interface ExchangeOptions {
  readonly check: WebCheckConfig;
  readonly url: UrlConfig;
  readonly transport: Transport;
}

interface Settle {
  readonly resolve: (result: CheckResult) => void;
  readonly reject: (error: unknown) => void;
}

type Phase = 'connect' | 'handshake' | 'answer';

const timeouts: Readonly<Record<Phase, CheckResult>> = {
  connect: { code: 'L4TOUT' },
  handshake: { code: 'L6TOUT' },
  answer: { code: 'L7TOUT' },
};

/** One request and its answer, on a connection of its own. */
class Exchange {
  readonly #options: ExchangeOptions;
  readonly #reader: AnswerReader;
  #phase: Phase = 'connect';

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { url } = options;
    this.#reader = new AnswerReader({
      wantsDigest: url.digest !== undefined,
      wantsBody: url.regex !== undefined,
      takesInterim: (status) => expectsStatus(url, status),
    });
  }

  async run(signal: AbortSignal): Promise<CheckResult> {
    if (signal.aborted) return timeouts.connect;
    const { url, transport } = this.#options;
    const socket = transport.connect(url);
    let timeUp = () => {};
    try {
      return await new Promise<CheckResult>((resolve, reject) => {
        timeUp = () => resolve(timeouts[this.#phase]);
        signal.addEventListener('abort', timeUp);
        this.#listen(socket, { resolve, reject });
      });
    } finally {
      signal.removeEventListener('abort', timeUp);
      socket.destroy();
    }
  }

  /** Only the first result counts. */
  #listen(socket: Socket, { resolve, reject }: Settle): void {
    const settle = (step: () => CheckResult | undefined) => {
      try {
        const result = step();
        if (result !== undefined) resolve(result);
      } catch (error) {
        reject(error);
      }
    };
    // Stays for as long as the socket: an error can follow the one that ended the attempt.
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(this.#failed(error)));
    socket.once('connect', () => {
      this.#phase = 'handshake';
    });
    socket.once(this.#options.transport.ready, () => {
      this.#phase = 'answer';
      socket.write(requestFor(this.#options.check, this.#options.url));
    });
    socket.on('data', (chunk) => settle(() => this.#took(this.#reader.take(chunk))));
    socket.once('end', () => settle(() => this.#ended()));
    socket.once('close', () => settle(() => this.#ended()));
  }

  #took(answer: Answer | string | undefined): CheckResult | undefined {
    if (typeof answer === 'string') return { code: 'L7RSP', detail: answer };
    return answer && judgeAnswer(this.#options.url, answer);
  }

  #ended(): CheckResult {
    if (this.#phase !== 'answer') return { code: 'L6RSP', detail: 'connection closed in the TLS handshake' };
    const answer = this.#reader.finish();
    if (answer !== undefined) return judgeAnswer(this.#options.url, answer);
    return { code: 'L7RSP', detail: 'connection closed before the end of the header' };
  }

  #failed(error: NodeJS.ErrnoException): CheckResult {
    const detail = error.code ?? error.message;
    switch (this.#phase) {
      case 'connect':
        return resultOfError(error);
      case 'handshake':
        return { code: 'L6RSP', detail };
      case 'answer':
        return { code: 'L7RSP', detail };
    }
  }
}
