import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MailConfig } from '../../src/config/model.ts';
import { Mail, type SendMail, sendBySmtp } from '../../src/notify/mail.ts';
import type { MailText } from '../../src/notify/mail_text.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { instance, loud, silent } from '../helpers/notifications.ts';
import { smtpServer } from '../helpers/smtp_server.ts';

const config: MailConfig = {
  to: ['ops@example.org', 'boss@example.org'],
  from: 'lb@example.org',
  server: { host: '127.0.0.1', port: 25 },
  connectTimeoutMs: 2000,
  helo: 'director.example.org',
  faults: true,
};

function mailer(send: SendMail, some: Partial<MailConfig> = {}) {
  const { logger: log, lines } = memoryLog();
  return { mail: new Mail({ ...config, ...some }, 'R1', { log, send }), lines };
}

/** Remembers subjects. */
function sink() {
  const subjects: string[] = [];
  const send = (_: MailConfig, { subject }: MailText) => {
    subjects.push(subject.replace(/^.* - /, ''));
    return Promise.resolve();
  };
  return { subjects, send };
}

describe('an alert', () => {
  it('is one mail to all recipients, with the headers of keepalived', async () => {
    const server = await smtpServer();
    try {
      const { mail, lines } = mailer(sendBySmtp, { server: { host: '127.0.0.1', port: server.port } });
      mail.tell(instance('MASTER'));
      await mail.idle();
      assert.deepEqual(lines, ['info SMTP alert successfully sent.']);
      const [received] = server.mails;
      assert.deepEqual(
        [server.mails.length, received?.helo, received?.from, received?.to],
        [1, 'director.example.org', 'lb@example.org', ['ops@example.org', 'boss@example.org']],
      );
      const text = received?.lines.join('\n') ?? '';
      for (const header of [
        /^From: lb@example\.org$/m,
        /^To: ops@example\.org, boss@example\.org$/m,
        /^Subject: \[R1\] VRRP Instance VI_1 - Entering MASTER state$/m,
        /^X-Mailer: Keepalived$/m,
        /^Date: \w{3}, \d\d \w{3} \d{4} /m,
      ])
        assert.match(text, header);
      assert.match(text, /\n\n=> VRRP Instance is now owning VRRP VIPs <=$/m);
    } finally {
      await server.close();
    }
  });

  it('that is refused is lost with one line, until a mail is taken again', async () => {
    const server = await smtpServer({ refuse: '550 not from you' });
    try {
      const { mail, lines } = mailer(sendBySmtp, { server: { host: '127.0.0.1', port: server.port } });
      mail.tell(instance('MASTER'));
      mail.tell(instance('BACKUP'));
      await mail.idle();
      assert.deepEqual([mail.dropped, lines.length], [2, 1]);
      assert.match(lines[0] ?? '', /^warn SMTP connection ERROR to \[127\.0\.0\.1\]:\d+: .*550 not from you/);
    } finally {
      await server.close();
    }
  });

  it('to a server that is not there fails without more than a line', async () => {
    const server = await smtpServer();
    await server.close();
    const { mail, lines } = mailer(sendBySmtp, { server: { host: '127.0.0.1', port: server.port } });
    mail.tell(instance('MASTER'));
    await mail.idle();
    assert.match(lines.join('\n'), /^warn SMTP connection ERROR to \[127\.0\.0\.1\]:\d+: .*ECONNREFUSED/);
  });

  it('tells a state once, and every receiver has its own', async () => {
    const { subjects, send } = sink();
    const { mail } = mailer(send);
    for (const event of [
      instance('MASTER'),
      instance('MASTER'),
      instance('MASTER', loud, 'VI_2'),
      instance('BACKUP'),
    ])
      mail.tell(event);
    await mail.idle();
    assert.deepEqual(subjects, ['Entering MASTER state', 'Entering MASTER state', 'Entering BACKUP state']);
  });

  it('is not sent without smtp_alert, recipients or a server, nor of faults with no_email_faults', async () => {
    const { subjects, send } = sink();
    mailer(send).mail.tell(instance('MASTER', silent));
    mailer(send, { to: [] }).mail.tell(instance('MASTER'));
    const { server: _, ...serverless } = config;
    new Mail(serverless, 'R1', { log: memoryLog().logger, send }).tell(instance('MASTER'));
    mailer(send, { faults: false }).mail.tell(instance('FAULT'));
    assert.deepEqual(subjects, []);
  });

  it('waits in a queue that ends: the oldest is lost', async () => {
    const { subjects, send } = sink();
    const { mail } = mailer(send);
    for (let count = 0; count < 60; count += 1) {
      mail.tell(instance('MASTER'));
      mail.tell(instance('BACKUP'));
    }
    await mail.idle();
    // The first is on its way already.
    assert.deepEqual([subjects.length, mail.dropped], [101, 19]);
  });
});
