/** What a logger is, and one for threads that only post their records: without the library that writes. */

/** syslog's names, the most urgent first. */
export const levels = { error: 0, warn: 1, notice: 2, info: 3, debug: 4 } as const;

export type LogLevel = keyof typeof levels;
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
/** `about`: what an entry of the journal, or JSON, has besides; a line of text leaves it out. */
export type Logger = {
  readonly [Level in LogLevel]: (message: string, fields?: LogFields, about?: LogFields) => void;
};

/** What a worker posts to the main thread. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields;
  /** Names for programs, which the message says already: event, virtual_server. */
  readonly about?: LogFields;
}

/** A logger for a worker thread: hands every record at or above `level` to `post`. */
export function forwardingLogger(post: (record: LogRecord) => void, level: LogLevel = 'debug'): Logger {
  return loggerTo((record) => {
    if (levels[record.level] <= levels[level]) post(record);
  });
}

/** Writes what a worker posted. */
export function replay(logger: Logger, record: LogRecord): void {
  logger[record.level](record.message, record.fields, record.about);
}

export function loggerTo(write: (record: LogRecord) => void): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields, about?: LogFields) =>
    write({
      level,
      message,
      ...(fields === undefined ? {} : { fields }),
      ...(about === undefined ? {} : { about }),
    });
  return { error: at('error'), warn: at('warn'), notice: at('notice'), info: at('info'), debug: at('debug') };
}
