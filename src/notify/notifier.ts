/** Tells everybody who wants to know: scripts, FIFOs, mail, in keepalived's order. Never throws, never waits. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Spawn } from '../base/script/program.ts';
import type { PrepareScript } from '../base/script/script.ts';
import type { FifoConfig, MailConfig, NotifyConfig, ScriptConfig } from '../config/model.ts';
import { fifoLine, fifosOf, type NotificationEvent, receiverOf, scriptCalls } from './event.ts';
import { NotifyFifo } from './fifo.ts';
import { Mail, type SendMail } from './mail.ts';
import { NotifyScripts } from './scripts.ts';

export interface NotifierConfig {
  readonly fifos: readonly FifoConfig[];
  readonly mail: MailConfig;
  /** router_id; absent: the host's name. */
  readonly routerId?: string;
}

export interface NotifierShell {
  readonly spawn: Spawn;
  readonly prepare: PrepareScript;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sendMail: SendMail;
}

/** Since the notifier was started. */
export interface Lost {
  readonly mails: number;
  /** By path. */
  readonly fifoLines: Readonly<Record<string, number>>;
}

/** keepalived waits so long for the scripts of STOP. */
const STOP_WAIT_MS = 1000;

export class Notifier {
  readonly #scripts: NotifyScripts;
  readonly #fifos: readonly NotifyFifo[];
  readonly #mail: Mail;
  readonly #clock: Clock;

  constructor({ fifos, mail, routerId }: NotifierConfig, shell: NotifierShell) {
    this.#scripts = new NotifyScripts(shell);
    this.#fifos = fifos.map((config) => new NotifyFifo(config, shell));
    this.#mail = new Mail(mail, routerId, { log: shell.log, send: shell.sendMail });
    this.#clock = shell.clock;
  }

  /** Opens the FIFOs and starts their readers; looks at the scripts that are to be run later. */
  start(notifies: readonly NotifyConfig[], scripts: readonly ScriptConfig[] = []): void {
    for (const fifo of this.#fifos) fifo.start();
    this.look(notifies, scripts);
  }

  /** At those scripts, again: a reload may have others, and what was wrong may be mended. */
  look(notifies: readonly NotifyConfig[], scripts: readonly ScriptConfig[] = []): void {
    this.#scripts.forget();
    for (const script of [...notifies.flatMap(scriptsOf), ...scripts]) this.#scripts.check(script);
  }

  notify(event: NotificationEvent): void {
    this.#scripts.run(receiverOf(event), scriptCalls(event));
    const line = fifoLine(event);
    if (line !== undefined)
      for (const fifo of this.#fifos) if (fifo.of === 'all' || fifo.of === fifosOf(event)) fifo.write(line);
    this.#mail.tell(event);
  }

  /** For status. */
  dropped(): Lost {
    const fifoLines = Object.fromEntries(this.#fifos.map(({ path, dropped }) => [path, dropped]));
    return { mails: this.#mail.dropped, fifoLines };
  }

  /** After the events of STOP: ends readers, and scripts that are not done in a second. Half a second more at most. */
  async stop(): Promise<void> {
    await Promise.all([
      this.#scripts.stop(STOP_WAIT_MS),
      this.#atMost(STOP_WAIT_MS, this.#mail.idle()),
      ...this.#fifos.map((fifo) => fifo.stop()),
    ]);
  }

  #atMost(ms: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(ms, resolve);
      void promise.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function scriptsOf({ master, backup, fault, stop, deleted, masterReceivesLowerPriority, any }: NotifyConfig) {
  return [master, backup, fault, stop, deleted, masterReceivesLowerPriority, any].filter(
    (script) => script !== undefined,
  );
}
