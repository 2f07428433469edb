/**
 * GET /api/v1/stream, server-sent events. The status is asked for once a second, made into text once for all who watch,
 * and not at all while nobody does. Whoever does not read is dropped: nothing waits for them.
 *
 *   event: status    the whole status: the first, and again whenever other servers are there than before
 *   event: changes   what changed since the one before, as StatusChanges
 *   event: event     something happened, as GET /api/v1/events has it
 *   event: left_out  so many more happened in that moment as were not sent
 *   : still here     when nothing was said for a while
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../base/clock.ts';
import type { Status } from '../control/status.ts';
import { HEARTBEAT_MS, VIEWER_BACKLOG_BYTES, VIEWER_WAITS_MS, VIEWERS } from './limits.ts';
import type { Watched } from './served.ts';
import { StatusTexts } from './status_changes.ts';

const TICK_MS = 1_000;
/**
 * Making it and giving it to the kernel takes at most this part of a processor, and what is sent later about as much
 * again: a director too big for that tells less often.
 */
const SHARE = 0.025;
/** Events that come together are sent together. */
const EVENTS_MS = 100;
/** What is more is only counted: GET /api/v1/events has no more either. */
const MAX_PENDING_EVENTS = 1_000;

export interface StreamShell {
  readonly clock: Clock;
  readonly status: () => Promise<Status>;
  /** Calls with each event from now on, until what it answers with is called. */
  readonly subscribe: (listener: (event: object) => void) => () => void;
}

interface Viewer {
  readonly response: ServerResponse;
  /** It has been told everything once; what follows are changes. */
  told: boolean;
  lastWriteMs: number;
  /** Since when something for it has been waiting. */
  waitingSinceMs: number | undefined;
}

export class StatusStream implements Watched {
  readonly #shell: StreamShell;
  readonly #viewers = new Set<Viewer>();
  #texts: StatusTexts | undefined;
  /** Made when somebody comes, for all who come before the next. */
  #whole: Buffer | undefined;
  #wholeBytes = 0;
  #timer: Timer | undefined;
  #eventTimer: Timer | undefined;
  #events: string[] = [];
  #eventsLeftOut = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(shell: StreamShell) {
    this.#shell = shell;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  get full(): boolean {
    return this.#viewers.size >= VIEWERS;
  }

  /** Lets go at once who comes although it is `full`, or is gone already: no end of it would be told. */
  join(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    if (this.full || response.destroyed) {
      response.destroy();
      return;
    }
    const nowMs = this.#shell.clock.nowMs();
    const viewer: Viewer = { response, told: false, lastWriteMs: nowMs, waitingSinceMs: undefined };
    response.on('error', () => undefined);
    response.once('close', () => this.#leave(viewer));
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write('retry: 2000\n\n');
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#begin();
    else if (this.#texts !== undefined) this.#tellAll(viewer);
  }

  close(): void {
    for (const { response } of this.#viewers) response.destroy();
    this.#viewers.clear();
    this.#end();
  }

  #begin(): void {
    this.#unsubscribe = this.#shell.subscribe((event) => this.#happened(event));
    void this.#tick();
  }

  #leave(viewer: Viewer): void {
    if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#end();
  }

  #end(): void {
    this.#timer?.cancel();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#timer = undefined;
    this.#forgetEvents();
    this.#texts = undefined;
    this.#whole = undefined;
  }

  /** Rearms itself while this watch lasts: one that ended and began again meanwhile has ticks of its own. */
  async #tick(): Promise<void> {
    const { clock, status } = this.#shell;
    const watch = this.#unsubscribe;
    this.#rest(Number.POSITIVE_INFINITY);
    const now = await status().catch(() => undefined);
    if (watch === undefined || this.#unsubscribe !== watch) return;
    const beganMs = clock.nowMs();
    if (now !== undefined) this.#tell(new StatusTexts(now));
    if (this.#lookAtAll()) this.#rest(Math.max(TICK_MS, (clock.nowMs() - beganMs) / SHARE));
  }

  /** Until the next one is due; without end while the status is asked for, which may not answer. */
  #rest(ms: number): void {
    const { clock } = this.#shell;
    this.#timer?.cancel();
    if (ms <= HEARTBEAT_MS) this.#timer = clock.setTimer(ms, () => void this.#tick());
    else
      this.#timer = clock.setTimer(HEARTBEAT_MS, () => {
        if (this.#lookAtAll()) this.#rest(ms - HEARTBEAT_MS);
      });
  }

  /** False: nobody watches any more, and nothing is armed. */
  #lookAtAll(): boolean {
    for (const viewer of this.#viewers) this.#look(viewer);
    return this.#unsubscribe !== undefined;
  }

  #tell(texts: StatusTexts): void {
    const changes = this.#texts && texts.since(this.#texts);
    this.#texts = texts;
    this.#whole = undefined;
    // Said also where nothing is different: so a viewer knows that we are there.
    const bytes = changes === undefined ? undefined : eventOf('changes', changes);
    for (const viewer of this.#viewers) {
      if (!viewer.told || changes === undefined) this.#tellAll(viewer);
      else if (bytes !== undefined) this.#write(viewer, bytes);
    }
  }

  #tellAll(viewer: Viewer): void {
    if (this.#texts === undefined) return;
    this.#whole ??= eventOf('status', this.#texts.whole());
    this.#wholeBytes = this.#whole.length;
    viewer.told = true;
    this.#write(viewer, this.#whole);
  }

  /** Drops those who do not read, and says to the others that we are there. */
  #look(viewer: Viewer): void {
    const { response } = viewer;
    const nowMs = this.#shell.clock.nowMs();
    const waiting = response.writableLength;
    viewer.waitingSinceMs = waiting === 0 ? undefined : (viewer.waitingSinceMs ?? nowMs);
    const waitedMs = nowMs - (viewer.waitingSinceMs ?? nowMs);
    if (waiting > VIEWER_BACKLOG_BYTES + this.#wholeBytes || waitedMs > VIEWER_WAITS_MS) {
      response.destroy();
      this.#leave(viewer);
    } else if (nowMs - viewer.lastWriteMs >= HEARTBEAT_MS) this.#write(viewer, heartbeat);
  }

  #happened(event: object): void {
    if (this.#events.length < MAX_PENDING_EVENTS) this.#events.push(JSON.stringify(event));
    else this.#eventsLeftOut += 1;
    this.#eventTimer ??= this.#shell.clock.setTimer(EVENTS_MS, () => this.#tellEvents());
  }

  #tellEvents(): void {
    const pieces = this.#events.map((json) => eventOf('event', json));
    if (this.#eventsLeftOut > 0) pieces.push(eventOf('left_out', `{"events":${this.#eventsLeftOut}}`));
    this.#forgetEvents();
    const bytes = Buffer.concat(pieces);
    for (const viewer of this.#viewers) this.#write(viewer, bytes);
  }

  #forgetEvents(): void {
    this.#eventTimer?.cancel();
    this.#eventTimer = undefined;
    this.#events = [];
    this.#eventsLeftOut = 0;
  }

  #write(viewer: Viewer, bytes: Buffer): void {
    if (viewer.response.destroyed) return;
    viewer.lastWriteMs = this.#shell.clock.nowMs();
    viewer.response.write(bytes);
  }
}

const heartbeat = Buffer.from(': still here\n\n');

function eventOf(name: string, json: string): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${json}\n\n`);
}
