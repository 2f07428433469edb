import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckPhrases, CheckResult } from '../../src/check/checker.ts';
import { localCheckers } from '../../src/check/local_registry.ts';
import { checkers } from '../../src/check/registry.ts';
import type { CheckConfig } from '../../src/config/model.ts';
import { miscCheckConfig } from '../helpers/sample_config.ts';

const results: readonly (readonly [CheckConfig['kind'], CheckResult, string | undefined])[] = [
  ['TCP_CHECK', { code: 'L4TOUT' }, 'TCP connection to S timedout.'],
  ['TCP_CHECK', { code: 'L4CON', detail: 'ECONNREFUSED' }, 'TCP connection to S failed.'],
  ['PING_CHECK', { code: 'L3TOUT' }, 'ICMP connection to address S timeout.'],
  ['PING_CHECK', { code: 'L3ERR' }, 'ICMP connection to S failed.'],
  ['UDP_CHECK', { code: 'L4CON' }, 'UDP connection to S failed.'],
  ['UDP_CHECK', { code: 'L7RSP' }, 'UDP check to S reply data mismatch.'],
  ['DNS_CHECK', { code: 'L7TOUT' }, 'DNS_CHECK (S) read timeout from socket.'],
  ['DNS_CHECK', { code: 'L7STS', detail: 'SERVFAIL' }, 'DNS_CHECK (S) failed: SERVFAIL.'],
  ['SMTP_CHECK', { code: 'L7TOUT' }, 'SMTP_CHECK Read timeout from server S'],
  ['SMTP_CHECK', { code: 'L7RSP' }, 'SMTP_CHECK Read failure from server S'],
  ['HTTP_GET', { code: 'L4CON' }, 'Error connecting server S.'],
  ['HTTP_GET', { code: 'L7TOUT' }, 'Timeout WEB read server S.'],
  ['HTTP_GET', { code: 'L7STS', detail: 'HTTP status code 503' }, 'HTTP status code error to server S.'],
  ['HTTP_GET', { code: 'L7RSP', detail: 'MD5 digest is a, not b' }, 'MD5 digest error to server S.'],
  ['HTTP_GET', { code: 'L7RSP', detail: 'regex does not match' }, 'Regex match failed server S.'],
  ['HTTP_GET', { code: 'L7RSP', detail: 'ECONNRESET' }, 'Read error with server S.'],
  ['SSL_GET', { code: 'L6RSP' }, 'SSL handshake/communication error connecting to server S.'],
  [
    'MISC_CHECK',
    { code: 'PROCERR', detail: 'exited with status 1' },
    'Misc check to [10.0.0.2] for [/bin/true] failed (exited with status 1).',
  ],
  ['MISC_CHECK', { code: 'PROCTOUT' }, 'Misc check to [10.0.0.2] for [/bin/true] timed out.'],
  ['FILE_CHECK', { code: 'FILEERR' }, undefined],
];

describe('a failed attempt, as log_all_failures has it logged', () => {
  for (const [kind, result, said] of results)
    it(`is told of ${kind} with ${result.code} in keepalived's words: ${said}`, () => {
      const phrases = { ...checkers, ...localCheckers }[kind] as CheckPhrases<CheckConfig>;
      assert.equal(phrases.attemptFailed?.('S', miscCheckConfig(), result), said);
    });
});
