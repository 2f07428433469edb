import { EventEmitter } from 'node:events';
import { SessionBoard } from '../../src/base/sessions.ts';
import type { Sysctl } from '../../src/host/sysctl.ts';
import type { VrrpThread } from '../../src/vrrp/client.ts';
import type { TrackShell } from '../../src/vrrp/instances.ts';
import type { FromVrrpWorker, ToVrrpWorker } from '../../src/vrrp/messages.ts';
import { VrrpService } from '../../src/vrrp/service.ts';
import type { FakeClock } from './fake_clock.ts';
import type { FakeHost } from './fake_host.ts';

/** Nothing is run, no process is found. */
export const noTracking: TrackShell = {
  spawn: () => {
    throw new Error('No script is run here');
  },
  prepare: () => () => ({ kind: 'refused', text: 'no script is run here' }),
  processes: { allNow: () => [], all: () => Promise.resolve([]), runs: () => false },
  sessions: new SessionBoard(),
};

export const noSysctl: Sysctl = { read: () => '0', write: () => undefined };

/** Longer than any master of these tests waits for a successor that does not come. */
const SUCCESSOR_MS = 1_000;

/** The VRRP worker without a thread: answers in a later turn, as a thread would. */
export class FakeVrrpWorker extends EventEmitter implements VrrpThread {
  readonly #clock: FakeClock;
  readonly #service: VrrpService;

  constructor(host: FakeHost, clock: FakeClock) {
    super();
    this.#clock = clock;
    const addon = host.addon();
    this.#service = new VrrpService({
      addon: () => addon,
      openSocket: (options, listener) => new addon.VrrpSocket(options, listener),
      clock,
      uptimeMs: () => 0,
      sysctl: noSysctl,
      track: noTracking,
      post: (message: FromVrrpWorker) => void this.emit('message', message),
    });
  }

  postMessage(message: ToVrrpWorker): void {
    queueMicrotask(() => {
      try {
        this.#service.answer(message);
      } catch (error) {
        this.emit('error', error);
        this.emit('exit');
      }
      if (message.kind === 'stop') this.#clock.advance(SUCCESSOR_MS);
    });
  }

  terminate(): Promise<void> {
    return Promise.resolve();
  }
}
