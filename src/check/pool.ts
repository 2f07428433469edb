/**
 * The threads that make the attempts. One thread carries thousands of attempts at once: an attempt is a
 * socket and a timer there, and a message each way. A thread that dies, or stops answering, takes its
 * attempts with it: they are answered NOTRUN (which says nothing about a real server), it is reported, and
 * the threads are made anew.
 */
import { fileURLToPath } from 'node:url';
import { FixedQueue, Piscina } from 'piscina';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { NetworkCheckConfig } from '../config/model.ts';
import type { AttemptResult } from './attempt.ts';

export interface CheckPool {
  /** Makes one attempt. Never rejects. */
  run(check: NetworkCheckConfig): Promise<AttemptResult>;
  /** Ends the threads; attempts under way are answered NOTRUN, and so is everything asked later. */
  close(): Promise<void>;
}

export interface CheckPoolOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: 1, which is enough for thousands of checks. */
  readonly threads?: number;
  /** The module whose `attempt` the threads call. Default: worker.ts. */
  readonly worker?: URL;
}

/** Only a bound for piscina: a check has at most one attempt under way, so checks are the true bound. */
const ATTEMPTS_PER_THREAD = 65_536;

/** Room for some ten thousand sockets; a small young generation, because what it grew to stays resident. */
const resourceLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 };

/** An attempt answered this long after its time limit was over: the thread hangs. */
const GRACE_MS = 5_000;

/** Threads that die at once are made again at most this often. */
const RESTART_DELAY_MS = 1_000;

/** Makes no thread before the first attempt. */
export function createCheckPool(options: CheckPoolOptions): CheckPool {
  const { clock, logger } = options;
  let piscina: Piscina | undefined;
  let restart: Timer | undefined;
  let closed = false;

  function threads(): Piscina | undefined {
    if (piscina !== undefined || restart !== undefined || closed) return piscina;
    const made = startThreads(options);
    made.on('error', (error) => replace(made, error));
    piscina = made;
    return made;
  }

  /** Gives up on `failed`, once; what it still had under way is answered by its end. */
  function replace(failed: Piscina, error: unknown): void {
    if (failed !== piscina) return;
    logger.error(`Health check thread ended, starting another: ${describe(error)}`);
    piscina = undefined;
    restart = clock.setTimer(RESTART_DELAY_MS, () => {
      restart = undefined;
    });
    void failed.destroy();
  }

  return {
    async run(check) {
      const pool = threads();
      if (pool === undefined) return notRun('health check thread is being restarted');
      const limitMs = check.connectTimeoutMs + GRACE_MS;
      const hang = () => replace(pool, new Error(`no answer to a check within ${limitMs} ms`));
      const watchdog = clock.setTimer(limitMs, hang);
      try {
        return await pool.run(check);
      } catch (error) {
        replace(pool, error);
        return notRun(describe(error));
      } finally {
        watchdog.cancel();
      }
    },
    async close() {
      closed = true;
      restart?.cancel();
      const last = piscina;
      piscina = undefined;
      await last?.destroy();
    },
  };
}

function startThreads({ threads = 1, worker }: CheckPoolOptions): Piscina<NetworkCheckConfig, AttemptResult> {
  return new Piscina({
    filename: fileURLToPath(worker ?? new URL('./worker.js', import.meta.url)),
    name: 'attempt',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: ATTEMPTS_PER_THREAD,
    // Waiting for tasks with Atomics stops the thread's event loop, and with it the closing of sockets.
    atomics: 'disabled',
    taskQueue: new FixedQueue(),
    recordTiming: false,
    resourceLimits,
    execArgv: [],
    env: {},
  });
}

function notRun(detail: string): AttemptResult {
  return { code: 'NOTRUN', detail, latencyMs: 0 };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
