/** What the BFD worker does, whatever thread it runs in: answers messages, and tells what becomes of sessions. */
import type { Addon } from '../addon/addon.ts';
import type { Clock } from '../base/clock.ts';
import { forwardingLogger } from '../base/forward_log.ts';
import type { Random } from '../base/random.ts';
import type { SessionChannel } from '../base/sessions.ts';
import type { FromBfdWorker, ToBfdWorker } from './messages.ts';
import { Sessions } from './sessions.ts';

export interface BfdServiceShell {
  readonly addon: () => Pick<Addon, 'BfdReceiver' | 'BfdSender'>;
  readonly clock: Clock;
  readonly random: Random;
  /** To the threads that act on sessions. */
  readonly channel: SessionChannel;
  readonly post: (message: FromBfdWorker) => void;
}

export class BfdService {
  readonly #shell: BfdServiceShell;
  readonly #sessions: Sessions;

  constructor(shell: BfdServiceShell) {
    const { addon, channel, clock, post, random } = shell;
    this.#shell = shell;
    this.#sessions = new Sessions({
      clock,
      random,
      log: forwardingLogger((record) => post({ kind: 'log', record })),
      openReceiver: (options, listener) => new (addon().BfdReceiver)(options, listener),
      openSender: (options) => new (addon().BfdSender)(options),
      changed: () => this.#tell(),
    });
    channel.listen((message) => {
      if (message.say === 'which') this.#tell();
    });
  }

  answer(message: ToBfdWorker): void {
    const { channel, post } = this.#shell;
    switch (message.kind) {
      case 'configure':
        this.#sessions.configure(message.instances, message.wereUp);
        break;
      case 'read':
        post({ kind: 'status', request: message.request, sessions: this.#sessions.status() });
        break;
      case 'stop':
        this.#sessions.stop();
        channel.close();
        post({ kind: 'stopped' });
        break;
    }
  }

  #tell(): void {
    const states = this.#sessions.states();
    this.#shell.channel.post({ say: 'states', states });
    this.#shell.post({ kind: 'states', states });
  }
}
