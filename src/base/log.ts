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

/** text: `<local time> <level> <message> <field>=<value>...`; json: one object a line. */
export type LogFormat = 'text' | 'json';

/** Where lines go, and what stands before each. */
export interface LogOutput {
  readonly stream: NodeJS.WritableStream;
  /** Its reader writes the time and the level by itself, from this prefix of the line. */
  readonly prefix?: (level: LogLevel, wallMs: number) => string;
  /** What is written instead of the line; its reader has a clock, too. */
  readonly entry?: (record: LogRecord, line: string) => string;
}

export interface LoggerOptions {
  /** Less urgent records are dropped. Default: info. */
  readonly level?: LogLevel;
  /** Default: text. A function is asked for every line. */
  readonly format?: LogFormat | (() => LogFormat);
  /** Default: standard error. */
  readonly stream?: NodeJS.WritableStream;
  /** Instead of the stream. */
  readonly outputs?: readonly LogOutput[];
  readonly clock?: Clock;
}

export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', format = 'text', stream = process.stderr, clock = systemClock } = options;
  const { outputs = [{ stream }] } = options;
  const formatNow = typeof format === 'function' ? format : () => format;
  const backend = winston.createLogger({
    levels,
    level,
    transports: outputs.map(
      (output) =>
        new winston.transports.Stream({
          stream: output.stream,
          eol: '\n',
          format: winston.format.printf(({ record }) =>
            render(record as LogRecord, output, { format: formatNow(), wallMs: clock.wallMs() }),
          ),
        }),
    ),
  });
  return loggerTo((record) => backend.log({ level: record.level, message: record.message, record }));
}

function render(
  record: LogRecord,
  { entry, prefix }: LogOutput,
  { format, wallMs }: { readonly format: LogFormat; readonly wallMs: number },
): string {
  const time = localTime(wallMs);
  if (prefix === undefined && entry === undefined)
    return format === 'json'
      ? renderJson(record, time)
      : renderText([time, record.level, record.message], record);
  const text = format === 'json' ? renderJson(record, time) : renderText([record.message], record);
  return entry === undefined ? `${prefix?.(record.level, wallMs)}${text}` : entry(record, text);
}

function renderText(words: readonly string[], { fields = {} }: LogRecord): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  return oneLine([...words, ...pairs].join(' '));
}

function renderJson({ about = {}, fields = {}, level, message }: LogRecord, time: string): string {
  return JSON.stringify({ ...about, ...fields, time, level, message });
}

/** Text from outside must not forge a line or drive a terminal: control characters are written as \xNN. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
