/**
 * The shell of one vrrp_instance: feeds its state machine with adverts, timers and faults, and carries out what the
 * machine orders.
 */

import { areSameSettings } from '../base/same_settings.ts';
import type { TrackingConfig, VrrpInstanceConfig } from '../config/model.ts';
import type { AddressKeeper } from './address_keeper.ts';
import { AdvertLink } from './advert_link.ts';
import { type Fault, type HostView, hostFaults, placeOf } from './faults.ts';
import { Held, type HeldShell } from './held.ts';
import { LimitedLog } from './limited_log.ts';
import { initialState, step } from './machine.ts';
import type { Role, VrrpNews } from './news.ts';
import type { OwnedAddress } from './owned_addresses.ts';
import type { OwnedRouting } from './routing_keeper.ts';
import { RunningTimers } from './running_timers.ts';
import type { Sockets } from './sockets.ts';
import { Statistics } from './statistics.ts';
import type { InstanceStatus } from './status.ts';
import { describeFault, evaluateTracking, type Tracked, type TrackValues, untracked } from './tracking.ts';
import {
  completeRouter,
  type NotifyState,
  RESIGN_PRIORITY,
  type SyncOrder,
  type VirtualRouter,
  type VrrpAction,
  type VrrpEvent,
  type VrrpState,
  type VrrpTimer,
} from './virtual_router.ts';

export interface InstanceShell extends HeldShell {
  readonly keeper: AddressKeeper;
  readonly sockets: Sockets;
  readonly host: () => HostView;
  readonly tell: (news: VrrpNews) => void;
  /** After every step: a sync group may have to move others. */
  readonly stepped: (instance: Instance) => void;
  /** A timer fired so late that a backup could have lost its master by it. */
  readonly late: () => void;
  /** Another instance holds it now: it stays. */
  readonly heldByOthers: (item: OwnedAddress | OwnedRouting, asking: Instance) => boolean;
  /** By one that does not accept. */
  readonly closedByOthers: (address: OwnedAddress, asking: Instance) => boolean;
  /** notify_master_rx_lower_pri of a group's member: the others announce as well. */
  readonly announceGroup: (instance: Instance) => void;
}

export interface InstanceOptions {
  readonly startupDelayMs: number;
  readonly synced: boolean;
  /** What its sync groups track. */
  readonly groupTracking: readonly TrackingConfig[];
  readonly values: TrackValues;
}

export class Instance {
  readonly #shell: InstanceShell;
  readonly #timers: RunningTimers;
  readonly #log: LimitedLog;
  readonly #statistics = new Statistics();
  readonly #link: AdvertLink;
  readonly held: Held;
  #config: VrrpInstanceConfig;
  #router: VirtualRouter;
  #groupTracking: readonly TrackingConfig[];
  #state: VrrpState;
  #role: Role = 'INIT';
  #changedMs: number;
  #faults: readonly Fault[] = [];
  #values: TrackValues;
  #tracked: Tracked;
  /** Started, but for the first result of a script that may be a fault. */
  #awaiting = false;
  /** An earlier process's addresses are kept until it is known who is master. */
  #adopting: boolean;
  #onStopped: (() => void) | undefined;
  #isDeleted = false;

  constructor(config: VrrpInstanceConfig, options: InstanceOptions, shell: InstanceShell) {
    this.#config = config;
    this.#shell = shell;
    this.#changedMs = shell.clock.wallMs();
    const { startupDelayMs, synced } = options;
    this.#router = completeRouter({ ...config, address: '', startupDelayMs, synced });
    this.#state = initialState(this.#router);
    this.#groupTracking = options.groupTracking;
    this.#values = options.values;
    this.#tracked = this.#evaluate();
    this.#timers = new RunningTimers(shell.clock, (timer, lateMs) => this.#expired(timer, lateMs));
    this.#log = new LimitedLog(shell.clock, shell.log);
    this.#adopting = shell.keeper.ownsAny(config.addresses);
    this.held = new Held(config, {
      ...shell,
      isHolder: () => this.holds && !this.#adopting,
      heldByOthers: (item) => shell.heldByOthers(item, this),
      closedByOthers: (address) => shell.closedByOthers(address, this),
    });
    this.#link = new AdvertLink(config, {
      clock: shell.clock,
      sockets: shell.sockets,
      log: this.#log,
      statistics: this.#statistics,
      changed: () => this.changed(this.#values),
      heard: ({ priority, intervalMs }, source) => this.#heard({ priority, intervalMs, source }),
      trustedMaster: () => (this.#state.role === 'backup' ? this.#state.master?.address : undefined),
    });
  }

  get config(): VrrpInstanceConfig {
    return this.#config;
  }

  get state(): VrrpState {
    return this.#state;
  }

  get preempts(): boolean {
    return this.#router.preempt;
  }

  /** The addresses shall be on the host. */
  get holds(): boolean {
    return this.#adopting || this.#state.role === 'master' || this.#state.role === 'leaving';
  }

  start(): void {
    this.#look();
    this.#begin();
  }

  /** A reload with these settings changes nothing of it. */
  isConfiguredAs(config: VrrpInstanceConfig, { groupTracking, synced }: InstanceOptions): boolean {
    return (
      this.#router.synced === synced &&
      areSameSettings([this.#config, this.#groupTracking], [config, groupTracking])
    );
  }

  /** New settings: what is held goes on being held; new addresses come up, old ones go with the sweep that follows. */
  reconfigure(config: VrrpInstanceConfig, options: InstanceOptions): void {
    this.#config = config;
    this.#groupTracking = options.groupTracking;
    const { startupDelayMs, synced } = options;
    const before = this.#router;
    if (config.name !== before.name) this.#tellNewName(before.name, config.name);
    this.#router = completeRouter({ ...config, address: before.address, startupDelayMs, synced });
    this.#link.reconfigure(config);
    this.#step({ kind: 'reconfigured', before });
    this.changed(options.values);
    this.held.reconfigure(config);
  }

  /** The new one first: the addresses are at no time another director's. */
  #tellNewName(old: string, name: string): void {
    this.#shell.tell({ news: 'role', instance: name, role: this.#role });
    this.#shell.tell({ news: 'role', instance: old, role: 'INIT' });
  }

  /** Interfaces or addresses of the host are others now, or what is tracked has other values. */
  changed(values: TrackValues): void {
    const was = { faults: this.#faults, tracked: this.#tracked, isFaulty: this.#isFaulty() };
    this.#values = values;
    this.#tracked = this.#evaluate();
    this.#look();
    if (this.#awaiting) {
      this.#begin();
      return;
    }
    this.#sayFaults(was.faults, was.tracked);
    this.#faultsChanged(was.faults, was.isFaulty);
    this.#step({ kind: 'priority', priority: this.#tracked.priority });
  }

  order(order: SyncOrder): void {
    this.#step({ kind: 'order', order });
  }

  /** Graceful. `done` is called when everything is withdrawn. `isDeleted`: by a reload. */
  stop(done: () => void, { isDeleted = false }: { readonly isDeleted?: boolean } = {}): void {
    this.#onStopped = done;
    this.#isDeleted = isDeleted;
    if (this.#adopting) this.#dropAdopted();
    this.#step({ kind: 'stop' });
  }

  /** While it stops: it waits for its successor no longer. */
  hurry(): void {
    if (this.#onStopped !== undefined) this.#step({ kind: 'stop' });
  }

  /** Its state once more, for the FIFOs only (fifo_write_vrrp_states_on_reload). */
  tellState(): void {
    const role = roleOf(this.#state);
    if (role === 'INIT') return;
    const { name } = this.#config;
    const notify = { sayDeleted: false, priorityChanges: false, mail: false };
    const event = { kind: 'instance', name, notify, state: role, priority: this.#state.priority } as const;
    this.#shell.tell({ news: 'notification', event });
  }

  status(): InstanceStatus {
    const { addresses, interface: own, name, version, virtualRouterId } = this.#config;
    const state = this.#state;
    const master =
      state.role === 'master'
        ? { address: this.#router.address, priority: state.priority }
        : state.role === 'backup'
          ? state.master
          : undefined;
    const notTracked = untracked([this.#config.tracking, ...this.#groupTracking], this.#values);
    return {
      name,
      role: roleOf(state),
      leaving: state.role === 'leaving',
      priority: state.priority,
      interface: own.name,
      virtualRouterId,
      version,
      addresses: addresses.map(({ address, prefix }) => `${address}/${prefix}`),
      ...(master === undefined ? {} : { master }),
      ...(state.role === 'master' && state.rival !== undefined ? { rival: state.rival } : {}),
      faults: [...this.#faults.map(({ why }) => why), ...this.#tracked.faults.map(describeFault)],
      ...(notTracked.length === 0 ? {} : { untracked: notTracked }),
      changedMs: this.#changedMs,
      statistics: this.#statistics.snapshot(),
    };
  }

  clearStatistics(): void {
    this.#statistics.clear();
  }

  #evaluate(): Tracked {
    const { priority, tracking } = this.#config;
    return evaluateTracking(priority, [tracking, ...this.#groupTracking], this.#values);
  }

  /** keepalived starts no election before the first result of a script that could be a fault. */
  #begin(): void {
    this.#awaiting = this.#tracked.awaited.length > 0 && !this.#isFaulty();
    if (this.#awaiting) return;
    this.#step({ kind: 'priority', priority: this.#tracked.priority });
    this.#step({ kind: 'start', faulty: this.#isFaulty() });
  }

  #sayFaults(was: readonly Fault[], wasTracked: Tracked): void {
    const known = new Set([...was.map(({ why }) => why), ...wasTracked.faults.map(describeFault)]);
    const all = [...this.#faults.map(({ why }) => why), ...this.#tracked.faults.map(describeFault)];
    for (const why of all) if (!known.has(why)) this.#shell.log.info(`(${this.#config.name}) ${why}`);
  }

  #heard(advert: { readonly priority: number; readonly intervalMs: number; readonly source: string }): void {
    // Somebody else is master: what an earlier process left is not this director's to hold any more.
    if (this.#adopting && advert.priority !== RESIGN_PRIORITY) this.#dropAdopted();
    this.#step({ kind: 'advert', ...advert });
  }

  /** Silence is acted on only when nothing waits in the socket that would end it. */
  #expired(timer: VrrpTimer, lateMs: number): void {
    const { state } = this;
    if (lateMs >= this.#config.advertIntMs) this.#shell.late();
    if (timer === 'master_down') this.#link.drain();
    const wasHeard = this.#state !== state && this.#timers.isRunning(timer);
    if (!wasHeard) this.#step({ kind: 'timer', timer, lateMs });
  }

  #dropAdopted(): void {
    this.#adopting = false;
    this.held.remove();
  }

  /** Where it speaks from, and what keeps it from speaking. */
  #look(): void {
    const host = this.#shell.host();
    this.#faults = hostFaults(this.#config, host);
    const place = placeOf(this.#config, host);
    if (place === undefined) return;
    this.#router = { ...this.#router, address: place.source };
    const why = this.#link.open(place.index, place.source);
    // A missing or unready interface says enough by itself.
    if (why !== undefined && this.#faults.length === 0) this.#faults = [{ why, reachable: false }];
  }

  #isFaulty(): boolean {
    return this.#faults.length > 0 || this.#tracked.faults.length > 0;
  }

  #faultsChanged(was: readonly Fault[], wasFaulty: boolean): void {
    const cutOff = (faults: readonly Fault[]) => faults.some(({ reachable }) => !reachable);
    const isFaulty = this.#isFaulty();
    if (wasFaulty && !isFaulty) this.#step({ kind: 'recovered' });
    if (!isFaulty || (wasFaulty && (!cutOff(this.#faults) || cutOff(was)))) return;
    if (this.#adopting) this.#dropAdopted();
    this.#step({ kind: 'fault', reachable: !cutOff(this.#faults) });
  }

  #step(event: VrrpEvent): void {
    const { state, actions } = step(this.#router, this.#state, event);
    this.#state = state;
    for (const action of actions) this.#carryOut(action);
    if (state.role === 'fault' && this.#adopting) this.#dropAdopted();
    const role = roleOf(state);
    if (role !== this.#role) {
      this.#role = role;
      this.#changedMs = this.#shell.clock.wallMs();
      this.#shell.tell({ news: 'role', instance: this.#config.name, role });
    }
    this.#shell.stepped(this);
  }

  #carryOut(action: VrrpAction): void {
    switch (action.do) {
      case 'send_advert':
        this.#link.send(action.priority);
        break;
      case 'add_addresses':
        this.#adopting = false;
        this.held.add();
        break;
      case 'remove_addresses':
        this.held.remove();
        break;
      case 'announce':
        this.held.announce(action.repeat, action.limit === undefined ? {} : { limit: action.limit });
        break;
      case 'set_timer':
        this.#timers.set(action.timer, action.ms);
        break;
      case 'cancel_timer':
        this.#timers.cancel(action.timer);
        break;
      case 'cancel_timers':
        this.#timers.cancelAll();
        break;
      case 'notify':
        this.#notify({ kind: 'instance', state: this.#stateToTell(action.state), priority: action.priority });
        break;
      case 'notify_priority':
        this.#notify({ kind: 'priority', role: action.role, priority: action.priority });
        break;
      case 'notify_lower_priority':
        this.#notify({ kind: 'lower_priority', priority: action.priority });
        this.#shell.announceGroup(this);
        break;
      case 'log':
        this.#log.carry(action);
        break;
      case 'count':
        this.#statistics.count(action.statistic);
        break;
      case 'stopped':
        this.#end();
        break;
    }
  }

  #notify(
    what:
      | { readonly kind: 'instance'; readonly state: NotifyState | 'DELETED'; readonly priority: number }
      | { readonly kind: 'priority'; readonly role: 'MASTER' | 'BACKUP'; readonly priority: number }
      | { readonly kind: 'lower_priority'; readonly priority: number },
  ): void {
    const { name, notify } = this.#config;
    this.#shell.tell({ news: 'notification', event: { ...what, name, notify } });
  }

  /** Of an instance that a reload removed, keepalived says FAULT, or DELETED where notify_deleted asks for it. */
  #stateToTell(state: NotifyState): NotifyState | 'DELETED' {
    if (state !== 'STOP' || !this.#isDeleted) return state;
    return this.#config.notify.sayDeleted ? 'DELETED' : 'FAULT';
  }

  #end(): void {
    this.held.close();
    this.#link.close();
    const done = this.#onStopped;
    this.#onStopped = undefined;
    done?.();
  }
}

/** keepalived's names. A master that leaves is one until its successor is heard. */
export function roleOf({ role }: VrrpState): Role {
  switch (role) {
    case 'initialize':
      return 'INIT';
    case 'backup':
      return 'BACKUP';
    case 'master':
    case 'leaving':
      return 'MASTER';
    case 'fault':
      return 'FAULT';
  }
}
