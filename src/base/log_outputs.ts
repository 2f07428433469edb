/** Where a log can go besides a plain stream: the journal, syslog, a file. */
import { appendFileSync, fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { LogLevel, LogRecord } from './forward_log.ts';
import type { LogOutput } from './log.ts';

type LogValue = NonNullable<LogRecord['fields']>[string];

/** syslog(3). */
const severities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, notice: 5, info: 6, debug: 7 };

/** Facilities that keepalived's -S takes: 0 to 7 are local0 to local7. */
export const facilities: Readonly<Record<string, number>> = {
  user: 1,
  daemon: 3,
  ...Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`local${at}`, 16 + at])),
};

/** A message of the journal is bounded by its socket's buffer (net.core.wmem_default, 212,992 bytes). */
const MOST_OF_A_FIELD = 48 * 1024;

/**
 * The journal itself (systemd.io/JOURNAL_NATIVE_PROTOCOL): an entry has the line as MESSAGE, and what it is about as
 * XLB_EVENT, XLB_REAL_SERVER and the like. What it does not take goes to `otherwise`.
 */
export function journalEntries(
  send: (datagram: Uint8Array) => void,
  otherwise: NodeJS.WritableStream,
): LogOutput {
  const stream = eachLine((entry) => {
    try {
      send(Buffer.from(entry));
    } catch {
      const [, priority = '6', message = ''] = /^PRIORITY=(\d)\nMESSAGE=(.*)$/m.exec(entry) ?? [];
      otherwise.write(`<${priority}>${message}\n`);
    }
  });
  return {
    stream,
    entry: ({ about = {}, fields = {}, level }, line) =>
      [
        `PRIORITY=${severities[level]}`,
        `MESSAGE=${line.slice(0, MOST_OF_A_FIELD)}`,
        'SYSLOG_IDENTIFIER=xlb',
        ...Object.entries({ ...about, ...fields }).flatMap(journalField),
      ].join('\n'),
  };
}

/** A line of its own each: a value that has several is told in the message. */
function journalField([name, value]: [string, LogValue]): string[] {
  const text = String(value);
  if (value === undefined || text.includes('\n')) return [];
  return [`XLB_${name.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}=${text.slice(0, MOST_OF_A_FIELD)}`];
}

/** True when standard error is the journal's (JOURNAL_STREAM, systemd.exec(5)), not something it was sent on to. */
export function isJournal(descriptor: number, environment: NodeJS.ProcessEnv = process.env): boolean {
  const { JOURNAL_STREAM: journal } = environment;
  if (journal === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor);
    return journal === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

export interface SyslogOptions {
  /** One of `facilities`. */
  readonly facility: string;
  readonly pid: number;
  /** A datagram to the syslog daemon; throws where none reads. */
  readonly send: (datagram: Uint8Array) => void;
}

/** As syslog(3) sends it (RFC 3164): `<PRI>Mmm dd hh:mm:ss xlb[pid]: text`. What cannot be sent is lost. */
export function syslogOutput({ facility, pid, send }: SyslogOptions): LogOutput {
  const number = facilities[facility] ?? facilities['daemon'] ?? 3;
  const stream = eachLine((line) => {
    try {
      send(Buffer.from(line.slice(0, -1)));
    } catch {
      // No daemon, or it does not read: a log must stop nobody.
    }
  });
  return {
    stream,
    prefix: (level, wallMs) => `<${number * 8 + severities[level]}>${syslogTime(wallMs)} xlb[${pid}]: `,
  };
}

/** Lines added to a file. It is opened for each, so that a rotated file needs no signal. */
export function fileOutput(file: string, onFailure: (reason: unknown) => void): LogOutput {
  let failing = false;
  return {
    stream: eachLine((line) => {
      try {
        appendFileSync(file, line, { mode: 0o640 });
        failing = false;
      } catch (reason) {
        if (!failing) onFailure(reason);
        failing = true;
      }
    }),
  };
}

/** Calls `write` with every line, at once. */
function eachLine(write: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line: string | Buffer, _encoding, done) => {
      write(line.toString());
      done();
    },
  });
}

/** 'Nov  1 18:34:11', in the host's time zone. */
function syslogTime(wallMs: number): string {
  const [, month = '', day = '', , time = ''] = new Date(wallMs).toString().split(' ');
  return `${month} ${String(Number(day)).padStart(2, ' ')} ${time}`;
}
