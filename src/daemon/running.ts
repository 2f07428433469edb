/**
 * A director at work: connects the parts that do not know one another. Checks tell the director, the director tells
 * the dataplane, a reload goes through all of them.
 */
import type { Addon, Netlink } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { CheckService } from '../check/service.ts';
import type { Config } from '../config/model.ts';
import type { Status } from '../control/status.ts';
import type { DataplaneClient } from '../dataplane/client.ts';
import { every } from '../dataplane/later.ts';
import type { Applied, Opened, Wanted } from '../dataplane/messages.ts';
import { createDirector, type Director } from '../director/director.ts';
import { Instances } from '../vrrp/instances.ts';
import { ownedAddresses } from '../vrrp/owned_addresses.ts';
import type { InstancePaths } from './paths.ts';
import { firstAnswers, outOfService } from './recovery.ts';
import { buildStatus } from './status.ts';
import { version } from './version.ts';
import { wantedInterfaces } from './wanted_interfaces.ts';

/** How soon a passed check brings back a real server that a crash found out of service. */
const RECOVERY_LOOK_MS = 250;

export interface RunningShell {
  readonly addon: Addon;
  readonly netlink: Netlink;
  readonly dataplane: DataplaneClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly paths: InstancePaths;
  /** Makes the checks; called when forwarding is up, so that loading them delays nothing. */
  readonly startChecks: (
    onChange: (change: { key: string; healthy: boolean }) => void,
  ) => Promise<CheckService>;
}

export class Running {
  readonly #shell: RunningShell;
  readonly #director: Director;
  readonly #instances: Instances;
  readonly #sinceMs: number;
  /** Checks whose first answer decides whether a real server returns after a crash. */
  readonly #recovering: Set<string>;
  #recovery: Timer | undefined;
  #checks: CheckService | undefined;
  #config: Config;
  #stopping = false;
  #problems: ReadonlySet<string> = new Set();

  /** Takes over what `opened` found; nothing is done yet. */
  constructor(config: Config, opened: Opened, shell: RunningShell) {
    const { addon, clock, log, netlink, paths } = shell;
    this.#config = config;
    this.#shell = shell;
    this.#sinceMs = clock.wallMs();
    this.#instances = new Instances({
      netlink,
      announce: addon.announce,
      owned: ownedAddresses(paths.addressesFile),
      clock,
      log,
    });
    let settled = false;
    this.#director = createDirector(config, {
      clock,
      logger: log,
      onVirtualServers: () => {
        if (settled) void this.#want();
      },
    });
    this.#recovering = new Set(opened.adopted ? outOfService(this.#director, opened.virtualServers) : []);
    if (this.#recovering.size > 0)
      log.info('Real servers that were out of service stay out until a check of them passes');
    for (const key of this.#recovering) this.#director.checkChanged(key, false);
    settled = true;
  }

  /** From tables to addresses to checks: a client must not find an address before its traffic is forwarded. */
  async start(): Promise<void> {
    const { interfaces } = await this.#want();
    this.#instances.add(this.#config);
    // What a process before us added and this configuration does not have.
    this.#instances.removeOthers(this.#config);
    const where = interfaces.map(({ name, mode }) => `${name} (${mode} XDP)`).join(', ');
    const { virtualServers } = this.#config;
    const realServers = virtualServers.reduce((sum, server) => sum + server.realServers.length, 0);
    const what = `${virtualServers.length} virtual servers, ${realServers} real servers`;
    this.#shell.log.notice(`forwarding: ${what}, on ${where || 'no interface'}`);
    this.#checks = await this.#shell.startChecks((change) => this.#checkChanged(change));
    this.#checks.set(this.#director.checks());
    if (this.#recovering.size > 0)
      this.#recovery = every(this.#shell.clock, RECOVERY_LOOK_MS, () => this.#recover());
  }

  /**
   * Makes `config` the configuration in force. What is new comes before what goes, and a virtual server is in the
   * tables before its address comes up. Unchanged servers keep their state and their flows.
   */
  async reload(config: Config): Promise<void> {
    if (this.#stopping) return;
    const { log } = this.#shell;
    if (config.global.flowTableSize !== this.#config.global.flowTableSize)
      log.warn('xlb_flow_table_size has changed: it takes effect when xlb is stopped and started');
    this.#config = config;
    const changes = this.#director.reload(config);
    await this.#want();
    this.#instances.add(config);
    this.#checks?.set(this.#director.checks());
    this.#instances.removeOthers(config);
    log.notice(`Reloaded ${config.file}: ${changes.length} changes of virtual servers`);
  }

  async status(): Promise<Status> {
    const { dataplane, paths } = this.#shell;
    return buildStatus({
      identity: {
        instance: paths.instance,
        pid: process.pid,
        version: version(),
        config: this.#config.file,
        since: new Date(this.#sinceMs).toISOString(),
      },
      dataplane: await dataplane.read().catch(() => undefined),
      virtualServers: this.#director.snapshot(),
      vrrpInstances: this.#instances.configs(),
    });
  }

  get healthy(): boolean {
    return this.#shell.dataplane.running;
  }

  /** Takes everything off the host: checks end, addresses go, then the packet path. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#recovery?.cancel();
    const { addon, dataplane, log, paths } = this.#shell;
    const checksEnded = this.#checks?.stop();
    this.#instances.stop();
    for (const problem of await dataplane.stop()) log.warn(problem);
    // The worker did this, unless it was dead.
    addon.removePins(paths.pinDirectory);
    await checksEnded;
  }

  async #want(): Promise<Applied> {
    const wanted: Wanted = {
      virtualServers: this.#director.virtualServers(),
      realServers: this.#config.virtualServers.flatMap(({ realServers }) =>
        realServers.map((one) => one.address),
      ),
      interfaces: wantedInterfaces(this.#config),
    };
    try {
      const applied = await this.#shell.dataplane.want(wanted);
      // A problem that lasts comes with every wish; it is told once.
      for (const problem of applied.problems) if (!this.#problems.has(problem)) this.#shell.log.warn(problem);
      this.#problems = new Set(applied.problems);
      return applied;
    } catch (error) {
      this.#shell.log.error(`Cannot change the tables: ${reasonOf(error)}`);
      return { interfaces: [], problems: [reasonOf(error)] };
    }
  }

  #checkChanged({ key, healthy }: { readonly key: string; readonly healthy: boolean }): void {
    this.#recovering.delete(key);
    this.#director.checkChanged(key, healthy);
  }

  /** A check that passes from its first attempt on has no change to tell; here its answer is news. */
  #recover(): void {
    const states = this.#checks?.states() ?? [];
    for (const [key, healthy] of firstAnswers(this.#recovering, states)) this.#checkChanged({ key, healthy });
    const known = new Set(states.map(({ key }) => key));
    for (const key of this.#recovering) if (!known.has(key)) this.#recovering.delete(key);
    if (this.#recovering.size === 0) this.#recovery?.cancel();
  }
}
