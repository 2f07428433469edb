import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPhrase, scriptsOf } from '../../src/director/notification.ts';
import { realServerConfig, span, virtualServerConfig } from '../helpers/sample_config.ts';

describe('what is told of virtual and real servers', () => {
  it("is in the words of keepalived's mails", () =>
    assert.deepEqual(
      (['TCP_CHECK', 'MISC_CHECK', 'SSL_GET', 'SMTP_CHECK', 'PING_CHECK', 'DNS_CHECK'] as const).map(
        (kind) => [checkPhrase(kind, true), checkPhrase(kind, false)],
      ),
      [
        ['TCP CHECK succeed on service', 'TCP CHECK failed on service'],
        ['MISC CHECK succeed on service', 'MISC CHECK failed on service'],
        ['CHECK succeed on service', 'CHECK failed on service : HTTP/SSL request failed'],
        ['CHECK succeed on service', 'CHECK failed on service'],
        ['ICMP CHECK succeed on service', 'ICMP CHECK failed on service'],
        ['DNS_CHECK: succeed on service', 'DNS_CHECK: failed on service'],
      ],
    ));

  it('runs these scripts, sooner or later', () => {
    const script = (command: string) => ({ command, span });
    const server = realServerConfig('10.0.0.2', { notifyUp: script('up'), notifyDown: script('down') });
    const config = virtualServerConfig([server], { quorumUp: script('gained'), quorumDown: script('lost') });
    assert.deepEqual(
      scriptsOf([config]).map(({ command }) => command),
      ['gained', 'lost', 'up', 'down'],
    );
  });
});
