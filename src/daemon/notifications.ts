/**
 * Hands on what the virtual routers and the director tell to scripts, FIFOs and mail; nothing is loaded where nobody
 * is to be told.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config, NotifyConfig } from '../config/model.ts';
import { scriptsOf } from '../director/notification.ts';
import type { NotificationEvent } from '../notify/event.ts';
import type { Lost, Notifier, NotifierConfig } from '../notify/notifier.ts';

export type MakeNotifier = (
  config: NotifierConfig,
  security: boolean,
) => Promise<Pick<Notifier, 'start' | 'look' | 'notify' | 'dropped' | 'stop'>>;

interface Wanted {
  readonly config: NotifierConfig;
  readonly security: boolean;
}

export class Notifications {
  readonly #make: MakeNotifier;
  #notifier: Awaited<ReturnType<MakeNotifier>> | undefined;
  #wanted: Wanted | undefined;
  /** While one notifier follows another: what happened meanwhile, for the next. */
  #waiting: NotificationEvent[] | undefined;
  #changing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(make: MakeNotifier) {
    this.#make = make;
  }

  /** To be called before the virtual routers get the same configuration. */
  configure(config: Config): Promise<void> {
    this.#changing = this.#change(config);
    return this.#changing;
  }

  tell(event: NotificationEvent): void {
    if (this.#waiting === undefined) this.#notifier?.notify(event);
    else this.#waiting.push(event);
  }

  /** What was lost, where somebody is told. */
  lost(): Lost | undefined {
    return this.#notifier?.dropped();
  }

  /** Waits a second at most for the scripts of STOP. */
  async stop(): Promise<void> {
    this.#stopped = true;
    // What fails in it is said by who asked for it.
    await this.#changing.catch(() => undefined);
    await this.#notifier?.stop();
    this.#notifier = undefined;
  }

  async #change({ global, virtualServers, vrrpInstances, vrrpSyncGroups }: Config): Promise<void> {
    if (this.#stopped) return;
    const { mail, routerId, vrrp } = global;
    const config = { fifos: vrrp.fifos, mail, ...(routerId === undefined ? {} : { routerId }) };
    const wanted: Wanted = { config, security: vrrp.scriptSecurity };
    const notifies = [...vrrpInstances, ...vrrpSyncGroups].map(({ notify }) => notify);
    const scripts = scriptsOf(virtualServers);
    const before = this.#notifier;
    if (before !== undefined && isDeepStrictEqual(wanted, this.#wanted)) {
      before.look(notifies, scripts);
      return;
    }
    // Where there was one, another follows it even where nobody is to be told: instances that go have scripts still.
    if (before === undefined && scripts.length === 0 && !tellsSomebody(config, notifies)) return;
    const next = await this.#make(config, vrrp.scriptSecurity);
    if (this.#stopped) return;
    this.#waiting = [];
    await before?.stop();
    this.#notifier = next;
    this.#wanted = wanted;
    next.start(notifies, scripts);
    const missed = this.#waiting;
    this.#waiting = undefined;
    for (const event of missed) next.notify(event);
  }
}

function tellsSomebody({ fifos, mail }: NotifierConfig, notifies: readonly NotifyConfig[]): boolean {
  if (fifos.length > 0 || mail.to.length > 0) return true;
  return notifies.some(({ mail: _mail, priorityChanges: _changes, sayDeleted: _said, ...scripts }) =>
    Object.values(scripts).some((script) => script !== undefined),
  );
}
