/** The signals of `xlb run`, from the first moment on: one that comes during start-up is not lost. */
import type { SignalWatch } from '../addon/addon.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { DumpOrder } from './dump/dumps.ts';
import { signalNumbers } from './signal_numbers.ts';

/**
 * What hangs a graceful stop is ended within this: successors are waited for 3 s, then notify scripts and readers
 * end within 1.5 s. What the configuration allows besides is added.
 */
const STOP_DEADLINE_MS = 5_000;

type StopSignal = 'SIGTERM' | 'SIGINT';

/** Those that Node cannot listen to: the addon does, once it is loaded. */
export type WatchSignals = (
  numbers: readonly number[],
  onSignal: (number: number) => void,
) => Pick<SignalWatch, 'close'>;

export class Signals {
  /** Someone wants an end. */
  readonly stop: Promise<void>;
  /** The patience is over: a second signal came, or the deadline passed. Says which. */
  readonly force: Promise<string>;
  readonly #source: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  readonly #handlers: readonly (readonly [NodeJS.Signals, () => void])[];
  readonly #log: Logger;
  #reload: (() => void) | undefined;
  #reloadAsked = false;
  #dump: ((order: DumpOrder) => void) | undefined;
  #watch: Pick<SignalWatch, 'close'> | undefined;
  #furtherMs: () => number = () => 0;

  constructor(
    source: Pick<NodeJS.EventEmitter, 'on' | 'off'>,
    { clock, log }: { readonly clock: Clock; readonly log: Logger },
  ) {
    let stop: () => void = () => undefined;
    let force: (why: string) => void = () => undefined;
    let asked = false;
    const onStop = (signal: StopSignal): void => {
      if (asked) {
        force(`${signal} came again`);
        return;
      }
      asked = true;
      stop();
      const deadlineMs = STOP_DEADLINE_MS + this.#furtherMs();
      clock.setTimer(deadlineMs, () => force(`not done after ${deadlineMs / 1000} s`));
    };
    this.stop = new Promise((resolve) => {
      stop = resolve;
    });
    this.force = new Promise((resolve) => {
      force = resolve;
    });
    this.#source = source;
    this.#log = log;
    this.#handlers = [
      ['SIGTERM', () => onStop('SIGTERM')],
      ['SIGINT', () => onStop('SIGINT')],
      ['SIGHUP', () => this.#hangup()],
      ['SIGUSR1', () => this.#dumpAsked('DATA')],
      ['SIGUSR2', () => this.#dumpAsked('STATS')],
    ];
    for (const [signal, handler] of this.#handlers) source.on(signal, handler);
  }

  /** Called at each SIGHUP from now on, and now where one came before. */
  onReload(reload: () => void): void {
    this.#reload = reload;
    if (this.#reloadAsked) reload();
  }

  /** Called at each signal that asks for a dump, from now on; the real-time ones are listened to from now on. */
  onDump(dump: (order: DumpOrder) => void, watch: WatchSignals): void {
    this.#dump = dump;
    const { JSON: json, STATS_CLEAR: clear } = signalNumbers;
    this.#watch = watch([json, clear], (number) => this.#dumpAsked(number === json ? 'JSON' : 'STATS_CLEAR'));
  }

  /** How much longer a stop may take, asked when it begins. */
  allow(furtherMs: () => number): void {
    this.#furtherMs = furtherMs;
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    for (const [signal, handler] of this.#handlers) this.#source.off(signal, handler);
  }

  /** Before there is anything to dump nothing is. */
  #dumpAsked(order: DumpOrder): void {
    if (this.#dump === undefined) this.#log.info('Nothing is dumped yet: xlb is being started');
    else this.#dump(order);
  }

  #hangup(): void {
    if (this.#reload === undefined) this.#reloadAsked = true;
    else this.#reload();
  }
}
