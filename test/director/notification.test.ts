import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPhrase, scriptsOf } from '../../src/director/notification.ts';
import { realServerConfig, span, virtualServerConfig } from '../helpers/sample_config.ts';

describe('what is told of virtual and real servers', () => {
  it("is in the words of keepalived's mails", () =>
    assert.deepEqual(
      [checkPhrase('TCP_CHECK', false), checkPhrase('MISC_CHECK', true), checkPhrase('SSL_GET', false)],
      [
        'TCP CHECK failed on service',
        'MISC CHECK succeed on service',
        'CHECK failed on service : HTTP/SSL request failed',
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
