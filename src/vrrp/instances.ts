/** All vrrp_instances of a director: started, changed by a reload, told what happens on the host, stopped. */
import type { AddressFilter, HostEvent, Link, Netlink } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { areSameSettings } from '../base/same_settings.ts';
import type { Spawn } from '../base/script/program.ts';
import type { PrepareScript } from '../base/script/script.ts';
import type { SessionBoard } from '../base/sessions.ts';
import type { Config, VrrpInstanceConfig } from '../config/model.ts';
import type { Sysctl } from '../host/sysctl.ts';
import { AddressKeeper } from './address_keeper.ts';
import { Announcer } from './announcer.ts';
import type { BorrowedSettings } from './borrowed_sysctls.ts';
import { notToSpeakFrom } from './faults.ts';
import { HostState } from './host_state.ts';
import { Instance, type InstanceOptions, type InstanceShell } from './instance.ts';
import { LimitedLog } from './limited_log.ts';
import { Macvlans, onMacvlan } from './macvlans.ts';
import type { VrrpNews } from './news.ts';
import { NotAccepted } from './not_accepted.ts';
import { keyOf, type OwnedAddress, type OwnedAddresses } from './owned_addresses.ts';
import type { Processes } from './processes.ts';
import { includes, type OwnedRoutes, type OwnedRouting, RoutingKeeper, routingOf } from './routing_keeper.ts';
import { RunningGroups } from './running_groups.ts';
import { isSameRouter, renamed, usesSameVrid } from './same_settings.ts';
import { Secondaries } from './secondaries.ts';
import { type OpenSocket, Sockets } from './sockets.ts';
import type { InstanceStatus } from './status.ts';
import { startupDelayMs } from './timers.ts';
import { Trackers, trackedOf } from './trackers.ts';
import { type TrackValues, trackedSessions } from './tracking.ts';
import { OWNER_PRIORITY } from './virtual_router.ts';

const LONGEST_STOP_MS = 3_000; // whatever interval the adverts of successors have

/** What of a configuration concerns the virtual routers. */
export type VrrpConfig = Pick<
  Config,
  'vrrpInstances' | 'vrrpSyncGroups' | 'vrrpScripts' | 'trackFiles' | 'trackProcesses' | 'static'
> & { readonly global: Config['global']['vrrp'] };

/** How scripts are run and processes found. */
export interface TrackShell {
  readonly spawn: Spawn;
  readonly prepare: (security: boolean) => PrepareScript;
  readonly processes: Processes;
  /** Of bfd_instance. */
  readonly sessions: Pick<SessionBoard, 'states' | 'watch'>;
}

export interface InstancesShell {
  readonly netlink: Netlink;
  readonly links: () => readonly Link[]; // as they count: interface_up_down_delays make them other than they are
  readonly filter: AddressFilter;
  readonly announce: (index: number, address: string, repeat: number) => void;
  readonly openSocket: OpenSocket;
  readonly owned: OwnedAddresses;
  readonly ownedRouting: OwnedRoutes;
  readonly borrowed: BorrowedSettings;
  /** The director's instance. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tell: (news: VrrpNews) => void;
  /** Since the host was booted, in milliseconds. */
  readonly uptimeMs: () => number;
  /** A timer fired later than a whole advert interval. */
  readonly late: () => void;
  readonly sysctl: Sysctl;
  readonly track: TrackShell;
}

export class Instances {
  readonly #shell: InstancesShell;
  readonly #host: HostState;
  readonly #notAccepted: NotAccepted;
  readonly #keeper: AddressKeeper;
  readonly #routing: RoutingKeeper;
  readonly #macvlans: Macvlans;
  readonly #secondaries: Secondaries;
  readonly #instanceShell: InstanceShell;
  readonly #groups: RunningGroups;
  readonly #limitedLog: LimitedLog;
  readonly #running = new Map<string, Instance>();
  /** No longer configured, and waiting for their successors. */
  readonly #leaving = new Set<Instance>();
  #configured: VrrpConfig | undefined;
  #stopped: Promise<void> | undefined;
  #onLeft: () => void = () => undefined;
  #trackers: Trackers | undefined;

  constructor(shell: InstancesShell) {
    const { announce, borrowed, clock, filter, log, netlink, owned, owner, sysctl, tell } = shell;
    this.#shell = shell;
    this.#limitedLog = new LimitedLog(clock, log);
    this.#host = new HostState(netlink, { hidden: () => this.#notToSpeakFrom(), links: shell.links });
    this.#notAccepted = new NotAccepted({ filter, log });
    this.#keeper = new AddressKeeper({ netlink, owned, log, notAccepted: this.#notAccepted });
    this.#routing = new RoutingKeeper({ netlink, owned: shell.ownedRouting, log });
    this.#macvlans = new Macvlans({ netlink, log, owner, sysctl, borrowed });
    this.#secondaries = new Secondaries({ log, sysctl, borrowed });
    this.#groups = new RunningGroups({ log, tell, member: (name) => this.#running.get(name) });
    shell.track.sessions.watch(() => this.#changed());
    this.#instanceShell = {
      clock,
      log,
      tell,
      keeper: this.#keeper,
      routing: this.#routing,
      sockets: new Sockets(shell.openSocket, (vrid, source) => this.#unknownVrid(vrid, source)),
      announcer: new Announcer({
        clock,
        log,
        announce: ({ address, interface: name }, repeat) => announce(this.#indexOf(name), address, repeat),
      }),
      host: () => this.#host.view(),
      late: shell.late,
      stepped: () => this.#groups.settle(),
      heldByOthers: (item, asking) =>
        'kind' in item ? this.#isHeldRouting(item, asking) : this.#isHeld(item, asking),
      closedByOthers: (address, asking) =>
        this.#othersWith(address, asking).some((one) => !one.config.accept),
      announceGroup: ({ config: { garp, name } }) => {
        for (const other of this.#groups.companions(name))
          this.#running.get(other)?.held.announce(garp.lowerPrioRepeat, { limit: 'lower_priority' });
      },
    };
  }

  get configured(): VrrpConfig | undefined {
    return this.#configured;
  }

  clearStatistics(): void {
    for (const instance of this.#running.values()) instance.clearStatistics();
  }

  status(): InstanceStatus[] {
    return [...this.#running.values()].map((instance) => instance.status());
  }

  instance(name: string): Instance | undefined {
    return this.#running.get(name);
  }

  /**
   * Makes `config` the one in force. Unchanged instances notice nothing; new ones start; those that are gone resign
   * and wait for their successors; addresses that nobody wants go last.
   */
  configure(given: VrrpConfig): void {
    const config = { ...given, vrrpInstances: given.vrrpInstances.map(onMacvlan) };
    const before = this.#configured;
    const isFirst = before === undefined;
    this.#configured = config;
    this.#host.forgetView();
    this.#groups.configure(config.vrrpSyncGroups);
    const delayMs = isFirst ? startupDelayMs(config.global, this.#shell.uptimeMs()) : 0;
    if (isFirst) this.#notAccepted.adopt(this.#shell.owned.all());
    this.#notAccepted.restore(config.vrrpInstances.filter((one) => !one.accept).map(({ name }) => name));
    this.#prepareLinks(config.vrrpInstances);
    this.#addStatic(config.static);
    this.#track(before, config);
    const values = this.#values();
    this.#groups.together(() => {
      this.#rename(config.vrrpInstances);
      this.#makeWay(config.vrrpInstances);
      const present = this.#running.size > 0 ? this.#keeper.present() : new Set<string>();
      for (const one of config.vrrpInstances) {
        const groups = config.vrrpSyncGroups.filter(({ instances }) => instances.includes(one.name));
        const synced = groups.length > 0;
        const groupTracking = groups.map(({ tracking }) => tracking);
        this.#configureOne(one, { startupDelayMs: delayMs, synced, groupTracking, values }, present);
      }
    });
    const wanted = new Set(config.vrrpInstances.map(({ name }) => name));
    for (const [name, instance] of this.#running) if (!wanted.has(name)) this.#leave(name, instance);
    this.#sweep();
    // What is tracked may have other values now, also for those that did not change.
    this.#changed();
    if (!isFirst && config.global.fifoStatesOnReload)
      for (const instance of this.#running.values()) instance.tellState();
  }

  /** What the kernel reported, in one batch. */
  hostChanged(events: readonly HostEvent[]): void {
    const change = this.#host.take(events);
    if (change === undefined) return;
    const holders = this.#everyone().filter(({ holds }) => holds);
    if (this.#configured !== undefined) this.#prepareLinks(this.#configured.vrrpInstances);
    // First what takes a role away, so that nothing is put back on an interface that is gone.
    this.#changed();
    for (const name of change.cameUp) {
      const touched = holders.filter(({ config }) => config.addresses.some((one) => one.interface === name));
      if (touched.length === 0) continue;
      const present = this.#keeper.present();
      for (const instance of touched) instance.held.interfaceUp(name, present);
    }
    const losers = holders.filter(({ config }) => config.addresses.some(change.mayHaveLost));
    if (losers.length === 0) return;
    const present = this.#keeper.present();
    for (const instance of losers) instance.held.addressesGone(present);
  }

  /** Resigns everywhere; resolves when every address is withdrawn. A second call waits for nobody. */
  async stop(): Promise<void> {
    const scriptsEnded = this.#trackers?.stop();
    if (this.#stopped !== undefined) this.#hurry();
    this.#stopped ??= this.#leaveAll();
    await this.#stopped;
    await scriptsEnded;
  }

  #leaveAll(): Promise<void> {
    return new Promise((resolve) => {
      const limit: { timer?: Timer } = {};
      this.#onLeft = (): void => {
        if (this.#running.size + this.#leaving.size > 0) return;
        limit.timer?.cancel();
        this.#routing.remove(() => true);
        this.#keeper.remove(() => true);
        this.#macvlans.removeOthers([]);
        this.#secondaries.promote([], () => false);
        this.#instanceShell.announcer.close();
        this.#groups.stopped();
        resolve();
      };
      limit.timer = this.#shell.clock.setTimer(LONGEST_STOP_MS, () => this.#hurry());
      const ending = [...this.#running.values()];
      this.#running.clear();
      for (const instance of ending) this.#leaving.add(instance);
      // Those that a reload removed leave already: a second stop would take their addresses at once.
      for (const instance of ending) instance.stop(() => this.#left(instance));
      this.#onLeft();
    });
  }

  #left(instance: Instance): void {
    this.#leaving.delete(instance);
    this.#onLeft();
  }

  #hurry(): void {
    for (const instance of [...this.#leaving]) instance.hurry();
  }

  /** What the instances need of interfaces, before anything is on them. */
  #prepareLinks(configs: readonly VrrpInstanceConfig[]): void {
    if (this.#macvlans.ensure(configs)) this.#host.links.refresh();
    this.#secondaries.promote(configs, (name) => this.#host.links.byName(name) !== undefined);
  }

  /** What is unchanged goes on by itself; changed scripts go on from the state they had. */
  #track(before: VrrpConfig | undefined, config: VrrpConfig): void {
    if (before !== undefined && areSameSettings(trackedOf(before), trackedOf(config))) return;
    const { clock, log, track } = this.#shell;
    const previous = this.#trackers;
    this.#trackers = new Trackers(
      trackedOf(config),
      {
        clock,
        log,
        spawn: track.spawn,
        prepare: track.prepare(config.global.scriptSecurity),
        processes: track.processes,
        onChange: () => this.#changed(),
      },
      previous,
    );
    this.#trackers.start();
  }

  #values(): TrackValues {
    const interfaces = this.#host.interfaces();
    const nothing = { scripts: new Map(), files: new Map(), processes: new Map() };
    const bfds = trackedSessions(this.#shell.track.sessions.states);
    return { ...nothing, ...this.#trackers?.values(), interfaces, bfds };
  }

  #changed(): void {
    const values = this.#values();
    this.#groups.together(() => {
      for (const instance of this.#everyone()) instance.changed(values);
    });
  }

  #configureOne(config: VrrpInstanceConfig, options: InstanceOptions, present: ReadonlySet<string>): void {
    const running = this.#running.get(config.name);
    if (running !== undefined && isSameRouter(running.config, config)) {
      if (!running.isConfiguredAs(config, options)) running.reconfigure(config, options);
      else running.held.restore([], present);
      return;
    }
    this.#removeStale(config);
    const instance = new Instance(config, options, this.#instanceShell);
    this.#running.set(config.name, instance);
    instance.start();
  }

  /**
   * What a keepalived that was killed left, or an xlb that lost its memory: the master has it now. An owner's
   * addresses may be the host's own (RFC 5798 §1.6).
   */
  #removeStale({ addresses, name, priority }: VrrpInstanceConfig): void {
    if (priority === OWNER_PRIORITY) return;
    const stale = addresses.filter((one) => this.#host.has(one) && !this.#isHeld(one));
    this.#keeper.removeStale(name, stale);
  }

  #notToSpeakFrom(): Set<string> {
    const { static: fixed, vrrpInstances = [] } = this.#configured ?? {};
    const lasting = new Set(fixed?.addresses.map(keyOf));
    const passing = this.#shell.owned.all().filter((one) => !lasting.has(keyOf(one)));
    return notToSpeakFrom(vrrpInstances, passing);
  }

  #rename(configs: readonly VrrpInstanceConfig[]): void {
    for (const [from, to] of renamed(this.#running, configs)) {
      const instance = this.#running.get(from);
      if (instance !== undefined) this.#running.set(to, instance);
      this.#running.delete(from);
      this.#shell.log.info(`(${to}) is the new name of ${from}, and keeps its role`);
    }
  }

  /** Whoever has a name or a VRID that another one gets now goes first, at once: names may be swapped. */
  #makeWay(configs: readonly VrrpInstanceConfig[]): void {
    for (const old of this.#everyone()) {
      const { config } = old;
      const still = configs.find((one) => this.#running.get(one.name) === old);
      if (still !== undefined && isSameRouter(still, config)) continue;
      if (!configs.some((one) => one.name === config.name || usesSameVrid(one, config))) continue;
      this.#leave(config.name, old);
      old.hurry();
    }
  }

  #leave(name: string, instance: Instance): void {
    if (this.#running.get(name) === instance) this.#running.delete(name);
    if (this.#leaving.has(instance)) return;
    this.#leaving.add(instance);
    const ended = (): void => {
      this.#left(instance);
      // What it had, its VRID on the socket among it, is free for the others.
      this.#changed();
    };
    instance.stop(ended, { isDeleted: true });
  }

  #everyone(): Instance[] {
    return [...this.#running.values(), ...this.#leaving];
  }

  /** They are there as long as the director is, whoever is master. */
  #addStatic({ addresses, routes, rules }: VrrpConfig['static']): void {
    const missing = addresses.length === 0 ? [] : this.#keeper.missing(addresses);
    if (missing.length > 0) this.#keeper.add('static', missing, { accept: true });
    this.#routing.add('static', routingOf(routes, rules));
  }

  #isHeldRouting(item: OwnedRouting, asking?: Instance): boolean {
    const { routes = [], rules = [] } = this.#configured?.static ?? {};
    if (includes(routingOf(routes, rules), item)) return true;
    return this.#everyone().some((one) => one !== asking && one.holds && includes(one.held.routing, item));
  }

  #isHeld(address: OwnedAddress, asking?: Instance): boolean {
    const key = keyOf(address);
    if (this.#configured?.static.addresses.some((one) => keyOf(one) === key) === true) return true;
    return this.#othersWith(address, asking).length > 0;
  }

  /** Who holds it. */
  #othersWith(address: OwnedAddress, asking?: Instance): Instance[] {
    const key = keyOf(address);
    return this.#everyone().filter(
      (one) => one !== asking && one.holds && one.config.addresses.some((held) => keyOf(held) === key),
    );
  }

  /** Addresses that xlb added and that nobody holds now: of an earlier process, or of an older configuration. */
  #sweep(): void {
    this.#routing.remove((item) => !this.#isHeldRouting(item));
    const removed = this.#keeper.remove((address) => !this.#isHeld(address));
    this.#macvlans.removeOthers(this.#everyone().map(({ config }) => config));
    // With the first address of a subnet Linux removes the others of it, unless promote_secondaries is set.
    if (removed > 0) for (const instance of this.#everyone()) instance.held.restore();
  }

  #indexOf(name: string): number {
    const link = this.#host.links.byName(name);
    if (link === undefined) throw new Error(`interface ${name} does not exist`);
    return link.index;
  }

  #unknownVrid(vrid: number, source: string): void {
    if (this.#configured?.global.logUnknownVrids !== true) return;
    const text = `Unknown VRID(${vrid}) received from ${source}. Ignoring...`;
    this.#limitedLog.say('info', text, `unknown VRID ${vrid}`);
  }
}
