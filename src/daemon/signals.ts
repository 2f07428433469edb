/** The signals of `xlb run`, from the first moment on: one that comes during start-up is not lost. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';

/** The end of a graceful stop takes well under a second; what takes longer hangs. */
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
      clock.setTimer(STOP_DEADLINE_MS, () => force(`not done after ${STOP_DEADLINE_MS / 1000} s`));
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

  close(): void {
    for (const [signal, handler] of this.#handlers) this.#source.off(signal, handler);
  }

  #hangup(): void {
    if (this.#reload === undefined) this.#reloadAsked = true;
    else this.#reload();
  }
}
