/**
 * One line an event, on standard error unless told otherwise. Only the main thread writes: a worker posts
 * its records there (forwardingLogger) and the main thread replays them (replay), so that lines never mix.
 */
import winston from 'winston';
import { type Clock, localTime, systemClock } from './clock.ts';

/** syslog's names, the most urgent first. */
const levels = { error: 0, warn: 1, notice: 2, info: 3, debug: 4 } as const;

export type LogLevel = keyof typeof levels;
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export type Logger = { readonly [Level in LogLevel]: (message: string, fields?: LogFields) => void };

/** What a worker posts to the main thread. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields;
}

export interface LoggerOptions {
  /** Less urgent records are dropped. Default: info. */
  readonly level?: LogLevel;
  /** text: `<local time> <level> <message> <field>=<value>...`; json: one object a line. Default: text. */
  readonly format?: 'text' | 'json';
  /** Default: standard error. */
  readonly stream?: NodeJS.WritableStream;
  readonly clock?: Clock;
}

export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', format = 'text', stream = process.stderr, clock = systemClock } = options;
  const render = format === 'json' ? renderJson : renderText;
  const backend = winston.createLogger({
    levels,
    level,
    format: winston.format.printf(({ record }) => render(record as LogRecord, localTime(clock.wallMs()))),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  return loggerTo((record) => backend.log({ level: record.level, message: record.message, record }));
}

/** A logger for a worker thread: hands every record at or above `level` to `post`. */
export function forwardingLogger(post: (record: LogRecord) => void, level: LogLevel = 'debug'): Logger {
  return loggerTo((record) => {
    if (levels[record.level] <= levels[level]) post(record);
  });
}

/** Writes what a worker posted. */
export function replay(logger: Logger, record: LogRecord): void {
  logger[record.level](record.message, record.fields);
}

function loggerTo(write: (record: LogRecord) => void): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write({ level, message, ...(fields === undefined ? {} : { fields }) });
  return { error: at('error'), warn: at('warn'), notice: at('notice'), info: at('info'), debug: at('debug') };
}

function renderText({ level, message, fields = {} }: LogRecord, time: string): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  return oneLine([time, level, message, ...pairs].join(' '));
}

function renderJson({ level, message, fields = {} }: LogRecord, time: string): string {
  return JSON.stringify({ ...fields, time, level, message });
}

/** Text from outside must not forge a line or drive a terminal: control characters are written as \xNN. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  return text.replace(/[\x00-\x1f\x7f]/g, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
