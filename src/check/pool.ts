/**
 * The threads that make the attempts. One thread carries thousands of attempts at once: an attempt is a socket and a
 * deadline there. Each thread has one task of piscina's, for as long as it lives, with a MessagePort on which orders go
 * and answers come, many in a message. A thread that dies, or stops answering, takes its attempts with it: they are
 * answered NOTRUN (which says nothing about a real server), it is reported, and the threads are made anew.
 */
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FixedQueue, Piscina } from 'piscina';
import type { VipIgnored } from '../addon/vip_prober.ts';
import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { NetworkCheckConfig, ThreadSchedulingConfig } from '../config/model.ts';
import {
  type AskedCheck,
  type AttemptAnswers,
  type AttemptOrders,
  type AttemptTask,
  askedOf,
} from './attempt_messages.ts';
import type { AttemptResult } from './checker.ts';
import { NONE_IGNORED, plus } from './vip/ignored.ts';

export interface CheckPool {
  /** Makes one attempt. Never rejects. */
  run(check: NetworkCheckConfig): Promise<AttemptResult>;
  /** Threads that died or hung, and were made anew. */
  readonly restarts?: number;
  /** Frames that probes of virtual addresses ignored. */
  readonly ignored?: VipIgnored;
  /** Ends the threads; attempts under way are answered NOTRUN, and so is everything asked later. */
  close(): Promise<void>;
}

export interface CheckPoolOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: 1, which is enough for ten thousand checks a second. */
  readonly threads?: number;
  /** checker_rt_priority and the like. */
  readonly scheduling?: ThreadSchedulingConfig | undefined;
  /** The module whose `serve` the threads call. Default: worker.ts. */
  readonly worker?: URL;
}

/**
 * Room for all checks under way at once after a pause, tens of thousands; a small young generation, because what it
 * grew to stays resident.
 */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 };

/** An attempt answered this long after its time limit was over: the thread hangs. */
const GRACE_MS = 5_000;

/** How often somebody looks whether it does. */
const WATCH_EVERY_MS = 1_000;

/** Threads that die at once are made again at most this often, and less often each time. */
const FIRST_RESTART_MS = 1_000;

/** Makes no thread before the first attempt. */
export function createCheckPool(options: CheckPoolOptions): CheckPool {
  const { clock, logger } = options;
  let crew: Crew | undefined;
  const backoff = new Backoff(clock, FIRST_RESTART_MS);
  let restart: Timer | undefined;
  let closed = false;
  let restarts = 0;
  let ignored = NONE_IGNORED;

  function threads(): Crew | undefined {
    if (crew !== undefined || restart !== undefined || closed) return crew;
    try {
      backoff.started();
      const made = new Crew(options, {
        failed: (error) => replace(made, error),
        ignored: (more) => {
          ignored = plus(ignored, more);
        },
      });
      crew = made;
    } catch (error) {
      logger.error(`Cannot start a health check thread, trying again: ${describe(error)}`);
      restartLater();
    }
    return crew;
  }

  function restartLater(): void {
    restart = clock.setTimer(backoff.nextMs(), () => {
      restart = undefined;
    });
  }

  /** Gives up on `failed`, once. */
  function replace(failed: Crew, error: unknown): void {
    if (failed !== crew) return;
    logger.error(`Health check thread ended, starting another: ${describe(error)}`);
    crew = undefined;
    restarts += 1;
    restartLater();
    void failed.end(describe(error));
  }

  return {
    run(check) {
      const made = threads();
      if (made !== undefined) return made.run(check);
      const why = closed ? 'health checks have ended' : 'health check thread is being restarted';
      return Promise.resolve(notRun(why));
    },
    get restarts() {
      return restarts;
    },
    get ignored() {
      return ignored;
    },
    async close() {
      closed = true;
      restart?.cancel();
      const last = crew;
      crew = undefined;
      await last?.end('health checks have ended');
    },
  };
}

/**
 * A place for an attempt under way; places are used again. Ten thousand times a second, what is made anew and kept even
 * for milliseconds ends up among what the garbage collector takes for lasting, and with it what it refers to.
 */
interface Place {
  readonly id: number;
  /** Undefined: the place is free. */
  resolve: ((result: AttemptResult) => void) | undefined;
  /** Of the clock: answered by then, or the thread hangs. */
  latestMs: number;
  limitMs: number;
}

/** What a crew has to say besides answers. */
interface CrewListener {
  /** May be called several times; end() must follow it. */
  failed(error: unknown): void;
  ignored(more: VipIgnored): void;
}

/** All threads of one time, and what they have under way. */
class Crew {
  readonly #clock: Clock;
  readonly #piscina: Piscina<AttemptTask, never>;
  readonly #logger: Logger;
  readonly #listener: CrewListener;
  readonly #scheduling: ThreadSchedulingConfig | undefined;
  readonly #ports: MessagePort[] = [];
  /** By the ids that the threads are given. */
  readonly #places: Place[] = [];
  readonly #free: Place[] = [];
  #orders: { readonly ids: number[]; readonly checks: AskedCheck[] } = { ids: [], checks: [] };
  /** Of the clock: when a thread answered last, or was made. */
  #answeredMs: number;
  #nextPort = 0;
  #watch: Timer | undefined;

  constructor(options: CheckPoolOptions, listener: CrewListener) {
    this.#clock = options.clock;
    this.#answeredMs = options.clock.nowMs();
    this.#logger = options.logger;
    this.#listener = listener;
    const { threads = 1 } = options;
    this.#scheduling = options.scheduling;
    this.#piscina = startThreads(threads, options.worker);
    this.#piscina.on('error', (error) => listener.failed(error));
    for (let thread = 0; thread < threads; thread++) this.#ports.push(this.#task());
  }

  run(check: NetworkCheckConfig): Promise<AttemptResult> {
    const { ids, checks } = this.#orders;
    if (ids.length === 0) queueMicrotask(() => this.#send());
    const place = this.#free.pop() ?? this.#anotherPlace();
    ids.push(place.id);
    checks.push(askedOf(check));
    place.limitMs = check.connectTimeoutMs + GRACE_MS;
    place.latestMs = this.#clock.nowMs() + place.limitMs;
    this.#watch ??= this.#clock.setTimer(WATCH_EVERY_MS, () => this.#lookAfter());
    return new Promise((resolve) => {
      place.resolve = resolve;
    });
  }

  /** Ends the threads; what they have under way is answered NOTRUN, with this reason. */
  async end(detail: string): Promise<void> {
    this.#watch?.cancel();
    for (const port of this.#ports) port.close();
    const result = notRun(detail);
    for (const place of this.#places) this.#answer(place, result);
    await this.#piscina.destroy();
  }

  /** Its one task for another thread; the port to it. */
  #task(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (answers: AttemptAnswers) => this.#take(answers));
    this.#piscina
      .run({ port: port2, scheduling: this.#scheduling }, { transferList: [port2] })
      .catch((error: unknown) => this.#listener.failed(error));
    return port1;
  }

  /** What was asked for in one go: all together to one thread, the next to the next one. */
  #send(): void {
    const orders: AttemptOrders = this.#orders;
    this.#orders = { ids: [], checks: [] };
    const port = this.#ports[this.#nextPort++ % this.#ports.length];
    port?.postMessage(orders);
  }

  #take({ ids, ignored, results, warning }: AttemptAnswers): void {
    if (ignored !== undefined) this.#listener.ignored(ignored);
    if (warning !== undefined) this.#logger.warn(warning);
    this.#answeredMs = this.#clock.nowMs();
    for (const [at, result] of results.entries()) {
      const place = this.#places[ids[at] ?? -1];
      if (place !== undefined) this.#answer(place, result);
    }
  }

  #anotherPlace(): Place {
    const place = { id: this.#places.length, resolve: undefined, latestMs: 0, limitMs: 0 };
    this.#places.push(place);
    return place;
  }

  /** Once. */
  #answer(place: Place, result: AttemptResult): void {
    const { resolve } = place;
    if (resolve === undefined) return;
    place.resolve = undefined;
    this.#free.push(place);
    resolve(result);
  }

  /** One that answers others is not hanging, however far a busy machine has it behind. */
  #lookAfter(): void {
    this.#watch = undefined;
    const nowMs = this.#clock.nowMs();
    const silent = nowMs - this.#answeredMs >= GRACE_MS;
    const hangs = silent && this.#places.find((one) => one.resolve !== undefined && nowMs >= one.latestMs);
    if (hangs) {
      this.#listener.failed(new Error(`no answer to a check within ${hangs.limitMs} ms`));
      return;
    }
    if (this.#places.length > this.#free.length)
      this.#watch = this.#clock.setTimer(WATCH_EVERY_MS, () => this.#lookAfter());
  }
}

function startThreads(threads: number, worker: URL | undefined): Piscina<AttemptTask, never> {
  return new Piscina({
    filename: fileURLToPath(worker ?? new URL('./worker.js', import.meta.url)),
    name: 'serve',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    // Waiting for tasks with Atomics stops the thread's event loop, and with it its sockets.
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
