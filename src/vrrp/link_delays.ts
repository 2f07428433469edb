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
    const now = delays.length === 0 ? [] : links().filter(({ name }) => this.#delays.has(name));
    // What is not delayed is not followed: delayed again later, it would count as it was at this time.
    for (const index of this.#counts.keys())
      if (!this.#pending.has(index) && !now.some((link) => link.index === index)) this.#counts.delete(index);
    for (const link of now) if (!this.#counts.has(link.index)) this.#counts.set(link.index, isUp(link));
  }

  /** What the kernel says of the links now, as it counts at present. */
  counted(links: readonly Link[]): Link[] {
    return links.map((link) => {
      const counts = this.#counts.get(link.index);
      return counts === undefined || counts === isUp(link) ? link : { ...link, ...countingAs(counts) };
    });
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
    return { ...event, ...countingAs(counts) };
  }

  #lasted(index: number): void {
    const event = this.#pending.get(index)?.event;
    this.#pending.delete(index);
    if (event === undefined) return;
    if (this.#delays.has(event.name)) this.#counts.set(index, isUp(event));
    else this.#counts.delete(index);
    this.#deliver([event]);
  }

  #settle(index: number): void {
    this.#pending.get(index)?.timer.cancel();
    this.#pending.delete(index);
  }
}

function countingAs(up: boolean): Partial<Pick<Link, 'up' | 'running'>> {
  return up ? { up, running: up } : { running: up };
}

function isUp({ up, running }: Pick<Link, 'up' | 'running'>): boolean {
  return up && running;
}
