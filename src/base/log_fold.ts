/**
 * Lines that repeat, folded: the first ones of a minute are written as they come, of more there is one line at its end
 * that says how many. A fault that speaks a thousand times a second so fills no disk and hides no other line. Notices
 * are not folded: they are what somebody waits for; nor events: the last of a role or a check must be how it is.
 */
import type { Clock, Timer } from './clock.ts';
import type { LogRecord } from './forward_log.ts';

export const FOLD_MS = 60_000;
/** Of the same line, as they are. */
export const WRITTEN_FIRST = 10;
/** Different lines that are remembered. */
const MOST_KNOWN = 1_000;

export interface LogFoldOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  readonly write: (record: LogRecord) => void;
}

interface Repeated {
  readonly record: LogRecord;
  readonly sinceMs: number;
  count: number;
  timer: Timer | undefined;
}

export class LogFold {
  readonly #options: LogFoldOptions;
  /** In the order of their first ones. */
  readonly #known = new Map<string, Repeated>();

  constructor(options: LogFoldOptions) {
    this.#options = options;
  }

  take(record: LogRecord): void {
    const { clock, write } = this.#options;
    if (record.level === 'notice' || record.about?.['event'] !== undefined) {
      write(record);
      return;
    }
    const key = JSON.stringify([record.level, record.message, record.fields]);
    const known = this.#current(key) ?? this.#remember(key, record);
    known.count += 1;
    if (known.count <= WRITTEN_FIRST) {
      write(record);
      return;
    }
    const remainingMs = Math.max(0, known.sinceMs + FOLD_MS - clock.nowMs());
    known.timer ??= clock.setTimer(remainingMs, () => this.#close(key, known));
  }

  /** At the end: says at once what is still to be said. */
  flush(): void {
    for (const [key, known] of [...this.#known]) this.#close(key, known);
  }

  /** Undefined where its minute is over. */
  #current(key: string): Repeated | undefined {
    const known = this.#known.get(key);
    if (known === undefined || this.#options.clock.nowMs() - known.sinceMs < FOLD_MS) return known;
    this.#close(key, known);
    return undefined;
  }

  #remember(key: string, record: LogRecord): Repeated {
    const [oldest] = this.#known;
    if (this.#known.size >= MOST_KNOWN && oldest !== undefined) this.#close(...oldest);
    const made: Repeated = { record, sinceMs: this.#options.clock.nowMs(), count: 0, timer: undefined };
    this.#known.set(key, made);
    return made;
  }

  #close(key: string, { count, record, sinceMs, timer }: Repeated): void {
    this.#known.delete(key);
    timer?.cancel();
    const folded = count - WRITTEN_FIRST;
    if (folded <= 0) return;
    const seconds = Math.max(1, Math.round((this.#options.clock.nowMs() - sinceMs) / 1000));
    const more = `${folded} time${folded === 1 ? '' : 's'} more`;
    this.#options.write({ ...record, message: `${record.message} (the same ${more} in ${seconds} s)` });
  }
}
