/** global_defs: mail, the notify FIFOs, the scripts of start and stop, and who scripts run as. */
import { canonicalAddress } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { Call, ValueRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import { custom, firstWord, flag, lines, mark, seconds, text } from '../row_builders.ts';
import { command, type ScriptLine, script, user } from './script.ts';

export interface ServerLine {
  readonly host: string;
  readonly port: number;
}

const smtpServer: ValueRow<ServerLine> = custom<ServerLine>({
  doc: 'server that takes the mail',
  expects: 'IP or host name, and a port; 25 when left out',
  arity: 2,
  read: (call) => {
    const host = firstWord(call, 'an address or a host name');
    if (!host) return undefined;
    const [, portWord] = call.words;
    const port = Number(portWord?.text ?? 25);
    if (/^\d{1,5}$/.test(portWord?.text ?? '25') && port >= 1 && port <= 65535)
      return { host: canonicalAddress(host.text) ?? host.text, port };
    call.diagnostics.warning('OUT_OF_RANGE', spanOf(portWord ?? host), {
      message: `Cannot use port ${quote(portWord?.text ?? '')}: expected a number, 1 to 65535`,
      help: 'as in keepalived, the line is ignored and no mail is sent',
    });
    return undefined;
  },
});

/** One address or several a line. */
const recipients = lines<readonly string[]>({
  doc: 'who gets mail',
  expects: 'mail addresses, each on a line of its own',
  read: ({ keyword, words }: Call) => [keyword, ...words].map((word) => word.text),
});

export interface FifoLine {
  readonly path: string;
  readonly at: ReturnType<typeof spanOf>;
}

const fifo = (doc: string): ValueRow<FifoLine> =>
  custom<FifoLine>({
    doc,
    expects: 'a path',
    read: (call) => {
      const word = firstWord(call, 'a path');
      return word && { path: word.text, at: spanOf(word) };
    },
  });

const reader = (): ValueRow<ScriptLine> =>
  script('started once, with the path of the FIFO appended: it reads it');
const limit = (doc: string) => seconds(doc, { default: 10, min: 1, max: 1000 });

export const notificationKeywords = {
  notification_email: recipients,
  notification_email_from: text("sender of mail; the process's user at this host when left out"),
  smtp_server: smtpServer,
  smtp_connect_timeout: seconds('time that the server may take to answer', {
    default: 30,
    min: 1,
    clamp: true,
  }),
  smtp_helo_name: text("name that the server is told; this host's when left out"),
  smtp_alert: flag('mail is sent of what says nothing else'),
  smtp_alert_vrrp: flag(
    'mail is sent of instances and groups that say nothing else; smtp_alert when left out',
  ),
  smtp_alert_checker: flag(
    'mail is sent of virtual and real servers that say nothing else; smtp_alert when left out',
  ),
  no_checker_emails: flag('mail is sent of a real server that goes up or down, not of each of its checks', {
    default: false,
  }),
  no_email_faults: mark('mail that cannot be sent is not logged', { default: false }),
  notify_fifo: fifo('named pipe to which all changes are written'),
  notify_fifo_script: reader(),
  vrrp_notify_fifo: fifo('the same for changes of instances and groups'),
  vrrp_notify_fifo_script: reader(),
  lvs_notify_fifo: fifo('the same for changes of virtual and real servers'),
  lvs_notify_fifo_script: reader(),
  vrrp_notify_priority_changes: flag('changes of priority are written as well', { default: false }),
  fifo_write_vrrp_states_on_reload: flag('a reload writes the states anew', { default: false }),
  script_user: user('who scripts run as; keepalived_script where the host has that user, else root'),
  enable_script_security: flag('a script that others than root can change is not run as root', {
    default: false,
  }),
  startup_script: command('run before anything else'),
  startup_script_timeout: limit('time that it may take'),
  shutdown_script: command('run at the end'),
  shutdown_script_timeout: limit('time that it may take'),
} as const;
