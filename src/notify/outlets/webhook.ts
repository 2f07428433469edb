/**
 * Events posted to a URL in batches: one request at a time, so many seconds for each, later and later tries while it
 * fails, and a bounded queue. What the receiver will never take is lost, and counted.
 */
import { hostname } from 'node:os';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { MOST_WAITING, type Outlet } from './outlet.ts';
import { type Posted, type PostTo, receiverOf } from './post.ts';

const MOST_IN_BATCH = 100;
const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** At a stop, for what waits. */
const STOP_MS = 2_000;

export interface WebhookShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly post: PostTo;
}

export class Webhook implements Outlet {
  readonly name: string;
  readonly #receiver: ReturnType<typeof receiverOf>;
  readonly #shell: WebhookShell;
  readonly #waiting: string[] = [];
  /** Of #waiting, from the start: those of the request under way. */
  #underWay = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: Timer | undefined;
  #lost = 0;
  /** What the receiver was told of. */
  #toldLost = 0;
  #failing = false;
  #abort: AbortController | undefined;
  #onIdle: (() => void) | undefined;
  #stopping = false;

  constructor(url: string, shell: WebhookShell) {
    this.#receiver = receiverOf(url);
    this.name = this.#receiver.name;
    this.#shell = shell;
  }

  get lost(): number {
    return this.#lost;
  }

  write(json: string): void {
    if (this.#stopping || this.#waiting.length >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(json);
    if (this.#underWay === 0 && this.#retry === undefined) this.#begin();
  }

  /** Waits for what is there, but not for tries that would come later: what is left then is lost. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#retry !== undefined && this.#waiting.length > 0) {
      this.#retry.cancel();
      this.#begin();
    }
    if (this.#underWay > 0)
      await new Promise<void>((resolve) => {
        const timer = this.#shell.clock.setTimer(STOP_MS, resolve);
        this.#onIdle = () => {
          timer.cancel();
          resolve();
        };
      });
    this.#onIdle = undefined;
    this.#abort?.abort();
    this.#lost += this.#waiting.length;
    this.#waiting.length = 0;
  }

  #begin(): void {
    this.#retry = undefined;
    this.#underWay = Math.min(MOST_IN_BATCH, this.#waiting.length);
    // Events of one moment go together.
    void Promise.resolve().then(() => this.#post());
  }

  async #post(): Promise<void> {
    this.#underWay = Math.min(MOST_IN_BATCH, this.#waiting.length);
    const lost = this.#lost;
    const head = `"host":${JSON.stringify(hostname())},"lost":${lost - this.#toldLost}`;
    const body = `{${head},"events":[${this.#waiting.slice(0, this.#underWay).join(',')}]}`;
    const abort = new AbortController();
    this.#abort = abort;
    const limit = this.#shell.clock.setTimer(TIMEOUT_MS, () => abort.abort());
    const posted = await this.#shell.post(this.#receiver, body, abort.signal);
    limit.cancel();
    this.#abort = undefined;
    const count = Math.min(this.#underWay, this.#waiting.length);
    this.#underWay = 0;
    if (posted.outcome === 'taken') this.#toldLost = lost;
    this.#settle(posted, count);
  }

  #settle(posted: Posted, count: number): void {
    switch (posted.outcome) {
      case 'taken':
        this.#waiting.splice(0, count);
        this.#recovered();
        break;
      case 'refused':
        this.#waiting.splice(0, count);
        this.#lost += count;
        this.#complain(posted.why, 'such events are lost');
        break;
      case 'failed':
        this.#complain(posted.why, `events wait, ${MOST_WAITING} at most`);
        if (!this.#stopping) {
          this.#retry = this.#shell.clock.setTimer(this.#retryMs, () => this.#begin());
          this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
        }
        break;
    }
    if (this.#retry === undefined && this.#waiting.length > 0 && posted.outcome !== 'failed') this.#begin();
    else this.#onIdle?.();
  }

  #recovered(): void {
    if (this.#failing) this.#shell.log.notice(`Events are taken by ${this.name} again`);
    this.#failing = false;
    this.#retryMs = FIRST_RETRY_MS;
  }

  #complain(why: string, meanwhile: string): void {
    if (!this.#failing) this.#shell.log.warn(`Cannot post events to ${this.name}: ${why}; ${meanwhile}`);
    this.#failing = true;
  }
}
