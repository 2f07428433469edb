/**
 * One line an event, on standard error unless told otherwise. Only the main thread writes: a worker posts
 * its records there (forwardingLogger) and the main thread replays them (replay), so that lines never mix.
 */
import winston from 'winston';
import { type Clock, localTime, systemClock } from './clock.ts';
import { type Logger, type LogLevel, type LogRecord, levels, loggerTo } from './forward_log.ts';

export {
  forwardingLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogRecord,
  replay,
} from './forward_log.ts';

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
