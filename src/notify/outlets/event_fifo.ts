/** Events as lines into a named pipe; made where there is none. What does not fit into the pipe waits for a reader. */
import type { Logger } from '../../base/log.ts';
import { type FifoShell, NotifyFifo } from '../fifo.ts';
import { MOST_WAITING, type Outlet } from './outlet.ts';

/** PIPE_BUF: up to it a line goes as a whole or not at all (pipe(7)). */
const LONGEST_LINE = 4096;

/** Nobody is started to read it. */
function noScript(): never {
  throw new Error('A FIFO of events has no script');
}

export class EventFifo implements Outlet {
  readonly name: string;
  readonly #fifo: NotifyFifo;
  readonly #log: Logger;
  #tooLong = 0;

  constructor(path: string, shell: Pick<FifoShell, 'clock' | 'log'>) {
    this.name = `fifo:${path}`;
    this.#log = shell.log;
    this.#fifo = new NotifyFifo(
      { of: 'all', path, span: { file: '', line: 1, column: 1, length: 0 } },
      { ...shell, spawn: noScript, prepare: noScript, mostWaiting: MOST_WAITING },
    );
    this.#fifo.start();
  }

  get lost(): number {
    return this.#fifo.dropped + this.#tooLong;
  }

  write(json: string): void {
    const bytes = Buffer.byteLength(json);
    if (bytes < LONGEST_LINE) {
      this.#fifo.write(json);
      return;
    }
    if (this.#tooLong === 0)
      this.#log.warn(
        `Event of ${bytes} bytes is not written to ${this.name}: only less than ${LONGEST_LINE} go as a whole; ` +
          'such events are lost, a file or a webhook takes them',
      );
    this.#tooLong += 1;
  }

  stop(): Promise<void> {
    return this.#fifo.stop();
  }
}
