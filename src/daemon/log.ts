/** Where a daemon's log goes, and what its configuration's diagnostics become there. */

import { systemClock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { loggerTo } from '../base/forward_log.ts';
import { createLogger, type LogFormat, type Logger, type LogOutput, replay } from '../base/log.ts';
import { LogFold } from '../base/log_fold.ts';
import { fileOutput, isJournal, journalEntries, syslogOutput } from '../base/log_outputs.ts';
import type { Severity } from '../config/diagnostic.ts';

export interface LogChoice {
  /** -D: debug lines as well. */
  readonly detail: boolean;
  /** Standard error. */
  readonly console: boolean;
  /** -S: syslog, with this facility. */
  readonly facility?: string;
  /** -g. */
  readonly file?: string;
  /** --log-json; absent: as the configuration says (xlb_log), else text. */
  readonly format?: LogFormat;
}

export interface DaemonLog {
  readonly log: Logger;
  /** Shows a diagnostic: as it is on a plain standard error, else in the log, line by line. */
  readonly show: (text: string, severity: Severity) => void;
  /** xlb_log; the command line's choice stays. */
  readonly setFormat: (format: LogFormat) => void;
}

const SYSLOG_SOCKET = '/dev/log';
const JOURNAL_SOCKET = '/run/systemd/journal/socket';
const levelOf = { error: 'error', warning: 'warn', note: 'notice' } as const;

/** `sendDatagram`: to a Unix socket. */
export function daemonLog(
  { detail, console, facility, file, ...choice }: LogChoice,
  sendDatagram: (path: string, bytes: Uint8Array) => void,
): DaemonLog {
  let { format = 'text' } = choice;
  const inJournal = console && isJournal(process.stderr.fd);
  const outputs: LogOutput[] = [];
  const toJournal = (bytes: Uint8Array): void => sendDatagram(JOURNAL_SOCKET, bytes);
  if (console)
    outputs.push(inJournal ? journalEntries(toJournal, process.stderr) : { stream: process.stderr });
  if (facility !== undefined) {
    const send = (bytes: Uint8Array): void => sendDatagram(SYSLOG_SOCKET, bytes);
    outputs.push(syslogOutput({ facility, pid: process.pid, send }));
  }
  if (file !== undefined)
    outputs.push(
      fileOutput(file, (reason) =>
        process.stderr.write(`xlb: Cannot write the log to ${file}: ${reasonOf(reason)}\n`),
      ),
    );
  const plain = createLogger({ level: detail ? 'debug' : 'info', format: () => format, outputs });
  const fold = new LogFold({ clock: systemClock, write: (record) => replay(plain, record) });
  // Whatever ends the process: what was folded is not lost.
  process.once('exit', () => fold.flush());
  const log = loggerTo((record) => fold.take(record));
  return {
    log,
    show: (text, severity) => {
      const isPlain = outputs.length === 1 && console && !inJournal && format === 'text';
      if (isPlain) process.stderr.write(`${text}\n`);
      else if (format === 'json') plain[levelOf[severity]](text);
      else for (const line of text.split('\n')) plain[levelOf[severity]](line);
    },
    setFormat: (wanted) => {
      format = choice.format ?? wanted;
    },
  };
}
