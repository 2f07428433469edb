/**
 * Hands on what the virtual routers and the director tell to scripts, FIFOs and mail; nothing is loaded where nobody
 * is to be told.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config, NotifyConfig } from '../config/model.ts';
import { scriptsOf } from '../director/notification.ts';
import type { NotificationEvent } from '../notify/event.ts';
import type { Notifier, NotifierConfig } from '../notify/notifier.ts';

export type MakeNotifier = (config: NotifierConfig, security: boolean) => Promise<Notifier>;

export class Notifications {
  readonly #make: MakeNotifier;
  #notifier: Notifier | undefined;
  #config: NotifierConfig | undefined;
  #stopped = false;

  constructor(make: MakeNotifier) {
    this.#make = make;
  }

  /** To be called before the virtual routers get the same configuration. */
  async configure(config: Config): Promise<void> {
    const { mail, routerId, vrrp } = config.global;
    const wanted = { fifos: vrrp.fifos, mail, ...(routerId === undefined ? {} : { routerId }) };
    const notifies = [...config.vrrpInstances, ...config.vrrpSyncGroups].map(({ notify }) => notify);
    if (this.#notifier !== undefined && isDeepStrictEqual(wanted, this.#config)) return;
    const scripts = scriptsOf(config.virtualServers);
    if (scripts.length === 0 && !tellsSomebody(wanted, notifies)) return;
    const before = this.#notifier;
    const next = await this.#make(wanted, vrrp.scriptSecurity);
    await before?.stop();
    if (this.#stopped) return;
    this.#notifier = next;
    this.#config = wanted;
    next.start(notifies, scripts);
  }

  tell(event: NotificationEvent): void {
    this.#notifier?.notify(event);
  }

  /** Waits a second at most for the scripts of STOP. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#notifier?.stop();
    this.#notifier = undefined;
  }
}

function tellsSomebody({ fifos, mail }: NotifierConfig, notifies: readonly NotifyConfig[]): boolean {
  if (fifos.length > 0 || mail.to.length > 0) return true;
  return notifies.some(({ mail: _mail, priorityChanges: _changes, sayDeleted: _said, ...scripts }) =>
    Object.values(scripts).some((script) => script !== undefined),
  );
}
