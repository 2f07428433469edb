/** All checks of the director: keeps one runner a check, and on a reload those whose key stays. */
import type { Spawn } from '../base/script/program.ts';
import type { CheckConfig, LocalCheckConfig, NetworkCheckConfig } from '../config/model.ts';
import type { Attempts, LocalChecker } from './checker.ts';
import { DueTimes } from './due_times.ts';
import { localCheckers } from './local_registry.ts';
import type { CheckPool } from './pool.ts';
import { CheckRunner, type CheckRunnerOptions, type CheckState, type CheckTarget } from './runner.ts';

export interface CheckServiceOptions extends Omit<CheckRunnerOptions, 'open' | 'dueTimes'> {
  /** Handed over: stop() closes it. */
  readonly pool: CheckPool;
  /** Starts scripts. */
  readonly spawn: Spawn;
}

export interface CheckService {
  /** The checks that shall run, complete. Those that run already keep what they know; keys must be unique. */
  set(targets: readonly CheckTarget[]): void;
  /** In the order of the last set(). */
  states(): CheckState[];
  /** No callback comes after it was called; resolves when the threads and all scripts have ended. */
  stop(): Promise<void>;
}

export function createCheckService({ pool, spawn, ...options }: CheckServiceOptions): CheckService {
  let runners = new Map<string, CheckRunner>();
  const { clock, logger } = options;
  const pooled: Attempts<NetworkCheckConfig> = { run: (check) => pool.run(check), close: async () => {} };
  const runnerOptions: CheckRunnerOptions = {
    ...options,
    dueTimes: new DueTimes(clock),
    // Each gets checks of the kind that it was opened for.
    open: (check, wake) => {
      if (!isLocal(check)) return pooled as Attempts<CheckConfig>;
      const checker = localCheckers[check.kind] as LocalChecker<LocalCheckConfig>;
      return checker.open(check, { clock, logger, spawn, wake }) as Attempts<CheckConfig>;
    },
  };

  function begin(target: CheckTarget): CheckRunner {
    logger.info(`Activating healthchecker for service ${target.realServer} for VS ${target.virtualServer}`);
    return new CheckRunner(target, runnerOptions);
  }

  return {
    set(targets) {
      const before = runners;
      runners = new Map();
      for (const target of targets) {
        const running = before.get(target.key);
        running?.update(target);
        runners.set(target.key, running ?? begin(target));
      }
      for (const [key, runner] of before) if (!runners.has(key)) void runner.stop();
    },
    states: () => [...runners.values()].map((runner) => runner.state()),
    async stop() {
      const ended = [...runners.values()].map((runner) => runner.stop());
      runners.clear();
      await Promise.all([...ended, pool.close()]);
    },
  };
}

function isLocal(check: CheckConfig): check is LocalCheckConfig {
  return check.kind in localCheckers;
}
