/** All checks of the director: keeps one runner a check, and on a reload those whose key stays. */
import type { CheckPool } from './pool.ts';
import { CheckRunner, type CheckRunnerOptions, type CheckState, type CheckTarget } from './runner.ts';

export interface CheckServiceOptions extends Omit<CheckRunnerOptions, 'attempt'> {
  /** Handed over: stop() closes it. */
  readonly pool: CheckPool;
}

export interface CheckService {
  /** The checks that shall run, complete. Those that run already keep what they know; keys must be unique. */
  set(targets: readonly CheckTarget[]): void;
  /** In the order of the last set(). */
  states(): CheckState[];
  /** No callback comes after it was called; resolves when the threads have ended. */
  stop(): Promise<void>;
}

export function createCheckService({ pool, ...options }: CheckServiceOptions): CheckService {
  let runners = new Map<string, CheckRunner>();
  const runnerOptions: CheckRunnerOptions = { ...options, attempt: (check) => pool.run(check) };

  function begin(target: CheckTarget): CheckRunner {
    options.logger.info(
      `Activating healthchecker for service ${target.realServer} for VS ${target.virtualServer}`,
    );
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
      for (const [key, runner] of before) if (!runners.has(key)) runner.stop();
    },
    states: () => [...runners.values()].map((runner) => runner.state()),
    async stop() {
      for (const runner of runners.values()) runner.stop();
      runners.clear();
      await pool.close();
    },
  };
}
