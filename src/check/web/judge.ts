/** Whether an answer is the one that a url of HTTP_GET or SSL_GET expects. keepalived's order of questions. */
import type { UrlConfig } from '../../config/model.ts';
import type { CheckResult } from '../checker.ts';
import { matchRegex } from '../regex_match.ts';
import { type Answer, MAX_BODY_BYTES } from './answer.ts';

export function expectsStatus({ statusCodes }: UrlConfig, status: number): boolean {
  return statusCodes.some(([first, last]) => first <= status && status <= last);
}

export function judgeAnswer(url: UrlConfig, answer: Answer): CheckResult {
  if (!expectsStatus(url, answer.status))
    return { code: 'L7STS', detail: `HTTP status code ${answer.status}` };
  if (answer.end === 'crowded')
    return { code: 'NOTRUN', detail: 'no room for its body beside those of the other checks' };
  if (answer.end === 'long' && (url.digest !== undefined || url.regex !== undefined))
    return {
      code: 'L7RSP',
      detail: `body larger than the ${MAX_BODY_BYTES} bytes that are read for digest and regex`,
    };
  if (url.digest !== undefined && answer.digest !== url.digest)
    return { code: 'L7RSP', detail: `MD5 digest is ${answer.digest}, not ${url.digest}${mismatch(answer)}` };
  if (url.regex !== undefined && answer.body !== undefined) {
    const reason = judgeRegex(url.regex, answer.body);
    if (reason !== undefined) return { code: 'L7RSP', detail: `${reason}${mismatch(answer)}` };
  }
  // keepalived takes an answer that was cut off: some servers' content-length is wrong.
  const cut = mismatch(answer);
  return cut === '' ? { code: 'L7OK' } : { code: 'L7OK', detail: cut.slice(2) };
}

function judgeRegex(regex: NonNullable<UrlConfig['regex']>, body: Buffer): string | undefined {
  const found = matchRegex(regex, body);
  if (found === 'too_slow') return 'regex took too long';
  if (found === 'match') return regex.noMatch === true ? 'regex matches' : undefined;
  return regex.noMatch === true ? undefined : 'regex does not match';
}

function mismatch({ end, bodyBytes, contentLength }: Answer): string {
  if (end !== 'short') return '';
  if (contentLength === undefined) return '; body cut off';
  return `; content_length (${contentLength}) does not match received bytes (${bodyBytes})`;
}
