/** The words of the VRRP state machine: what it is told, what it remembers, what it orders. Types and one rule. */
import type { LogFields } from '../base/forward_log.ts';
import type { TimerSettings } from './timers.ts';

/** The owner of the addresses (RFC 5798 §5.2.4). Its priority never changes. */
export const OWNER_PRIORITY = 255;
/** A master says with it that it goes (RFC 5798 §5.2.4). */
export const RESIGN_PRIORITY = 0;

/** Settings of one virtual router. Those that keepalived.conf names have its names. */
export interface VirtualRouter extends TimerSettings {
  readonly name: string;
  /** The source address of its adverts: it breaks ties. */
  readonly address: string;
  readonly priority: number;
  readonly state: 'MASTER' | 'BACKUP';
  readonly advertIntMs: number;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  readonly strict: boolean;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  /** timer_expired_backup: the highest priority of the others; absent: a late master stays master. */
  readonly timerExpiredBackup?: number;
  /** vrrp_startup_delay. */
  readonly startupDelayMs: number;
  readonly garp: {
    readonly masterDelayMs: number;
    readonly masterRepeat: number;
    readonly masterRefreshMs: number;
    readonly masterRefreshRepeat: number;
    readonly lowerPrioDelayMs: number;
    readonly lowerPrioRepeat: number;
  };
  /** Member of a sync group: becomes master only when the group orders it. */
  readonly synced: boolean;
}

/** Settings that exclude others, as keepalived resolves them. Applying it twice changes nothing. */
export function completeRouter(router: VirtualRouter): VirtualRouter {
  const owner = router.priority === OWNER_PRIORITY;
  const preempt = router.preempt || router.state === 'MASTER' || owner;
  const delayed = preempt && router.state !== 'MASTER' && !router.strict;
  return {
    ...router,
    preempt,
    preemptDelayMs: delayed ? router.preemptDelayMs : 0,
    lowerPrioNoAdvert: router.strict || router.lowerPrioNoAdvert,
    higherPrioSendAdvert: !router.strict && router.higherPrioSendAdvert,
    garp: router.strict ? { ...router.garp, lowerPrioDelayMs: 0, lowerPrioRepeat: 0 } : router.garp,
  };
}

/** Another router, as its last advert told. */
export interface OtherRouter {
  readonly address: string;
  readonly priority: number;
}

interface AnyState {
  /** Effective: with the weights of what is tracked. */
  readonly priority: number;
}

/** Not running, or waiting for vrrp_startup_delay. */
export interface Initialize extends AnyState {
  readonly role: 'initialize';
  readonly delayed: boolean;
  readonly faulty: boolean;
}

export interface Backup extends AnyState {
  readonly role: 'backup';
  /** Master_Adver_Interval: learned in v3, advert_int in v2. */
  readonly masterAdvertMs: number;
  readonly master?: OtherRouter;
  /** preempt_delay: it starts when a master of lower priority is heard. */
  readonly preemptDelay: 'idle' | 'running' | 'over';
  /** Its master is gone, and its sync group has not let it go yet. */
  readonly wantsMaster: boolean;
  /** The timer of the master's silence fired late and was given again, once. */
  readonly listeningAgain: boolean;
}

export interface Master extends AnyState {
  readonly role: 'master';
  /** In its first advert interval: the old master may not have heard it yet. */
  readonly fresh: boolean;
  /** Another master of lower rank, heard lately and reported: two masters at once. */
  readonly rival?: OtherRouter;
  /** Since its last regular advert it has answered one of lower rank: not again before the next. */
  readonly insisted?: true;
  /** The same of one that resigned. */
  readonly stayedOn?: true;
}

export interface Fault extends AnyState {
  readonly role: 'fault';
  /** By itself; false: only its sync group has a fault. */
  readonly faulty: boolean;
}

/** Has resigned, and keeps the addresses and the forwarding until a successor is heard. */
export interface Leaving extends AnyState {
  readonly role: 'leaving';
  readonly to: 'initialize' | 'fault' | 'backup';
  readonly faulty: boolean;
}

export type VrrpState = Initialize | Backup | Master | Fault | Leaving;

/** Each is set at most once at a time; setting it again replaces it. */
export type VrrpTimer =
  | 'startup'
  | 'master_down'
  | 'preempt_delay'
  | 'advert'
  | 'garp_delay'
  | 'garp_refresh'
  | 'garp_lower_prio'
  /** The rival has been silent. */
  | 'rival'
  /** No successor came. */
  | 'successor';

export type VrrpEvent =
  /** `faulty`: something tracked is down already. */
  | { readonly kind: 'start'; readonly faulty: boolean }
  /** Graceful: a master waits for its successor; with a second stop it does not. */
  | { readonly kind: 'stop' }
  /** A received advert that passed decodeAdvert. */
  | {
      readonly kind: 'advert';
      readonly source: string;
      readonly priority: number;
      readonly intervalMs: number;
    }
  /** A timer that was set has run out. `lateMs`: how long ago that should have been. */
  | { readonly kind: 'timer'; readonly timer: VrrpTimer; readonly lateMs: number }
  /** The effective priority, 1 to 254; an owner's is not touched. */
  | { readonly kind: 'priority'; readonly priority: number }
  /** The first fault. `reachable`: adverts still leave and arrive (a script failed, not the interface). */
  | { readonly kind: 'fault'; readonly reachable: boolean }
  /** The last fault is over. */
  | { readonly kind: 'recovered' }
  /** Of the sync group. */
  | { readonly kind: 'order'; readonly order: SyncOrder }
  /** The settings that are passed along are new. A timer goes on where nothing of `before` that made it changed. */
  | { readonly kind: 'reconfigured'; readonly before: VirtualRouter };

export type SyncOrder = 'master' | 'backup' | 'fault';

/** keepalived's names; `two_masters` is xlb's own. */
export type VrrpStatistic =
  | 'advert_rcvd'
  | 'advert_sent'
  | 'become_master'
  | 'release_master'
  | 'pri_zero_rcvd'
  | 'pri_zero_sent'
  | 'two_masters';

export type NotifyState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

/** To be carried out in the order given. */
export type VrrpAction =
  /** Includes counting advert_sent, and pri_zero_sent for priority 0. */
  | { readonly do: 'send_advert'; readonly priority: number }
  /** Addresses, routes and rules. */
  | { readonly do: 'add_addresses' }
  | { readonly do: 'remove_addresses' }
  /** Gratuitous ARPs or unsolicited neighbour adverts, so many for each address. `limit`: as of a log line. */
  | { readonly do: 'announce'; readonly repeat: number; readonly limit?: string }
  | { readonly do: 'set_timer'; readonly timer: VrrpTimer; readonly ms: number }
  | { readonly do: 'cancel_timer'; readonly timer: VrrpTimer }
  /** Every timer of this virtual router. */
  | { readonly do: 'cancel_timers' }
  | { readonly do: 'notify'; readonly state: NotifyState; readonly priority: number }
  | { readonly do: 'notify_priority'; readonly role: 'MASTER' | 'BACKUP'; readonly priority: number }
  /** notify_master_rx_lower_pri. */
  | { readonly do: 'notify_lower_priority'; readonly priority: number }
  /** `limit`: it can come with every advert; such lines are to be written once a minute at most. */
  | {
      readonly do: 'log';
      readonly level: 'info' | 'warn';
      readonly text: string;
      readonly limit?: string;
      readonly about?: LogFields;
    }
  | { readonly do: 'count'; readonly statistic: VrrpStatistic }
  /** Everything is withdrawn: the shell may go. */
  | { readonly do: 'stopped' };

export interface Transition {
  readonly state: VrrpState;
  readonly actions: readonly VrrpAction[];
}
