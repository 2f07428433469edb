/** The owner of the virtual servers' state: takes check results and reloads, tells what is to be forwarded. */
import type { VirtualServerKey, VirtualServerSpec } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { areSameSettings } from '../base/same_settings.ts';
import type { CheckConfig, Config } from '../config/model.ts';
import {
  changeByHand,
  findService,
  follow,
  type HandChange,
  type HandTables,
  startTables,
} from './by_hand.ts';
import { type CheckOwner, checkOwners, failedChecks } from './check_owners.ts';
import { aboutEvent, type DirectorEvent, describeEvent } from './event.ts';
import {
  checkNews,
  checkPhrase,
  farewells,
  greetings,
  notificationOf,
  partings,
  type ServerNotification,
} from './notification.ts';
import { type Change, planVirtualServers } from './plan.ts';
import { type CheckWeight, isAlive, realServerName, virtualServerName } from './real_server.ts';
import { reloadVirtualServers } from './reload.ts';
import { createHistory, type History, snapshotOf, type VirtualServerSnapshot } from './snapshot.ts';
import {
  checkChanged,
  moveRamps,
  nextRampMs,
  startVirtualServer,
  toSpec,
  type VirtualServerState,
  type VirtualServerTransition,
  weightByHand,
} from './virtual_server.ts';

/** A check that shall run, under its key. Names as in `[10.0.0.1]:tcp:80`. */
export interface DirectorCheck {
  readonly key: string;
  readonly realServer: string;
  readonly virtualServer: string;
  readonly check: CheckConfig;
  /** It says that its real server is down, or has not passed yet. */
  readonly startsDown: boolean;
}

/** A weight by hand. Names as in `[10.0.0.1]:tcp:80`. */
export interface HandWeight {
  readonly virtualServer: string;
  readonly realServer: string;
  readonly weight: number;
}

export interface WeightWish extends Omit<HandWeight, 'weight'> {
  /** null: undo it. */
  readonly weight: number | null;
}

export interface Director {
  /** The complete wish for the data path, in the order of the configuration, then what was added by hand. */
  virtualServers(): readonly VirtualServerSpec[];
  /** The checks that shall run: without those that are suspended. */
  checks(): readonly DirectorCheck[];
  /** Whose it is, and whether it holds its real server for down. */
  check(key: string): (CheckOwner & { readonly failed: boolean }) | undefined;
  /** A check has changed its mind. A key that is not known (any more) is ignored. */
  checkChanged(key: string, healthy: boolean, weight?: CheckWeight): void;
  /** Real servers that were out of service before, by the keys of their checks: down without being told so. */
  startDown(keys: readonly string[]): void;
  /** Forwarding has begun: tells what is to be told then (rs_init_notifies). */
  begin(): void;
  /** Whose checks rest (ha_suspend); complete. True: checks() answers something else than before. */
  suspend(virtualServers: ReadonlySet<string>): boolean;
  /**
   * Weights by hand. What is not known is left out. onVirtualServers is not called: the caller waits
   * for the tables.
   */
  weighByHand(weights: readonly WeightWish[]): void;
  handWeights(): readonly HandWeight[];
  /** xlb ends: tells what is to be told then (omega). */
  end(): void;
  /**
   * Takes a new configuration by carrying out `plan`, which turns the present one into it; left out: it is made here.
   * checks() answers by it from then on.
   */
  reload(config: Config, plan?: readonly Change[]): void;
  snapshot(): readonly VirtualServerSnapshot[];
  /**
   * Changes virtualServers() by hand, until the configuration or a check changes the same thing; for each change what
   * was in the way, undefined where it was made. onVirtualServers is not called: the caller waits for the tables.
   */
  changeByHand(changes: readonly HandChange[]): readonly (string | undefined)[];
  /** The one that takes traffic for `key`: itself, or a group that it is a member of. */
  find(key: VirtualServerKey): VirtualServerSpec | undefined;
}

export interface DirectorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when virtualServers() answers differently than before. */
  readonly onVirtualServers: () => void;
  /** `why`: what a check said that led to it. */
  readonly onEvent?: (event: DirectorEvent, why?: string) => void;
  /** For scripts, FIFOs and mail. */
  readonly onNotification?: (notification: ServerNotification) => void;
}

export function createDirector(initial: Config, options: DirectorOptions): Director {
  return new LiveDirector(initial, options);
}

class LiveDirector implements Director {
  readonly #options: DirectorOptions;
  readonly #history: History;
  #config: Config;
  #states: Map<string, VirtualServerState>;
  /** Made when asked for: a thousand checks may speak before anyone does. */
  readonly #specOfState = new WeakMap<VirtualServerState, VirtualServerSpec>();
  #owners: ReadonlyMap<string, CheckOwner>;
  /** There from the first change by hand on. */
  #tables: HandTables | undefined;
  #suspended: ReadonlySet<string> = new Set();
  #rampTimer: Timer | undefined;

  constructor(initial: Config, options: DirectorOptions) {
    this.#options = options;
    this.#history = createHistory(options.clock.wallMs());
    this.#config = initial;
    this.#states = new Map(
      initial.virtualServers.map((server) => [virtualServerName(server), startVirtualServer(server)]),
    );
    this.#owners = checkOwners(initial);
  }

  virtualServers(): readonly VirtualServerSpec[] {
    return this.#tables === undefined ? this.#specs() : [...this.#tables.services.values()];
  }

  checks(): DirectorCheck[] {
    const failed = failedChecks(this.#states.values());
    return [...this.#owners.values()]
      .filter(({ virtualServer }) => !this.#suspended.has(virtualServer))
      .map(({ key, realServer, virtualServer, check }) => ({
        key,
        realServer,
        virtualServer,
        check,
        startsDown: failed.has(key),
      }));
  }

  check(key: string): (CheckOwner & { readonly failed: boolean }) | undefined {
    const owner = this.#owners.get(key);
    const state = owner && this.#states.get(owner.virtualServer);
    const server = state?.realServers.find(({ config }) => config.address === owner?.address);
    return owner && { ...owner, failed: server?.failedChecks.includes(key) === true };
  }

  checkChanged(key: string, healthy: boolean, weight?: CheckWeight): void {
    const known = this.#owners.get(key);
    const before = known && this.#states.get(known.virtualServer);
    const changed = this.#takeResult(key, { healthy, weight });
    if (changed === undefined || before === undefined) return;
    const why = checkPhrase(changed.owner.check.kind, healthy);
    this.#tellOfCheck(changed, { before, why });
    if (changed.events.length === 0) return;
    this.#awaitRamps([changed.state]);
    this.#followed();
    this.#announce(changed.events, why);
    this.#options.onVirtualServers();
  }

  startDown(keys: readonly string[]): void {
    for (const key of keys) this.#takeResult(key, { healthy: false });
  }

  begin(): void {
    if (this.#config.global.tellsOfInitialServers !== true) return;
    for (const state of this.#states.values()) this.#tell(greetings(state));
  }

  suspend(virtualServers: ReadonlySet<string>): boolean {
    const [before, states] = [this.#suspended, this.#states];
    this.#suspended = virtualServers;
    const resting = [...virtualServers].filter((name) => states.has(name) && !before.has(name));
    const resumed = [...before].filter((name) => states.has(name) && !virtualServers.has(name));
    this.#announce(resting.map((virtualServer) => ({ kind: 'checks_suspended', virtualServer })));
    this.#announce(resumed.map((virtualServer) => ({ kind: 'checks_resumed', virtualServer })));
    return resting.length + resumed.length > 0;
  }

  weighByHand(weights: readonly WeightWish[]): void {
    for (const { virtualServer, realServer, weight } of weights) {
      const before = this.#states.get(virtualServer);
      const address = before && addressOf(before, realServer);
      if (before === undefined || address === undefined) continue;
      const wish = { weight: weight ?? undefined, nowMs: this.#options.clock.nowMs() };
      const { state, events } = weightByHand(before, address, wish);
      this.#states.set(virtualServer, state);
      this.#announce(events);
    }
    this.#awaitRamps();
    this.#followed();
  }

  handWeights(): HandWeight[] {
    return [...this.#states].flatMap(([virtualServer, { config: server, realServers }]) =>
      realServers.flatMap(({ byHand, config: one }) =>
        byHand === undefined
          ? []
          : [{ virtualServer, realServer: realServerName(one, server), weight: byHand }],
      ),
    );
  }

  end(): void {
    this.#rampTimer?.cancel();
    for (const state of this.#states.values()) this.#tell(farewells(state));
  }

  reload(wanted: Config, plan: readonly Change[] = planVirtualServers(this.#config, wanted)): void {
    const before = this.virtualServers();
    const { states, events } = reloadVirtualServers(this.#states, wanted, plan);
    this.#partFrom(events);
    this.#config = wanted;
    this.#states = states;
    this.#owners = checkOwners(wanted);
    this.#awaitRamps();
    this.#followed();
    this.#announce(events);
    this.#greetNew(events);
    if (!areSameSettings(this.virtualServers(), before)) this.#options.onVirtualServers();
  }

  snapshot(): VirtualServerSnapshot[] {
    return [...this.#states.values()].map((state) => snapshotOf(state, this.#history, this.#suspended));
  }

  changeByHand(changes: readonly HandChange[]): readonly (string | undefined)[] {
    const changed = changeByHand(this.#tables ?? startTables(this.#specs()), changes);
    if (changed.results.includes(undefined)) this.#tables = changed.tables;
    return changed.results;
  }

  find(key: VirtualServerKey): VirtualServerSpec | undefined {
    return findService(this.#tables ?? startTables(this.#specs()), key);
  }

  #takeResult(
    key: string,
    said: { readonly healthy: boolean; readonly weight?: CheckWeight | undefined },
  ): (VirtualServerTransition & { readonly owner: CheckOwner }) | undefined {
    const owner = this.#owners.get(key);
    const before = owner && this.#states.get(owner.virtualServer);
    if (owner === undefined || before === undefined) return undefined;
    const which = { realServer: owner.address, check: key };
    const changed = checkChanged(before, which, { ...said, nowMs: this.#options.clock.nowMs() });
    this.#states.set(owner.virtualServer, changed.state);
    return { ...changed, owner };
  }

  /** By mail, where the real server stays what it was: else it is told of that. */
  #tellOfCheck(
    { owner, state }: VirtualServerTransition & { readonly owner: CheckOwner },
    { before, why }: { readonly before: VirtualServerState; readonly why: string },
  ): void {
    if (this.#config.global.mail.notOfChecks === true) return;
    const [was, is] = [before, state].map(({ realServers }) =>
      realServers.find(({ config }) => config.address === owner.address),
    );
    if (was === undefined || is === undefined || isAlive(was) !== isAlive(is)) return;
    if (was.failedChecks.includes(owner.key) === is.failedChecks.includes(owner.key)) return;
    const news = checkNews(state, { address: owner.address, why });
    if (news !== undefined) this.#options.onNotification?.(news);
  }

  /** What a reload takes away. */
  #partFrom(events: readonly DirectorEvent[]): void {
    for (const event of events) {
      const state = this.#states.get(event.virtualServer);
      if (state === undefined) continue;
      if (event.kind === 'virtual_server_removed') this.#tell(partings(state));
      else if (event.kind === 'real_server_removed') this.#tell(partings(state, event.realServer));
    }
  }

  #tell(notifications: readonly ServerNotification[]): void {
    for (const notification of notifications) this.#options.onNotification?.(notification);
  }

  /** What a reload has brought. */
  #greetNew(events: readonly DirectorEvent[]): void {
    if (this.#config.global.tellsOfInitialServers !== true) return;
    for (const event of events) {
      const state = this.#states.get(event.virtualServer);
      if (state === undefined) continue;
      if (event.kind === 'virtual_server_added') this.#tell(greetings(state));
      else if (event.kind === 'real_server_added') this.#tell(greetings(state, event.realServer));
    }
  }

  #announce(events: readonly DirectorEvent[], why?: string): void {
    const { clock, logger, onEvent, onNotification } = this.#options;
    for (const event of events) {
      this.#history.record(event, clock.wallMs(), why);
      logger.notice(describeEvent(event), undefined, aboutEvent(event));
      onEvent?.(event, why);
      const server = this.#states.get(event.virtualServer)?.config;
      const notification = server && notificationOf(event, server, why);
      if (notification !== undefined) onNotification?.(notification);
    }
  }

  /** One timer for all that are ramping. `changed`: the only ones that may have begun. */
  #awaitRamps(changed: Iterable<VirtualServerState> = this.#states.values()): void {
    const { clock } = this.#options;
    if (this.#rampTimer === undefined && [...changed].every((state) => nextRampMs(state) === undefined))
      return;
    this.#rampTimer?.cancel();
    const times = [...this.#states.values()].flatMap((state) => nextRampMs(state) ?? []);
    this.#rampTimer =
      times.length === 0
        ? undefined
        : clock.setTimer(Math.min(...times) - clock.nowMs(), () => this.#moveRamps());
  }

  #moveRamps(): void {
    let moved = false;
    for (const [name, before] of this.#states) {
      const state = moveRamps(before, this.#options.clock.nowMs());
      moved ||= state !== before;
      this.#states.set(name, state);
    }
    this.#awaitRamps();
    if (!moved) return;
    this.#followed();
    this.#options.onVirtualServers();
  }

  #specs(): readonly VirtualServerSpec[] {
    return [...this.#states.values()].map((state) => {
      const spec = this.#specOfState.get(state) ?? toSpec(state);
      this.#specOfState.set(state, spec);
      return spec;
    });
  }

  #followed(): void {
    if (this.#tables !== undefined) this.#tables = follow(this.#tables, this.#specs());
  }
}

function addressOf({ config, realServers }: VirtualServerState, realServer: string): string | undefined {
  return realServers.find((one) => realServerName(one.config, config) === realServer)?.config.address;
}
