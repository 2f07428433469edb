/**
 * `xlb run`: the order of start-up, signals, and the end.
 *
 *  1. read the configuration, print what is wrong or worth knowing; errors end it before the host is touched
 *  2. root, kernel, bpffs
 *  3. the interfaces that the configuration names
 *  4. the instance's lock: one daemon an instance
 *  5. the dataplane worker opens the tables, adopting what an earlier process left
 *  6. next hops, virtual servers, the program on its interfaces; only then what is no longer wanted goes
 *  7. BFD sessions open, then the virtual routers start; where this director becomes master, addresses come up and
 *     clients come
 *  8. health checks
 *  9. the control socket, then HTTP for whoever reads metrics
 * 10. dumps by signals; the service manager is told that it runs
 *
 * The workers' threads are started first of all, while this one reads: they open nothing before step 5.
 */
import { existsSync, rmSync } from 'node:fs';
import type { Addon, InstanceLock, Netlink } from '../addon/addon.ts';
import type { Clock } from '../base/clock.ts';
import { errorCodes } from '../base/errors.ts';
import { keepHeapSmall, withRoomyHeap } from '../base/heap.ts';
import type { LogFormat, Logger } from '../base/log.ts';
import type { BfdClient } from '../bfd/client.ts';
import type { Config } from '../config/model.ts';
import type { ReloadOutcome } from '../control/reload.ts';
import type { DataplaneClient } from '../dataplane/client.ts';
import type { OpenOptions } from '../dataplane/messages.ts';
import type { VrrpClient } from '../vrrp/client.ts';
import type { ConfigurationReader } from './configuration.ts';
import type { Dumps } from './dump/dumps.ts';
import type { EventLog } from './event_log.ts';
import { EventOutlets, type MakeOutlet } from './event_outlets.ts';
import { ofReload, ofStart, ofStop } from './happenings.ts';
import { startHeartbeat } from './heartbeat.ts';
import { type Keep, removeLeftovers } from './leftovers.ts';
import { DEFAULT_INSTANCE, type InstancePaths } from './paths.ts';
import { Reload } from './reload/reload.ts';
import { ReloadTimer } from './reload/reload_timer.ts';
import { Reloads } from './reload/reloads.ts';
import { hostFacts, missingRequirement } from './requirements.ts';
import { lockInstance, removeRunFiles, writePidFile } from './run_directory.ts';
import { Running } from './running.ts';
import type { RunningShell } from './running_shell.ts';
import type { ServiceManager } from './service_manager.ts';
import { Signals, type WatchSignals } from './signals.ts';
import type { Watchdog } from './watchdog.ts';
import type { Reloading, Web } from './web.ts';

/** Both tables have twice as many slots as flows or templates, so that a free one is near. */
const SLOTS_PER_FLOW = 2;
const ABANDON_MS = 500;

export interface DaemonOptions {
  readonly configFile: string;
  readonly paths: InstancePaths;
  /** -p and others: pid files besides the instance's own. */
  readonly pidFiles: readonly string[];
  /** -u: of dumps. */
  readonly umask?: number;
  /** -d. */
  readonly dumpAtStart?: boolean;
  /** -s: it is in the network namespace that it shall be in, whatever the configuration says. */
  readonly isPlaced?: boolean;
  /** -V and -I: what an orderly stop leaves on the host. */
  readonly keep?: Keep;
}

export interface DaemonShell {
  readonly addon: () => Addon;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dataplane: DataplaneClient;
  readonly vrrp: VrrpClient;
  readonly bfd: BfdClient;
  /** Of what happens to this director. */
  readonly events: EventLog;
  /** xlb_events. */
  readonly makeOutlet: MakeOutlet;
  readonly watch: (paths: InstancePaths, log: Logger) => Watchdog;
  readonly configuration: ConfigurationReader;
  readonly startChecks: RunningShell['startChecks'];
  readonly makeNotifier: RunningShell['makeNotifier'];
  readonly runScript: RunningShell['runScript'];
  /** Called when forwarding is up, so that loading it delays nothing. */
  readonly serve: (
    running: Running,
    wired: { readonly paths: InstancePaths; readonly reloading: Reloading },
  ) => Promise<Web>;
  /** Where signals come from: the process. */
  readonly signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  readonly watchSignals: WatchSignals;
  readonly serviceManager: ServiceManager;
  /** net_namespace: does not return where that is another one than this. */
  readonly enterNamespace: (name: string) => void;
  /** xlb_log. */
  readonly setLogFormat: (format: LogFormat) => void;
}

interface Started {
  readonly running: Running;
  readonly reloads: Reloads;
  readonly timer: ReloadTimer;
  readonly outlets: EventOutlets;
  readonly web: Web;
  readonly lock: InstanceLock;
  readonly netlink: Netlink;
  readonly watchdog: Watchdog;
}

/** Runs until it is told to stop; the exit code. Throws an XlbError or AddonError where it cannot start. */
export async function runDaemon(options: DaemonOptions, shell: DaemonShell): Promise<number> {
  const signals = new Signals(shell.signals, shell);
  const forced = signals.force.then((why) => ({ why }));
  try {
    const started = await Promise.race([start(options, shell), forced]);
    if (started === undefined) return errorCodes.CONFIG.exit;
    if ('why' in started) return forceEnd(started.why, options, shell);
    signals.allow(() => started.running.shutdownScriptMs);
    keepHeapSmall();
    const dumps = await takeDumps(signals, started, { options, shell });
    if (options.dumpAtStart === true) await dumps.log();
    signals.onReload(() => void started.reloads.ask());
    const heartbeat = beginHeartbeat(shell);
    shell.serviceManager.say(started.running.summary);
    shell.serviceManager.ready();
    await signals.stop;
    started.timer.close();
    started.reloads.close();
    shell.serviceManager.stopping();
    heartbeat.stop();
    shell.log.notice('Stopping');
    shell.events.add(...ofStop);
    const ended = await Promise.race([stop(started, options, shell), forced]);
    if (ended !== undefined) return forceEnd(ended.why, options, shell);
    shell.log.notice('Stopped');
    return 0;
  } finally {
    signals.close();
  }
}

/** From now on signals are answered with dumps; what makes them is loaded now, where there is time. */
async function takeDumps(
  signals: Signals,
  { running }: Started,
  { options: { paths, umask }, shell }: { options: DaemonOptions; shell: DaemonShell },
): Promise<Dumps> {
  const { Dumps } = await import('./dump/dumps.ts');
  const dumps = new Dumps({
    log: shell.log,
    report: (wanted) => running.report(wanted),
    ...(umask === undefined ? {} : { umask }),
    ...(paths.instance === DEFAULT_INSTANCE ? {} : { instance: paths.instance }),
  });
  signals.onDump((order) => void dumps.make(order), shell.watchSignals);
  return dumps;
}

/** Nothing, where no service manager waits for it. */
function beginHeartbeat({ clock, dataplane, log, serviceManager, vrrp }: DaemonShell): { stop(): void } {
  const { watchdogMs } = serviceManager;
  if (watchdogMs === undefined) return { stop: () => undefined };
  const threads = { VRRP: () => vrrp.status(), dataplane: () => dataplane.ask({ ask: 'alive' }) };
  return startHeartbeat(watchdogMs, { clock, log, threads, alive: () => serviceManager.alive() });
}

/** Undefined where the configuration is at fault; that was printed. */
async function start(options: DaemonOptions, shell: DaemonShell): Promise<Started | undefined> {
  const { configuration } = shell;
  const config = configuration.read(options.configFile);
  if (config === undefined) return abandon(shell);
  shell.setLogFormat(config.global.logFormat);
  if (config.netNamespace !== undefined && options.isPlaced !== true)
    shell.enterNamespace(config.netNamespace);
  const addon = shell.addon();
  const missing = missingRequirement(hostFacts(addon));
  if (missing !== undefined) throw missing;
  const netlink = new addon.Netlink();
  if (!configuration.fitsHost(config, netlink.links())) return abandon(shell);
  const crashedBefore = existsSync(options.paths.pinDirectory);
  const lock = await lockInstance(addon, options.paths);
  let watchdog: Watchdog | undefined;
  const outlets = new EventOutlets(shell.events, shell.makeOutlet, shell.clock);
  try {
    for (const file of options.pidFiles) writePidFile(file);
    const opened = await shell.dataplane.open(openOptions(config, options.paths));
    reportOpened(opened, shell.log);
    const { bfd, clock, dataplane, events, log, makeNotifier, runScript, startChecks, vrrp } = shell;
    const { paths } = options;
    const { addressesFile, instance, routingFile, sysctlsFile } = paths;
    const { serviceManager } = shell;
    vrrp.open({ addressesFile, routingFile, sysctlsFile, owner: instance });
    watchdog = shell.watch(paths, log);
    await outlets.configure(config.global.events);
    const running = new Running(config, opened, {
      dataplane,
      vrrp,
      bfd,
      clock,
      log,
      events,
      eventsLost: () => outlets.lost(),
      paths,
      startChecks,
      makeNotifier,
      runScript,
      onSummary: (summary) => serviceManager.say(summary),
      localAddresses: () => new Set(netlink.addresses().map(({ address }) => address)),
    });
    await running.start();
    events.add(...ofStart(opened.adopted));
    const { setLogFormat } = shell;
    const http: Pick<Web, 'listen'> = { listen: (settings) => web.listen(settings) };
    const timer = new ReloadTimer({ clock, log, reload: () => void reloads.ask() });
    const reload = new Reload(
      options.configFile,
      {
        ...{ clock, configuration, http, log, outlets, running, serviceManager, setLogFormat, timer },
        links: () => netlink.links(),
      },
      config.global.reload?.marker,
    );
    const reloads = new Reloads(async () => tellReload(await withRoomyHeap(() => reload.run()), events));
    const reloading = { reload: () => reloads.ask(), plan: (file: string) => reload.plan(file) };
    const web = await shell.serve(running, { paths, reloading });
    await web.listen(config.global);
    timer.configure(config.global.reload);
    return { running, reloads, outlets, timer, web, lock, netlink, watchdog };
  } catch (error) {
    await abandon(shell);
    watchdog?.dismiss();
    await outlets.stop();
    // A first start that fails leaves nothing; one after a crash leaves forwarding what still forwards.
    if (crashedBefore) removeRunFiles(options.paths);
    else removeLeftovers(addon, options.paths);
    for (const file of options.pidFiles) rmSync(file, { force: true });
    lock.release();
    throw error;
  }
}

async function abandon({ bfd, dataplane, vrrp }: DaemonShell): Promise<undefined> {
  await Promise.all([vrrp.abandon(), dataplane.abandon(), bfd.stop()]);
}

function tellReload(outcome: ReloadOutcome, events: EventLog): ReloadOutcome {
  const said = ofReload(outcome);
  if (said !== undefined) events.add(...said);
  return outcome;
}

function openOptions({ global }: Config, { neighboursFile, pinDirectory }: InstancePaths): OpenOptions {
  const flowSlots = powerOfTwo(global.flowTableSize * SLOTS_PER_FLOW);
  const templateSlots = powerOfTwo(global.persistenceTableSize * SLOTS_PER_FLOW);
  return { pinDirectory, neighboursFile, limits: { flowSlots, templateSlots } };
}

/** The smallest one, as the tables want it, that is not below `number`, which is at least 1. */
function powerOfTwo(number: number): number {
  return 2 ** Math.ceil(Math.log2(number));
}

function reportOpened({ adopted, discarded }: { adopted: boolean; discarded?: string }, log: Logger): void {
  if (adopted) log.notice('Adopted the tables of an earlier process: its flows go on');
  if (discarded !== undefined)
    log.warn(`Tables of an earlier process were discarded, their flows are lost: ${discarded}`);
}

/** What the worker and the running parts do not manage in time is done here, from the outside. */
async function forceEnd(
  why: string,
  { paths, pidFiles }: DaemonOptions,
  { addon, clock, log, vrrp }: DaemonShell,
): Promise<number> {
  log.error(`Stop: ${why}: forcing it`);
  // It would put addresses back. Where its thread hangs as well, the end of the process ends it.
  await Promise.race([vrrp.abandon(), new Promise<void>((end) => clock.setTimer(ABANDON_MS, end))]);
  const { problems } = removeLeftovers(addon(), paths);
  for (const problem of problems) log.error(problem);
  for (const file of pidFiles) rmSync(file, { force: true });
  return 1;
}

/** The parts take their own things down; what one of them could not, because it was dead, goes with the leftovers. */
async function stop(
  { running, web, lock, netlink, outlets, watchdog }: Started,
  { paths, pidFiles, keep }: DaemonOptions,
  { addon, log }: DaemonShell,
): Promise<void> {
  await running.stop(keep);
  watchdog.dismiss();
  await Promise.all([web.close(), outlets.stop()]);
  netlink.close();
  const { problems } = removeLeftovers(addon(), paths, keep);
  for (const problem of problems) log.error(problem);
  for (const file of pidFiles) rmSync(file, { force: true });
  lock.release();
}
