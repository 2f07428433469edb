/** Log lines that can come with every packet, written once a minute at most. */
import type { Clock } from '../base/clock.ts';
import type { LogFields, Logger } from '../base/log.ts';

const ONCE_IN_MS = 60_000;

export interface LogAction {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  readonly limit?: string;
  readonly about?: LogFields;
}

export class LimitedLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #said = new Map<string, { sinceMs: number; suppressed: number }>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `limit` names the kind of line; without it the line is always written. */
  say(level: 'info' | 'warn' | 'error', text: string, limit?: string): void {
    this.carry({ level, text, ...(limit === undefined ? {} : { limit }) });
  }

  /** As `say`, with what the journal has besides. */
  carry({ about, level, limit, text }: LogAction): void {
    if (limit === undefined) {
      if (about === undefined) this.#log[level](text);
      else this.#log[level](text, undefined, about);
      return;
    }
    const nowMs = this.#clock.nowMs();
    const last = this.#said.get(limit);
    if (last !== undefined && nowMs - last.sinceMs < ONCE_IN_MS) {
      last.suppressed++;
      return;
    }
    this.#said.set(limit, { sinceMs: nowMs, suppressed: 0 });
    const more = last?.suppressed ?? 0;
    this.#log[level](more === 0 ? text : `${text} (and ${more} more of the kind meanwhile)`);
  }
}
