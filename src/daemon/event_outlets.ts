/** Hands each event on to the outlets of xlb_events; nothing is loaded where there are none. */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { EventOutletConfig } from '../config/model.ts';
import type { Outlet } from '../notify/outlets/outlet.ts';
import type { EventLog } from './event_log.ts';

/** More than a webhook takes for its last events. */
const STOP_MS = 2_500;

export type MakeOutlet = (config: EventOutletConfig) => Promise<Outlet>;

export class EventOutlets {
  readonly #events: EventLog;
  readonly #make: MakeOutlet;
  readonly #clock: Pick<Clock, 'setTimer'>;
  #outlets: readonly { readonly config: EventOutletConfig; readonly outlet: Outlet }[] = [];
  #unsubscribe: (() => void) | undefined;
  #stopped = false;
  /** Of outlets that a reload took away: it does not wait for them. */
  #ending: Promise<unknown> = Promise.resolve();
  /** Of outlets that a reload took away: a counter does not fall. */
  readonly #lostBefore = new Map<string, number>();

  constructor(events: EventLog, make: MakeOutlet, clock: Pick<Clock, 'setTimer'>) {
    this.#events = events;
    this.#make = make;
    this.#clock = clock;
  }

  /** Those that stay keep what waits in them; those that go are given a moment, which nobody waits for. */
  async configure(wanted: readonly EventOutletConfig[]): Promise<void> {
    const before = this.#outlets;
    const kept = before.filter(({ config }) => wanted.some((one) => isDeepStrictEqual(one, config)));
    const next = await Promise.all(
      wanted.map(
        async (config) =>
          kept.find((one) => isDeepStrictEqual(one.config, config)) ?? {
            config,
            outlet: await this.#make(config),
          },
      ),
    );
    const gone = before.filter((one) => !next.includes(one));
    this.#outlets = next;
    if (this.#stopped) return this.stop();
    if (next.length > 0)
      this.#unsubscribe ??= this.#events.subscribe((event) => this.#tell(JSON.stringify(event)));
    for (const { outlet } of gone) this.#ending = Promise.all([this.#ending, this.#end(outlet)]);
  }

  /** By the outlet's name; none where there is no outlet. */
  lost(): Readonly<Record<string, number>> {
    const lost = new Map(this.#lostBefore);
    for (const { outlet } of this.#outlets) lost.set(outlet.name, (lost.get(outlet.name) ?? 0) + outlet.lost);
    return Object.fromEntries(lost);
  }

  /** After the last event. Does not wait for longer where a disk or a receiver hangs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    const outlets = this.#outlets;
    this.#outlets = [];
    const ended = Promise.all([this.#ending, ...outlets.map(({ outlet }) => this.#end(outlet))]);
    await new Promise<void>((resolve) => {
      const limit = this.#clock.setTimer(STOP_MS, resolve);
      void ended.then(() => {
        limit.cancel();
        resolve();
      });
    });
  }

  #tell(json: string): void {
    for (const { outlet } of this.#outlets) outlet.write(json);
  }

  async #end(outlet: Outlet): Promise<void> {
    await outlet.stop();
    this.#lostBefore.set(outlet.name, (this.#lostBefore.get(outlet.name) ?? 0) + outlet.lost);
  }
}
