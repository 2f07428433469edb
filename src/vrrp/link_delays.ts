/** interface_up_down_delays: that an interface is down, or up again, counts when it has lasted for a while. */
import type { HostEvent, Link } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { LinkDelayConfig } from '../config/model.ts';

type LinkEvent = Extract<HostEvent, { kind: 'link' }>;

interface Pending {
  event: LinkEvent;
  readonly timer: Timer;
}

export class LinkDelays {
  readonly #clock: Clock;
  readonly #deliver: (events: readonly HostEvent[]) => void;
  #delays = new Map<string, LinkDelayConfig>();
  /** By index: as it counts at present. */
  readonly #counts = new Map<number, boolean>();
  readonly #pending = new Map<number, Pending>();

  /** `deliver`: gets what has waited long enough. */
  constructor(clock: Clock, deliver: (events: readonly HostEvent[]) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** `links`: of the host now, asked for where there is something to delay. A change that waits goes on waiting. */
  configure(delays: readonly LinkDelayConfig[], links: () => readonly Link[]): void {
    this.#delays = new Map(delays.map((one) => [one.interface, one]));
    if (delays.length === 0) return;
    for (const link of links())
      if (this.#delays.has(link.name) && !this.#counts.has(link.index))
        this.#counts.set(link.index, isUp(link));
  }

  /** What counts now; of a link whose change has to last, the rest of what was reported. */
  take(events: readonly HostEvent[]): readonly HostEvent[] {
    if (this.#delays.size === 0 && this.#pending.size === 0) return events;
    return events.map((event) => {
      if (event.kind === 'link') return this.#takeLink(event);
      if (event.kind === 'overrun') this.close();
      return event;
    });
  }

  close(): void {
    for (const { timer } of this.#pending.values()) timer.cancel();
    this.#pending.clear();
    this.#counts.clear();
  }

  #takeLink(event: LinkEvent): LinkEvent {
    const { index, name, removed } = event;
    const delay = this.#delays.get(name);
    const counts = this.#counts.get(index);
    const up = isUp(event);
    const delayMs = delay === undefined ? 0 : up ? delay.upMs : delay.downMs;
    if (removed || counts === undefined || counts === up || delayMs === 0) {
      this.#settle(index);
      if (removed) this.#counts.delete(index);
      else if (delay !== undefined) this.#counts.set(index, up);
      return event;
    }
    const pending = this.#pending.get(index);
    if (pending !== undefined) pending.event = event;
    else this.#pending.set(index, { event, timer: this.#clock.setTimer(delayMs, () => this.#lasted(index)) });
    return counts ? { ...event, up: true, running: true } : { ...event, running: false };
  }

  #lasted(index: number): void {
    const event = this.#pending.get(index)?.event;
    this.#pending.delete(index);
    if (event === undefined) return;
    this.#counts.set(index, isUp(event));
    this.#deliver([event]);
  }

  #settle(index: number): void {
    this.#pending.get(index)?.timer.cancel();
    this.#pending.delete(index);
  }
}

function isUp({ up, running }: Pick<Link, 'up' | 'running'>): boolean {
  return up && running;
}
