/**
 * A director at work: connects the parts that do not know one another. Checks tell the director, the director tells
 * the dataplane, a reload goes through all of them.
 */
import { reasonOf, XlbError } from '../base/errors.ts';
import { TERMINATION_GRACE_MS } from '../base/script/program.ts';
import type { CheckService } from '../check/service.ts';
import type { Config } from '../config/model.ts';
import type { DatapathAnswer, DatapathOrder } from '../control/datapath.ts';
import type { Status, StatusQuestion } from '../control/status.ts';
import type { ChangeResults, TableChange } from '../control/table_change.ts';
import type { TablesAnswer } from '../control/tables.ts';
import type { WeightAnswer, WeightOrder } from '../control/weight.ts';
import type { Applied, InterfaceState, Opened, Wanted } from '../dataplane/messages.ts';
import { createDirector, type Director } from '../director/director.ts';
import { suspendedServers } from '../director/ha_suspend.ts';
import type { VirtualServerSnapshot } from '../director/snapshot.ts';
import type { Facts, ReloadFacts } from '../metrics/facts.ts';
import type { Role, VrrpNews } from '../vrrp/news.ts';
import { hindrances } from '../web/readiness.ts';
import type { Report } from './dump/report.ts';
import type { EventLog } from './event_log.ts';
import { HandSettings } from './hand_settings.ts';
import { ofCheck, ofDatapath, ofDirector, ofInterfaces, ofVrrp } from './happenings.ts';
import { identityOf, restartsOf } from './identity.ts';
import { keepNothing } from './leftovers.ts';
import { Notifications } from './notifications.ts';
import { directorSteps, logPlan, planReload, type Reloaded, type ReloadPlan } from './plan/reload_plan.ts';
import { withUnchanged } from './plan/unchanged.ts';
import { madeOnce, type Reading, Readings, within } from './readings.ts';
import { outOfService } from './recovery.ts';
import { rememberRouters } from './remember_routers.ts';
import type { CheckNews, RunningShell } from './running_shell.ts';
import {
  count,
  markRules,
  serverAddresses,
  serverCounts,
  summaryOf,
  vrrpConfig,
  withVrrpOf,
} from './shares.ts';
import { addressesElsewhere, onStandby } from './standby.ts';
import { changeTables, connectionStretches, tableServices } from './tables.ts';
import { wantedInterfaces } from './wanted_interfaces.ts';
import { matchingServers, RememberedWeights, serversNamed } from './weights.ts';
import { Wishes } from './wishes.ts';

export class Running {
  readonly #shell: RunningShell;
  readonly #director: Director;
  readonly #notifications: Notifications;
  /** Of the virtual routers, by name. */
  readonly #roles = new Map<string, Role>();
  readonly #sinceMs: number;
  readonly #adopted: boolean;
  readonly #handWeights: RememberedWeights;
  readonly #readings: Readings;
  #checks: CheckService | undefined;
  #config: Config;
  #stopping = false;
  /** While true, the one who changes the director's state sends the wish. */
  #quiet = true;
  #reload: ReloadFacts;
  readonly #wishes = new Wishes(
    () => this.#want(),
    () => this.#shell.dataplane.running,
  );
  #problems: ReadonlySet<string> = new Set();
  /** Those that take traffic, as they were told last. */
  #interfaces: readonly InterfaceState[] = [];
  /** The last that the VRRP worker survived. */
  #vrrpInForce: Config | undefined;
  readonly #byHand = new HandSettings();

  /** Takes over what `opened` found; nothing is done yet. */
  constructor(config: Config, opened: Opened, shell: RunningShell) {
    const { clock, log } = shell;
    this.#config = config;
    this.#shell = shell;
    this.#readings = new Readings(shell, () => this.#servers());
    this.#adopted = opened.adopted;
    this.#sinceMs = clock.wallMs();
    this.#reload = { lastSuccessful: true, lastSuccessMs: this.#sinceMs };
    this.#notifications = new Notifications(shell.makeNotifier);
    shell.vrrp.onNews((news) => this.#takeNews(news));
    this.#director = createDirector(config, {
      clock,
      logger: log,
      onVirtualServers: () => this.#wantSoon(),
      onEvent: (event, why) => shell.events.add(...ofDirector(event, why)),
      onNotification: (notification) => this.#notifications.tell(notification),
    });
    this.#handWeights = new RememberedWeights(shell.paths.weightsFile, log);
    this.#director.weighByHand(this.#handWeights.read());
    const startDown = opened.adopted ? outOfService(this.#director, opened.virtualServers) : [];
    if (startDown.length > 0)
      log.info('Real servers that were out of service stay out until a check of them passes');
    this.#director.startDown(startDown);
    this.#director.suspend(suspendedServers(config, this.#masters()));
  }

  /** From tables to addresses to checks: a client must not find an address before its traffic is forwarded. */
  async start(): Promise<void> {
    const { interfaces, problems } = await this.#want('to be told');
    // Addresses that nobody forwards for would only draw clients into nothing.
    if (interfaces.length === 0 && !this.#adopted && wantedInterfaces(this.#config).names.length > 0)
      throw new XlbError('HOST', problems[0] ?? 'Cannot attach to any interface');
    this.#tell(problems);
    this.#quiet = false;
    const { scriptSecurity: security, startupScript, startupScriptTimeoutMs } = this.#config.global.vrrp;
    if (startupScript !== undefined)
      await this.#shell.runScript(startupScript, { timeoutMs: startupScriptTimeoutMs, security });
    this.#shell.bfd.configure(this.#config.bfdInstances, this.#config.global.bfd);
    await this.#configureVrrp(this.#config);
    this.#director.begin();
    const where = interfaces.map(({ name, mode }) => `${name} (${mode} XDP)`).join(', ');
    const what = serverCounts(this.#config);
    this.#shell.log.notice(`forwarding: ${what}, on ${where || 'no interface'}`);
    const { checks: scheduling } = this.#config.global;
    this.#checks = await this.#shell.startChecks((news) => this.#checkChanged(news), scheduling);
    this.#checks.set(this.#director.checks());
  }

  /**
   * Makes `wanted` the configuration in force. What is new comes before what goes, and a virtual server is in the
   * tables before its address comes up. Unchanged servers keep their state and their flows. What was done;
   * undefined where a stop came first.
   */
  async reload(wanted: Config): Promise<Reloaded | undefined> {
    if (this.#stopping) return undefined;
    const { log } = this.#shell;
    const config = withUnchanged(this.#config, wanted);
    const plan = this.plan(config);
    logPlan(plan, log);
    const before = this.#config;
    this.#byHand.reloaded(before.global, config.global);
    this.#config = config;
    this.#quiet = true;
    this.#director.reload(config, directorSteps(plan));
    this.#director.suspend(suspendedServers(config, this.#masters()));
    this.#handWeights.keep(this.#director.handWeights());
    this.#quiet = false;
    const { refused: problems = [] } = await this.#want();
    if (this.#stopping) return undefined;
    this.#shell.bfd.configure(config.bfdInstances, config.global.bfd);
    this.#checks?.set(this.#director.checks());
    try {
      await this.#configureVrrp(config);
    } catch (error) {
      // Its next worker has what it had before: the same reload finds its steps again.
      this.#config = withVrrpOf(before, config);
      throw error;
    }
    if (this.#stopping) return undefined;
    this.#reload = { lastSuccessful: true, lastSuccessMs: this.#shell.clock.wallMs() };
    log.notice(`Reloaded ${config.file}: ${count(plan.length, 'change')}`);
    return { plan, problems };
  }

  /** What a reload to `config` would do now. */
  plan(config: Config): ReloadPlan {
    return planReload(this.#config, config);
  }

  /** A file was refused, or could not be applied: for those who watch. */
  reloadFailed(): void {
    this.#reload = { ...this.#reload, lastSuccessful: false };
  }

  /** Of all who ask the same at once, one and the same. */
  async status(question: StatusQuestion = {}): Promise<Status> {
    return this.#statusOf(await this.#readings.ask(), question);
  }

  /** What metrics are made of. */
  async facts(): Promise<Facts> {
    const { bfd, dataplane, vrrp } = this.#shell;
    const workers = { dataplane, af_xdp: dataplane.threads, vrrp, bfd };
    const reading = await this.#readings.ask();
    const checked = this.#checks?.counts();
    return {
      status: this.#statusOf(reading),
      verdicts: reading.dataplane?.verdicts ?? [],
      restarts: { ...restartsOf(workers), check: checked?.restarts ?? 0 },
      ...(checked === undefined ? {} : { latencies: checked.latencies, ignoredByProbes: checked.ignored }),
      reload: this.#reload,
      sweeps: reading.dataplane?.flows.sweeps,
    };
  }

  #statusOf(reading: Reading, question: StatusQuestion = {}): Status {
    const lost = this.#notifications.lost();
    return madeOnce(reading, question, () => ({
      ...reading,
      identity: identityOf(this.#shell.paths.instance, this.#config, this.#sinceMs),
      datapath: this.#byHand.datapath(this.#config.global),
      virtualServers: serversNamed(question.virtualServer, reading.servers),
      checks: this.#checks?.states() ?? [],
      ...(question.history === true ? { historyOf: (key, most) => this.#checks?.history(key, most) } : {}),
      ...(lost === undefined ? {} : { lost }),
      eventsLost: this.#shell.eventsLost(),
    }));
  }

  /** What ipvsadm shows. */
  async tables(): Promise<TablesAnswer> {
    const { services, rates } = await this.#shell.dataplane.ask({ ask: 'tables' });
    return { timeouts: this.#byHand.timeouts(this.#config.global), services: tableServices(services, rates) };
  }

  /** Changes by hand, until the configuration changes the same thing or the daemon stops. */
  changeTables(changes: readonly TableChange[]): Promise<ChangeResults> {
    return changeTables(changes, {
      director: this.#director,
      dataplane: this.#shell.dataplane,
      wish: async () => (await this.#want()).refused ?? [],
      setTimeouts: (timeouts) => this.#byHand.setTimeouts(timeouts, this.#config.global),
    });
  }

  /** Weights by hand, until they are undone. Undefined where there is no such real server. */
  async weigh(order: WeightOrder): Promise<WeightAnswer | undefined> {
    const matched = matchingServers(order, this.#director.snapshot());
    if (matched.length === 0) return undefined;
    this.#director.weighByHand(matched.map((one) => ({ ...one, weight: order.weight })));
    this.#handWeights.keep(this.#director.handWeights());
    const { refused: problems = [] } = await this.#want();
    return { changed: matched, problems };
  }

  /** The data path by hand, until the next reload. */
  async setDatapath({ datapath }: DatapathOrder): Promise<DatapathAnswer> {
    const from = this.#byHand.datapath(this.#config.global);
    this.#byHand.setDatapath(datapath);
    this.#shell.log.notice(`Data path ${datapath}, by hand until the next reload`);
    if (from !== datapath) this.#shell.events.add(...ofDatapath(from, datapath));
    const { problems } = await this.#want();
    return { problems };
  }

  /** Connections and persistence templates as lines; see ConnectionEntry. */
  connections(): AsyncIterable<Uint8Array> {
    return connectionStretches(this.#shell.dataplane);
  }

  /** What dumps are made of. `clear`: what the virtual routers have counted begins anew. */
  async report(options: { readonly clear: boolean }): Promise<Report> {
    return {
      config: this.#config,
      instances: await this.#shell.vrrp.status(options),
      virtualServers: this.#director.snapshot(),
      checks: this.#checks?.states() ?? [],
    };
  }

  /** What has happened, and happens. */
  get events(): EventLog {
    return this.#shell.events;
  }

  get summary(): string {
    return summaryOf(this.#config, this.#masters().size);
  }

  get healthy(): boolean {
    return this.#shell.dataplane.running && this.#shell.vrrp.running;
  }

  /** Why no traffic should come here. Anybody may ask, as often as they like: it costs nothing that grows. */
  async hindrances(): Promise<readonly string[]> {
    if (this.#stopping) return ['xlb is stopping'];
    const { clock, dataplane, vrrp } = this.#shell;
    const [answer, routers] = await Promise.all([
      within(dataplane.ask({ ask: 'interfaces' }), clock),
      within(vrrp.status(), clock),
    ]);
    const { virtualServers } = this.#config;
    const facts = { interfaces: answer?.interfaces.length, vrrp: routers !== undefined };
    return hindrances({ ...facts, problems: [...this.#problems], virtualServers: virtualServers.length });
  }

  /** vrrp_shutdown_script may take so long, its end included; 0 where there is none. */
  get shutdownScriptMs(): number {
    const { shutdownScript, shutdownScriptTimeoutMs } = this.#config.global.vrrp;
    return shutdownScript === undefined ? 0 : shutdownScriptTimeoutMs + TERMINATION_GRACE_MS;
  }

  /** Takes everything off the host: addresses go when a successor has them, and only then the packet path. */
  async stop(keep = keepNothing): Promise<void> {
    this.#stopping = true;
    const { bfd, dataplane, log, vrrp } = this.#shell;
    this.#director.end();
    const ended = keep.addresses ? vrrp.abandon() : vrrp.stop();
    await ended.catch((error: unknown) => log.warn(reasonOf(error)));
    await bfd.stop();
    const told = this.#notifications.stop();
    const { scriptSecurity: security, shutdownScript, shutdownScriptTimeoutMs } = this.#config.global.vrrp;
    if (shutdownScript !== undefined)
      await this.#shell.runScript(shutdownScript, { timeoutMs: shutdownScriptTimeoutMs, security });
    const checksEnded = this.#checks?.stop();
    if (keep.forwarding) await dataplane.abandon();
    const problems = keep.forwarding
      ? []
      : await dataplane.stop().catch((error: unknown) => [reasonOf(error)]);
    for (const problem of problems) log.warn(problem);
    await Promise.all([checksEnded, told]);
  }

  #wantSoon(): void {
    if (!this.#quiet) this.#wishes.changed();
  }

  /** As the tables will have them when the dataplane is asked after this. */
  #servers(): readonly VirtualServerSnapshot[] {
    this.#wishes.sendAll();
    return this.#director.snapshot();
  }

  async #want(problems?: 'to be told'): Promise<Applied> {
    const virtualServers = onStandby(this.#director.virtualServers(), {
      elsewhere: addressesElsewhere(this.#config.vrrpInstances, this.#masters()),
      local: this.#shell.localAddresses,
    });
    const wanted: Wanted = {
      virtualServers,
      realServers: serverAddresses(this.#config),
      interfaces: {
        ...wantedInterfaces(this.#config, virtualServers),
        datapath: this.#byHand.datapath(this.#config.global),
      },
      markRules: markRules(this.#config),
      settings: { ...this.#config.global.dataplane, timeouts: this.#byHand.timeouts(this.#config.global) },
    };
    try {
      const applied = await this.#shell.dataplane.want(wanted);
      if (problems === undefined) this.#tell(applied.problems);
      for (const said of ofInterfaces(this.#interfaces, applied.interfaces)) this.#shell.events.add(...said);
      this.#interfaces = applied.interfaces;
      return applied;
    } catch (error) {
      this.#shell.log.error(`Cannot change the tables: ${reasonOf(error)}`);
      return { interfaces: [], problems: [reasonOf(error)], refused: [reasonOf(error)] };
    }
  }

  /** A problem that lasts comes with every wish; it is told once. */
  #tell(problems: readonly string[]): void {
    for (const problem of problems) if (!this.#problems.has(problem)) this.#shell.log.warn(problem);
    this.#problems = new Set(problems);
  }

  /** Of a weight alone there is no event here: the director has one. */
  #checkChanged({ key, healthy, weight, result }: CheckNews): void {
    const known = this.#director.check(key);
    if (known?.failed === healthy) this.#shell.events.add(...ofCheck({ ...known, healthy, result }));
    this.#director.checkChanged(key, healthy, weight);
  }

  #takeNews(news: VrrpNews): void {
    const said = ofVrrp(news, this.#roles);
    if (said !== undefined) this.#shell.events.add(...said);
    switch (news.news) {
      case 'notification':
        this.#notifications.tell(news.event);
        break;
      case 'role':
        this.#roles.set(news.instance, news.role);
        if (this.#stopping) break;
        this.#shell.onSummary(this.summary);
        if (this.#director.suspend(suspendedServers(this.#config, this.#masters())))
          this.#checks?.set(this.#director.checks());
        this.#wantSoon();
        break;
    }
  }

  /** The vrrp_instances that are. */
  #masters(): ReadonlySet<string> {
    return new Set([...this.#roles].filter(([, role]) => role === 'MASTER').map(([name]) => name));
  }

  /** Remembered first: a crash right after it must find who has to be listened for. */
  async #configureVrrp(config: Config): Promise<void> {
    await this.#notifications.configure(config);
    // A stop that came meanwhile has withdrawn everything, or is about to.
    if (this.#stopping) return;
    rememberRouters(this.#shell, config);
    try {
      await this.#shell.vrrp.configure(vrrpConfig(config));
    } catch (error) {
      // The virtual routers go on with the one before.
      if (this.#vrrpInForce !== undefined) rememberRouters(this.#shell, this.#vrrpInForce);
      throw error;
    }
    this.#vrrpInForce = config;
  }
}
