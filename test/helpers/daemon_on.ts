/** A whole daemon in memory: its parts as they are, on a host that only exists here. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SessionBoard } from '../../src/base/sessions.ts';
import { BfdClient } from '../../src/bfd/client.ts';
import type { CheckTarget } from '../../src/check/owner.ts';
import { NONE_IGNORED } from '../../src/check/vip/ignored.ts';
import type { Config } from '../../src/config/model.ts';
import { configurationReader } from '../../src/daemon/configuration.ts';
import { type DaemonOptions, type DaemonShell, runDaemon } from '../../src/daemon/daemon.ts';
import { EventLog } from '../../src/daemon/event_log.ts';
import { ofWorker } from '../../src/daemon/happenings.ts';
import { instancePaths } from '../../src/daemon/paths.ts';
import type { Running } from '../../src/daemon/running.ts';
import type { Reloading } from '../../src/daemon/web.ts';
import { DataplaneClient } from '../../src/dataplane/client.ts';
import { VrrpClient } from '../../src/vrrp/client.ts';
import { FakeClock } from './fake_clock.ts';
import { FakeDataplaneWorker } from './fake_dataplane_worker.ts';
import type { FakeHost } from './fake_host.ts';
import { FakeVrrpWorker } from './fake_vrrp_worker.ts';
import { memoryLog } from './memory_log.ts';

export { configWith } from './sample_config.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-daemon-'));
after(() => rmSync(directory, { recursive: true }));
let runs = 0;

/** A daemon on `host`; `begun` resolves when it forwards and listens. */
export function daemonOn(
  host: FakeHost,
  config: () => Config | undefined,
  makeNotifier: DaemonShell['makeNotifier'] = () => assert.fail('nobody is to be told'),
) {
  const clock = new FakeClock();
  const { logger: log, lines } = memoryLog();
  const events = new EventLog(clock);
  const onWorker = (name: string, death?: string) => events.add(...ofWorker(name, death));
  const signals = new EventEmitter();
  const told: string[] = [];
  const checks: { running: string[]; answer: (server: string, healthy: boolean) => void } = {
    running: [],
    answer: () => assert.fail('no checks were started'),
  };
  const control: { reloading: Reloading } = {
    reloading: { reload: () => assert.fail('not begun'), plan: () => assert.fail('not begun') },
  };
  /** Each that was started; to die, it emits 'error'. */
  const workers: { dataplane: EventEmitter[]; vrrp: EventEmitter[] } = { dataplane: [], vrrp: [] };
  const started = <Worker extends EventEmitter>(list: EventEmitter[], worker: Worker): Worker => {
    list.push(worker);
    return worker;
  };
  let begin: (running: Running) => void;
  const begun = new Promise<Running>((resolve) => {
    begin = resolve;
  });
  const paths = instancePaths('test', join(directory, String(++runs)));
  const shell: DaemonShell = {
    addon: () => host.addon(),
    clock,
    log,
    events,
    makeOutlet: () => assert.fail('events are told nobody'),
    signals,
    watchSignals: (_numbers, onSignal) => {
      signals.on('number', onSignal);
      return { close: () => signals.off('number', onSignal) };
    },
    serviceManager: {
      ready: () => told.push('ready'),
      reloading: () => told.push('reloading'),
      stopping: () => told.push('stopping'),
      say: (status) => told.push(status),
      alive: () => told.push('alive'),
      watchdogMs: undefined,
    },
    setLogFormat: () => undefined,
    enterNamespace: () => assert.fail('it stays where it is'),
    dataplane: new DataplaneClient({
      spawn: () => started(workers.dataplane, new FakeDataplaneWorker(host, clock)),
      clock,
      log: () => log,
      onWorker,
    }),
    vrrp: new VrrpClient({
      spawn: () => started(workers.vrrp, new FakeVrrpWorker(host, clock)),
      clock,
      log: () => log,
      onWorker,
    }),
    bfd: new BfdClient(
      { spawn: () => assert.fail('there is no session'), clock, log: () => log },
      new SessionBoard(),
    ),
    runScript: () => assert.fail('there is no script'),
    makeNotifier,
    watch: () => ({ dismiss: () => undefined }),
    configuration: configurationReader(
      { load: () => ({ config: config(), diagnostics: [] }), validateAgainstHost: () => [] },
      () => undefined,
    ),
    startChecks: async (onChange) => {
      let targets: readonly CheckTarget[] = [];
      const known = new Map<string, boolean>();
      const down = new Set<string>();
      checks.answer = (server, healthy) => {
        const { key } = targets.find(({ realServer }) => realServer.includes(server)) ?? assert.fail(server);
        // As the runner does: what it holds for up already is no news.
        if ((known.get(key) ?? !down.has(key)) !== healthy)
          onChange({ key, healthy, result: { code: healthy ? 'L4OK' : 'L4CON', latencyMs: 1 } });
        known.set(key, healthy);
      };
      return {
        set: (wanted) => {
          targets = wanted;
          for (const { key, startsDown } of wanted) if (startsDown === true) down.add(key);
          checks.running = targets.map(({ realServer }) => realServer);
        },
        states: () =>
          targets.map(({ key, realServer, virtualServer, check }) => {
            const healthy = known.get(key);
            const state = {
              key,
              realServer,
              virtualServer,
              kind: check.kind,
              healthy: healthy ?? true,
              sinceMs: 0,
            };
            if (healthy === undefined) return state;
            return { ...state, result: { code: healthy ? 'L4OK' : 'L4CON', latencyMs: 1 } };
          }),
        history: () => undefined,
        counts: () => ({ latencies: [], restarts: 0, ignored: NONE_IGNORED }),
        stop: async () => host.did('end the checks'),
      };
    },
    serve: async (running, { reloading }) => {
      control.reloading = reloading;
      begin(running);
      return { listen: async () => undefined, close: async () => host.did('close the control socket') };
    },
  };
  const options: DaemonOptions = {
    configFile: 'test.conf',
    paths,
    pidFiles: [join(directory, `${runs}.pid`)],
  };
  const ended = runDaemon(options, shell);
  return { begun, checks, clock, control, ended, events, lines, options, paths, signals, told, workers };
}

/** What was begun goes on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
