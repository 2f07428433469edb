/**
 * Counts the processes of one vrrp_track_process. The kernel tells of new and ended processes only through a
 * connector that a director in a container does not have; so /proc is looked at: the processes that are known often,
 * for their end is what matters, and all of them now and then.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { TrackProcessConfig } from '../config/model.ts';
import { hasQuorum, matchesProcess, needsWords } from './process_match.ts';
import type { FoundProcess, Processes } from './processes.ts';
import type { OnChange, Tracker } from './tracker.ts';

export interface TrackProcessShell {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: OnChange<'up' | 'down'>;
}

/** An ended process is noticed within this. */
const LOOK_MS = 50;
/** A new one within this, and what it takes to read /proc. */
const SCAN_MS = 500;

export class TrackProcess implements Tracker<'up' | 'down'> {
  readonly #config: TrackProcessConfig;
  readonly #shell: TrackProcessShell;
  #known: readonly FoundProcess[] = [];
  #value: 'up' | 'down' = 'down';
  #stopped = false;
  #sinceScanMs = 0;
  #look: Timer | undefined;
  /** fork_delay or terminate_delay: the quorum has changed, and may change back. */
  #delay: Timer | undefined;

  constructor(config: TrackProcessConfig, shell: TrackProcessShell) {
    this.#config = config;
    this.#shell = shell;
  }

  get name(): string {
    return this.#config.name;
  }

  get value(): 'up' | 'down' {
    return this.#value;
  }

  start(): void {
    this.#known = this.#matching(this.#shell.processes.allNow(needsWords(this.#config)));
    this.#value = this.#wanted();
    this.#lookLater();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#look?.cancel();
    this.#delay?.cancel();
    return Promise.resolve();
  }

  #lookLater(): void {
    if (this.#stopped) return;
    this.#look = this.#shell.clock.setTimer(LOOK_MS, () => {
      this.#sinceScanMs += LOOK_MS;
      if (this.#sinceScanMs >= SCAN_MS) void this.#scan();
      else this.#keep(this.#known.filter((process) => this.#shell.processes.runs(process)));
      if (this.#sinceScanMs < SCAN_MS) this.#lookLater();
    });
  }

  async #scan(): Promise<void> {
    const all = await this.#shell.processes.all(needsWords(this.#config)).catch(() => undefined);
    if (this.#stopped) return;
    this.#sinceScanMs = 0;
    if (all !== undefined) this.#keep(this.#matching(all));
    this.#lookLater();
  }

  #matching(all: readonly FoundProcess[]): FoundProcess[] {
    return all.filter((process) => matchesProcess(this.#config, process));
  }

  #wanted(): 'up' | 'down' {
    return hasQuorum(this.#config, this.#known.length) ? 'up' : 'down';
  }

  #keep(known: readonly FoundProcess[]): void {
    const before = this.#known.length;
    this.#known = known;
    if (known.length === before) return;
    this.#shell.log.debug(
      `Process ${this.name}, number of current processes changed from ${before} to ${known.length}`,
    );
    if (this.#wanted() === this.#value) {
      this.#delay?.cancel();
      this.#delay = undefined;
      return;
    }
    if (this.#delay !== undefined) return;
    const { forkDelayMs, terminateDelayMs } = this.#config;
    const delayMs = known.length > before ? forkDelayMs : terminateDelayMs;
    if (delayMs === 0) this.#change();
    else this.#delay = this.#shell.clock.setTimer(delayMs, () => this.#change());
  }

  #change(): void {
    this.#delay = undefined;
    this.#value = this.#wanted();
    const word = this.#value === 'up' ? 'gained' : 'lost';
    this.#shell.log.info(`Quorum ${word} for tracked process ${this.name}`);
    this.#shell.onChange(this.#value);
  }
}
