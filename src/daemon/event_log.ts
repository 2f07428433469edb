/**
 * What happened to this director, as operators and their programs read it: the last events in memory, and each new one
 * to whoever listens. Off the packet path; a listener that fails delays and stops nobody.
 */
import type { Clock } from '../base/clock.ts';
import type { SessionStatus } from '../base/sessions.ts';
import type { DirectorEvent } from '../director/event.ts';
import type { Role } from '../vrrp/news.ts';

/** Some 300 bytes each. */
export const KEPT_EVENTS = 1_000;

/** virtualServer -> virtual_server: the names of status and metrics. */
type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : '';
type Told<Event> = Event extends unknown
  ? { readonly [Name in keyof Event as SnakeCase<Name & string>]: Event[Name] }
  : never;

/** `why`: what the check said that led to it. */
type ServerHappening = Told<DirectorEvent> & { readonly why?: string };

interface AboutCheck {
  readonly virtual_server: string;
  readonly real_server: string;
  /** Its block in the configuration: HTTP_GET. */
  readonly check: string;
  /** Of the last attempt: L4CON. */
  readonly code?: string;
  /** What that means, and what the system said. */
  readonly why?: string;
}

type CheckHappening = AboutCheck & { readonly kind: 'check_passed' | 'check_failed' };

type VrrpHappening =
  /** `from` is absent of one that begins. */
  | {
      readonly kind: 'vrrp_role_changed';
      readonly vrrp_instance: string;
      readonly from?: Role;
      readonly to: Role;
    }
  | { readonly kind: 'vrrp_group_changed'; readonly vrrp_sync_group: string; readonly to: string }
  | { readonly kind: 'vrrp_priority_changed'; readonly vrrp_instance: string; readonly to: number }
  | { readonly kind: 'vrrp_lower_priority_heard'; readonly vrrp_instance: string; readonly priority: number }
  | { readonly kind: 'vrrp_instance_removed'; readonly vrrp_instance: string };

/** `from` is absent of one that has just begun, `to` of one that is gone. */
interface BfdHappening {
  readonly kind: 'bfd_session_changed';
  readonly bfd_instance: string;
  readonly from?: SessionStatus;
  readonly to?: SessionStatus;
}

type DaemonHappening =
  | {
      readonly kind: 'daemon_started';
      readonly version: string;
      readonly pid: number;
      readonly adopted: boolean;
    }
  | { readonly kind: 'daemon_stopping' }
  | {
      readonly kind: 'reload_done';
      readonly file: string;
      readonly changes: number;
      readonly milliseconds: number;
      /** Parts that could not be done. */
      readonly problems: readonly string[];
    }
  /** The file cannot run: nothing was changed. */
  | { readonly kind: 'reload_refused' | 'reload_failed'; readonly file: string; readonly why: string }
  | { readonly kind: 'worker_died'; readonly worker: string; readonly why: string }
  | { readonly kind: 'worker_restarted'; readonly worker: string }
  /** The data path by hand: xlb datapath set. */
  | { readonly kind: 'datapath_changed'; readonly from: string; readonly to: string }
  /** An interface takes traffic of virtual servers from now on, or no more, or in another way. */
  | {
      readonly kind: 'interface_attached';
      readonly interface: string;
      readonly to: string;
      readonly why?: string;
    }
  | { readonly kind: 'interface_detached'; readonly interface: string; readonly from: string }
  | {
      readonly kind: 'interface_changed';
      readonly interface: string;
      readonly from: string;
      readonly to: string;
      readonly why?: string;
    };

/** Closed: a new kind does not compile until event_kinds.ts says what it is. */
export type Happening = ServerHappening | CheckHappening | VrrpHappening | BfdHappening | DaemonHappening;

export type LoggedEvent = Happening & {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** A sentence for people: the log's. */
  readonly text: string;
};

export type EventListener = (event: LoggedEvent) => void;

export class EventLog {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #most: number;
  readonly #events: LoggedEvent[] = [];
  readonly #listeners = new Set<EventListener>();

  constructor(clock: Pick<Clock, 'wallMs'>, most = KEPT_EVENTS) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Never throws. `text`: a sentence for people. */
  add(happening: Happening, text: string): void {
    const at = new Date(this.#clock.wallMs()).toISOString();
    const { kind, ...rest } = happening;
    const event = { at, kind, ...rest, text } as LoggedEvent;
    this.#events.push(event);
    if (this.#events.length > this.#most) this.#events.shift();
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch {
        // It has lost its place: what happens to the director does not wait for those who watch it.
        this.#listeners.delete(listener);
      }
    }
  }

  /** The newest, `limit` at most, oldest of them first. */
  last(limit = this.#most): readonly LoggedEvent[] {
    return limit <= 0 ? [] : this.#events.slice(-limit);
  }

  /** Called with each event from now on, at once; what it answers with ends that. One that throws is called no more. */
  subscribe(listener: EventListener): () => void {
    const own: EventListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}
