/** What the BFD worker does, whatever thread it runs in: answers messages, and tells what becomes of sessions. */
import type { Addon } from '../addon/addon.ts';
import { threadScheduling } from '../addon/scheduling.ts';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { forwardingLogger } from '../base/forward_log.ts';
import type { Random } from '../base/random.ts';
import type { SessionChannel } from '../base/sessions.ts';
import type { ThreadSchedulingConfig } from '../config/model.ts';
import type { FromBfdWorker, ToBfdWorker } from './messages.ts';
import { Sessions } from './sessions.ts';

export interface BfdServiceShell {
  readonly addon: () => Pick<Addon, 'BfdReceiver' | 'BfdSender' | 'setThreadScheduling'>;
  readonly clock: Clock;
  readonly random: Random;
  /** To the threads that act on sessions. */
  readonly channel: SessionChannel;
  readonly post: (message: FromBfdWorker) => void;
}

export class BfdService {
  readonly #shell: BfdServiceShell;
  readonly #sessions: Sessions;
  #scheduled = false;
  /** Before that nothing is known: what others were told by a worker that died still holds. */
  #configured = false;

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
        this.#configured = true;
        this.#schedule(message.scheduling);
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

  /** Of this thread; what the kernel refuses is said, and the sessions go on without it. */
  #schedule(wanted: ThreadSchedulingConfig | undefined): void {
    if (wanted === undefined && !this.#scheduled) return;
    this.#scheduled = true;
    try {
      this.#shell.addon().setThreadScheduling(threadScheduling(wanted ?? {}));
    } catch (error) {
      const message = `BFD runs at ordinary priority: ${reasonOf(error)}`;
      this.#shell.post({ kind: 'log', record: { level: 'warn', message } });
    }
  }

  #tell(): void {
    if (!this.#configured) return;
    const states = this.#sessions.states();
    this.#shell.channel.post({ say: 'states', states });
    this.#shell.post({ kind: 'states', states });
  }
}
