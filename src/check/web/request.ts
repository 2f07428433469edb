/** What HTTP_GET and SSL_GET share: a connection for each url, the request, and what is made of the answer. */
import type { HttpGetConfig, SslGetConfig, UrlConfig } from '../../config/model.ts';
import { threadBodyRoom } from '../body_room.ts';
import { type CheckResult, checkResults } from '../checker.ts';
import { type Answer, AnswerReader } from './answer.ts';
import { expectsStatus, judgeAnswer } from './judge.ts';

export type WebCheckConfig = HttpGetConfig | SslGetConfig;

/** Asks for one url after the other; the first that is not as expected ends it. Redirects are not followed. */
export function getUrls(
  { urls }: WebCheckConfig,
  ask: (url: UrlConfig) => Promise<CheckResult>,
): Promise<CheckResult> {
  const [first] = urls;
  return urls.length === 1 && first !== undefined ? ask(first) : getEach(urls, ask);
}

async function getEach(
  urls: readonly UrlConfig[],
  ask: (url: UrlConfig) => Promise<CheckResult>,
): Promise<CheckResult> {
  let result: CheckResult = { code: 'L7OK' };
  for (const url of urls) {
    result = await ask(url);
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

/** The answer to one request, and whether it is as expected. */
export class WebAnswer {
  readonly #url: UrlConfig;
  readonly #reader: AnswerReader;

  /** close() must follow. */
  constructor(url: UrlConfig, room = threadBodyRoom) {
    this.#url = url;
    this.#reader = new AnswerReader({
      wantsDigest: url.digest !== undefined,
      bodyRoom: url.regex === undefined ? undefined : room,
      takesInterim: (status) => expectsStatus(url, status),
    });
  }

  /** Once it is known. */
  take(chunk: Buffer): CheckResult | undefined {
    const answer: Answer | string | undefined = this.#reader.take(chunk);
    if (typeof answer === 'string') return { code: 'L7RSP', detail: answer };
    return answer && judgeAnswer(this.#url, answer);
  }

  /** It is over, however it ended: nothing is kept any more. */
  close(): void {
    this.#reader.close();
  }

  /** The real server has closed the connection. */
  ended(): CheckResult {
    const answer = this.#reader.finish();
    if (answer !== undefined) return judgeAnswer(this.#url, answer);
    return { code: 'L7RSP', detail: 'connection closed before the end of the header' };
  }
}
