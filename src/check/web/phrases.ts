/** What the log says of HTTP_GET and SSL_GET: keepalived's phrases. Pure. */
import type { CheckCode, CheckPhrases, CheckResult } from '../checker.ts';
import type { WebCheckConfig } from './request.ts';

const reasons: Partial<Readonly<Record<CheckCode, string>>> = {
  L4TOUT: 'Timeout connecting',
  L4CON: 'Error connecting',
  L6TOUT: 'Timeout connecting',
  L6RSP: 'SSL handshake/communication error connecting to',
  L7TOUT: 'Timeout WEB read',
  L7STS: 'HTTP status code error to',
};

export const webPhrases: CheckPhrases<WebCheckConfig> = {
  title: 'HTTP_CHECK',
  passed: (service) => `Remote Web server ${service} succeed on service.`,
  attemptFailed: (service, _, result) => `${reasons[result.code] ?? answerReason(result)} server ${service}.`,
};

/** An answer that came, and is another than expected. */
function answerReason({ detail = '' }: CheckResult): string {
  if (detail.startsWith('MD5')) return 'MD5 digest error to';
  return detail.startsWith('regex') ? 'Regex match failed' : 'Read error with';
}
