/** The signals of `xlb run`, from the first moment on: one that comes during start-up is not lost. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';

/**
 * What hangs a graceful stop is ended within this: successors are waited for 3 s, then notify scripts and readers
 * end within 1.5 s. What the configuration allows besides is added.
 */
const STOP_DEADLINE_MS = 5_000;

type StopSignal = 'SIGTERM' | 'SIGINT';

export class Signals {
  /** Someone wants an end. */
  readonly stop: Promise<void>;
  /** The patience is over: a second signal came, or the deadline passed. Says which. */
  readonly force: Promise<string>;
  readonly #source: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  readonly #handlers: readonly (readonly [NodeJS.Signals, () => void])[];
  #reload: (() => void) | undefined;
  #reloadAsked = false;
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
    const onDump = (signal: string): void =>
      log.info(`${signal}: not yet: nothing is dumped; xlb status shows the state`);
    this.stop = new Promise((resolve) => {
      stop = resolve;
    });
    this.force = new Promise((resolve) => {
      force = resolve;
    });
    this.#source = source;
    this.#handlers = [
      ['SIGTERM', () => onStop('SIGTERM')],
      ['SIGINT', () => onStop('SIGINT')],
      ['SIGHUP', () => this.#hangup()],
      ['SIGUSR1', () => onDump('SIGUSR1')],
      ['SIGUSR2', () => onDump('SIGUSR2')],
    ];
    for (const [signal, handler] of this.#handlers) source.on(signal, handler);
  }

  /** Called at each SIGHUP from now on, and now where one came before. */
  onReload(reload: () => void): void {
    this.#reload = reload;
    if (this.#reloadAsked) reload();
  }

  /** How much longer a stop may take, asked when it begins. */
  allow(furtherMs: () => number): void {
    this.#furtherMs = furtherMs;
  }

  close(): void {
    for (const [signal, handler] of this.#handlers) this.#source.off(signal, handler);
  }

  #hangup(): void {
    if (this.#reload === undefined) this.#reloadAsked = true;
    else this.#reload();
  }
}
