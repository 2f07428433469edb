import { EventEmitter } from 'node:events';
import type { Clock } from '../../src/base/clock.ts';
import type { WorkerThread } from '../../src/dataplane/client.ts';
import { Dataplane } from '../../src/dataplane/dataplane.ts';
import type { FromWorker, ToWorker } from '../../src/dataplane/messages.ts';
import { type KnownWish, unpackWish } from '../../src/dataplane/wish.ts';
import type { FakeHost } from './fake_host.ts';

/** The dataplane worker without a thread: answers in a later turn, as a thread would. */
export class FakeDataplaneWorker extends EventEmitter implements WorkerThread {
  readonly #host: FakeHost;
  readonly #clock: Clock;
  #dataplane: Dataplane | undefined;
  #wish: KnownWish | undefined;

  constructor(host: FakeHost, clock: Clock) {
    super();
    this.#host = host;
    this.#clock = clock;
  }

  postMessage(message: ToWorker): void {
    if (this.#host.hangsAt === message.kind) return;
    queueMicrotask(() => this.emit('message', this.#answer(message)));
  }

  terminate(): Promise<void> {
    return Promise.resolve();
  }

  #answer(message: ToWorker): FromWorker {
    if (message.kind === 'open') {
      const log = (level: 'info' | 'warn', text: string): void =>
        void this.emit('message', { kind: 'log', level, message: text });
      const tell = (news: FromWorker): void => void this.emit('message', news);
      this.#dataplane = new Dataplane(this.#host.addon(), message, { clock: this.#clock, log, tell });
      return { kind: 'opened', ...this.#dataplane.opened };
    }
    if (this.#dataplane === undefined) return { kind: 'failed', message: 'not opened' };
    switch (message.kind) {
      case 'want':
        this.#wish = { revision: message.revision, wanted: unpackWish(message.wanted, this.#wish) };
        return { kind: 'applied', revision: message.revision, ...this.#dataplane.want(this.#wish.wanted) };
      case 'read':
        return { kind: 'state', request: message.request, state: this.#dataplane.state() };
      case 'ask':
        return {
          kind: 'reply',
          request: message.request,
          reply: this.#dataplane.answer(message.question),
        };
      case 'stop':
        return { kind: 'stopped', problems: this.#dataplane.stop() };
    }
  }
}
