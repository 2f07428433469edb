/** Sends alerts by SMTP, one after another, without ever holding up who asked. */
import { hostname, userInfo } from 'node:os';
import { createTransport } from 'nodemailer';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { MailConfig } from '../config/model.ts';
import { fifosOf, type NotificationEvent, receiverOf } from './event.ts';
import { type MailText, mailText } from './mail_text.ts';

export interface MailShell {
  readonly log: Logger;
  readonly send: SendMail;
}

/** Resolves when the server has taken it. */
export type SendMail = (config: MailConfig, text: MailText) => Promise<void>;

/** With more, the oldest are left out. */
const MOST_WAITING = 100;

export class Mail {
  readonly #config: MailConfig;
  readonly #routerId: string;
  readonly #shell: MailShell;
  readonly #waiting: MailText[] = [];
  /** By receiver: a state is told once. */
  readonly #lastState = new Map<string, string>();
  #sending: Promise<void> | undefined;
  #failing = false;
  #dropped = 0;

  constructor(config: MailConfig, routerId: string | undefined, shell: MailShell) {
    this.#config = config;
    this.#routerId = routerId ?? hostname();
    this.#shell = shell;
  }

  /** Mails that were not sent because too many waited, or that the server did not take. */
  get dropped(): number {
    return this.#dropped;
  }

  tell(event: NotificationEvent): void {
    const { to, server } = this.#config;
    if (to.length === 0 || server === undefined || !this.#isNews(event)) return;
    const text = mailText(event, this.#routerId);
    if (text === undefined) return;
    this.#waiting.push(text);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when everything was sent or has failed. */
  idle(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }

  #isNews(event: NotificationEvent): boolean {
    if (event.kind === 'lower_priority' || event.kind === 'priority') return false;
    const { state } = event;
    const wanted = 'notify' in event ? event.notify.mail : event.mail;
    if (!wanted || (state === 'FAULT' && !this.#config.faults)) return false;
    // The director tells of changes only; one that a reload took away may have come back without a word.
    if (fifosOf(event) === 'lvs') return true;
    const receiver = receiverOf(event);
    if (this.#lastState.get(receiver) === state) return false;
    this.#lastState.set(receiver, state);
    return true;
  }

  async #sendAll(): Promise<void> {
    const { log, send } = this.#shell;
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      try {
        await send(this.#config, text);
        log.info('SMTP alert successfully sent.');
        this.#failing = false;
      } catch (error) {
        this.#dropped += 1;
        if (!this.#failing) this.#complain(error);
        this.#failing = true;
      }
    }
    this.#sending = undefined;
  }

  #complain(error: unknown): void {
    const { server } = this.#config;
    this.#shell.log.warn(
      `SMTP connection ERROR to [${server?.host}]:${server?.port}: ${reasonOf(error)}; ` +
        'alerts are lost until it takes one again',
    );
  }
}

/** Plain SMTP without authentication, as keepalived: a relay on the host or beside it does the rest. */
export const sendBySmtp: SendMail = async (config, { subject, body }) => {
  const { to, from = `${userInfo().username}@${hostname()}`, server, connectTimeoutMs, helo } = config;
  if (server === undefined) return;
  const transport = createTransport({
    host: server.host,
    port: server.port,
    name: helo ?? hostname(),
    secure: false,
    ignoreTLS: true,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject,
      text: `${body}\n`,
      xMailer: 'Keepalived',
    });
  } finally {
    transport.close();
  }
};
