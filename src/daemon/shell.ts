/** What a daemon is made of on a real host: the one place that builds the parts which tests replace. */
import { Worker } from 'node:worker_threads';
import { addon } from '../addon/addon.ts';
import { monotonicUs, systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { SessionBoard } from '../base/sessions.ts';
import { BfdClient, type BfdThread } from '../bfd/client.ts';
import type { EventOutletConfig } from '../config/model.ts';
import { DataplaneClient, type WorkerThread } from '../dataplane/client.ts';
import type { Outlet } from '../notify/outlets/outlet.ts';
import { VrrpClient, type VrrpThread } from '../vrrp/client.ts';
import { configurationReader, rememberingSource } from './configuration.ts';
import type { DaemonShell } from './daemon.ts';
import { EventLog } from './event_log.ts';
import { ofSessions, ofWorker } from './happenings.ts';
import { type DaemonLog, daemonLog, type LogChoice } from './log.ts';
import { enterNetworkNamespace } from './network_namespace.ts';
import { serviceManager } from './service_manager.ts';
import { startWatchdog } from './watchdog.ts';

/** The worker allocates little and briefly; what V8 may take besides would be resident memory. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 } as const;

export interface ShellOptions {
  readonly log: LogChoice;
  /** A worker that dies is started again; false (-R): the process ends. */
  readonly respawn?: boolean;
  /** -i: for `@id` lines; left out, the first part of the host's name. */
  readonly configId?: string | undefined;
}

/** Starts the threads of both workers at once: they load the addon while the main thread reads the configuration. */
export function systemShell({ log: choice, respawn = true, configId }: ShellOptions): DaemonShell {
  const send = (path: string, bytes: Uint8Array): void => addon().sendDatagram(path, bytes);
  let made: DaemonLog | undefined;
  const makeLog = (): DaemonLog => {
    made ??= daemonLog(choice, send);
    return made;
  };
  const logger = (): Logger => makeLog().log;
  const events = new EventLog(systemClock);
  const onWorker = (name: string, death?: string): void => events.add(...ofWorker(name, death));
  const thread = { clock: systemClock, log: logger, respawn, onWorker };
  const dataplane = new DataplaneClient({ ...thread, spawn: spawnDataplane });
  const vrrp = new VrrpClient({ ...thread, spawn: spawnVrrp });
  const sessions = new SessionBoard();
  tellOfSessions(sessions, events);
  // Its thread is started when there is a session to open.
  const bfd = new BfdClient({ ...thread, spawn: spawnBfd }, sessions);
  return {
    addon,
    clock: systemClock,
    log: logger(),
    events,
    makeOutlet: (config) => makeOutlet(config, logger()),
    dataplane,
    vrrp,
    bfd,
    watch: startWatchdog,
    configuration: configurationReader(rememberingSource(configId), makeLog().show),
    enterNamespace: (name) => enterNetworkNamespace(name, ['--namespace', name]),
    setLogFormat: makeLog().setFormat,
    signals: process,
    watchSignals: (numbers, onSignal) => new (addon().SignalWatch)({ numbers, onSignal }),
    serviceManager: serviceManager({
      environment: process.env,
      pid: process.pid,
      monotonicUs,
      send,
      log: logger(),
    }),
    // Loaded late: neither is needed before packets are forwarded.
    startChecks: async (onChange, scheduling) => {
      const [{ createCheckPool }, { createCheckService }, { spawnProgram }] = await Promise.all([
        import('../check/pool.ts'),
        import('../check/service.ts'),
        import('../base/script/program.ts'),
      ]);
      const shared = { clock: systemClock, logger: logger() };
      const pool = createCheckPool({ ...shared, scheduling });
      return createCheckService({
        ...{ ...shared, pool, sessions, onChange },
        spawn: spawnProgram,
        random: systemRandom,
      });
    },
    makeNotifier: async (config, security) => {
      const [{ Notifier }, { sendBySmtp }, { spawnProgram }, { scriptPreparer }] = await Promise.all([
        import('../notify/notifier.ts'),
        import('../notify/mail.ts'),
        import('../base/script/program.ts'),
        import('../base/script/script.ts'),
      ]);
      const prepare = scriptPreparer({ security });
      const shared = { clock: systemClock, log: logger(), spawn: spawnProgram, prepare };
      return new Notifier(config, { ...shared, sendMail: sendBySmtp });
    },
    runScript: async (script, options) => {
      const { scriptRunner } = await import('./run_script.ts');
      await scriptRunner({ clock: systemClock, log: logger })(script, options);
    },
    serve: async (running, wired) => {
      const { openWeb } = await import('./web.ts');
      return openWeb(running, wired, { clock: systemClock, dataplane, log: logger() });
    },
  };
}

function tellOfSessions(sessions: SessionBoard, events: EventLog): void {
  let { states } = sessions;
  sessions.watch(() => {
    const before = states;
    ({ states } = sessions);
    for (const said of ofSessions(before, states)) events.add(...said);
  });
}

async function makeOutlet(config: EventOutletConfig, log: Logger): Promise<Outlet> {
  switch (config.kind) {
    case 'file': {
      const { EventFile } = await import('../notify/outlets/event_file.ts');
      return new EventFile(config.path, log);
    }
    case 'fifo': {
      const { EventFifo } = await import('../notify/outlets/event_fifo.ts');
      return new EventFifo(config.path, { clock: systemClock, log });
    }
    case 'webhook': {
      const [{ Webhook }, { postByFetch }] = await Promise.all([
        import('../notify/outlets/webhook.ts'),
        import('../notify/outlets/post.ts'),
      ]);
      return new Webhook(config.url, { clock: systemClock, log, post: postByFetch });
    }
  }
}

function spawnDataplane(): WorkerThread {
  return new Worker(new URL('../dataplane/worker.js', import.meta.url), {
    name: 'dataplane',
    resourceLimits: WORKER_LIMITS,
    execArgv: [],
  });
}

function spawnVrrp(): VrrpThread {
  return new Worker(new URL('../vrrp/worker.js', import.meta.url), {
    name: 'vrrp',
    resourceLimits: WORKER_LIMITS,
    execArgv: [],
  });
}

function spawnBfd(): BfdThread {
  return new Worker(new URL('../bfd/worker.js', import.meta.url), {
    name: 'bfd',
    resourceLimits: WORKER_LIMITS,
    execArgv: [],
  });
}
