/** HTTP_GET: a real server is healthy when it answers the check's urls as expected. */
import { systemClock } from '../base/clock.ts';
import type { HttpGetConfig, UrlConfig } from '../config/model.ts';
import type { Checker, CheckResult } from './checker.ts';
import { resultOfError } from './socket_error.ts';
import { startConnection, stopConnection, type TcpEvent } from './tcp_connection.ts';
import { webPhrases } from './web/phrases.ts';
import { getUrls, requestFor, WebAnswer } from './web/request.ts';

export const httpGet: Checker<HttpGetConfig> = {
  keyword: 'HTTP_GET',
  ...webPhrases,
  keepsTime: true,
  run(check) {
    const latestMs = systemClock.nowMs() + check.connectTimeoutMs;
    return getUrls(check, (url) => get(check, url, Math.max(0, Math.ceil(latestMs - systemClock.nowMs()))));
  },
};

function get(check: HttpGetConfig, url: UrlConfig, timeoutMs: number): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const answer = new WebAnswer(url);
    const started = startConnection(check, {
      timeoutMs,
      request: requestFor(check, url),
      onEvent(event) {
        try {
          const result = read(answer, event);
          if (result === undefined) return;
          answer.close();
          if (typeof started === 'number') stopConnection(started);
          resolve(result);
        } catch (error) {
          answer.close();
          if (typeof started === 'number') stopConnection(started);
          reject(error);
        }
      },
    });
    if (typeof started === 'number') return;
    answer.close();
    resolve(started);
  });
}

function read(answer: WebAnswer, event: TcpEvent): CheckResult | undefined {
  switch (event.kind) {
    case 'connected':
      return undefined;
    case 'data':
      return answer.take(event.bytes);
    case 'end':
      return answer.ended();
    case 'failed':
      return event.connected ? { code: 'L7RSP', detail: event.code } : resultOfError(event.code);
    case 'timeout':
      return { code: event.connected ? 'L7TOUT' : 'L4TOUT' };
  }
}
