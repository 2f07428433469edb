/**
 * Keeps the page fed: by server-sent events, else by asking every two seconds; and says how it stands. Read with
 * fetch, not with EventSource: that one cannot carry a token.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Status } from '../../control/status.ts';
import { applyChanges, type StatusChanges } from '../status_changes.ts';
import type { EventLine } from '../view/event_log.ts';
import { EventStreamReader } from '../view/event_stream.ts';
import { api, Refused, request } from './api.ts';

/** live: events; polling: asked for; silent: nobody answers; refused: a token is wanted. */
export type Feed = 'connecting' | 'live' | 'polling' | 'silent' | 'refused';

export interface LiveShell {
  readonly clock: Clock;
  onStatus(status: Status): void;
  onEvent(event: EventLine): void;
  /** More happened at once than the stream tells. */
  onEventsLeftOut(): void;
  onFeed(feed: Feed, reason: string): void;
}

const POLL_MS = 2_000;
/** A stream is silent where nothing changes, or where somebody has died: asking says which. */
const STREAM_SILENT_MS = 5_000;
const STREAM_AGAIN_MS = 15_000;

export class Live {
  readonly #shell: LiveShell;
  #stream: AbortController | undefined;
  /** What the stream's events come to. */
  #streamed: Status | undefined;
  #poll: Timer | undefined;
  #again: Timer | undefined;
  #silence: Timer | undefined;
  #paused = false;
  /** The last question had no answer. */
  #failed = false;

  constructor(shell: LiveShell) {
    this.#shell = shell;
  }

  start(): void {
    this.#paused = false;
    this.#shell.onFeed('connecting', '');
    void this.#ask();
    void this.#listen();
  }

  /** Nobody looks: nothing is asked. */
  pause(): void {
    this.#paused = true;
    for (const timer of [this.#poll, this.#again, this.#silence]) timer?.cancel();
    this.#stream?.abort();
    this.#stream = undefined;
  }

  async #listen(): Promise<void> {
    const controller = new AbortController();
    this.#stream = controller;
    this.#streamed = undefined;
    try {
      const response = await request('stream', { signal: controller.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      const events = new EventStreamReader();
      this.#watchSilence(controller);
      for (;;) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) break;
        this.#watchSilence(controller);
        for (const { event, data } of events.read(piece.value)) this.#take(event, data);
      }
    } catch {
      // It broke, or there is none: asking says which.
    }
    if (this.#stream !== controller || this.#paused) return;
    this.#silence?.cancel();
    this.#stream = undefined;
    void this.#ask();
    this.#again = this.#shell.clock.setTimer(STREAM_AGAIN_MS, () => void this.#listen());
  }

  #take(event: string, data: string): void {
    if (event === 'event') this.#shell.onEvent(JSON.parse(data) as EventLine);
    if (event === 'left_out') this.#shell.onEventsLeftOut();
    if (event === 'status') this.#streamed = JSON.parse(data) as Status;
    else if (event === 'changes' && this.#streamed !== undefined)
      this.#streamed = applyChanges(this.#streamed, JSON.parse(data) as StatusChanges);
    else return;
    this.#poll?.cancel();
    this.#shell.onFeed('live', '');
    this.#shell.onStatus(this.#streamed);
  }

  #watchSilence(controller: AbortController): void {
    this.#silence?.cancel();
    this.#silence = this.#shell.clock.setTimer(STREAM_SILENT_MS, async () => {
      const status = await api.status().catch(() => undefined);
      if (this.#stream !== controller) return;
      if (status === undefined) {
        controller.abort();
        return;
      }
      this.#shell.onStatus(status);
      this.#watchSilence(controller);
    });
  }

  /** Again and again, until a stream brings something. */
  async #ask(): Promise<void> {
    this.#poll?.cancel();
    try {
      const status = await api.status();
      if (this.#paused) return;
      if (this.#stream === undefined) this.#shell.onFeed('polling', '');
      this.#shell.onStatus(status);
      // It is back, and likely with its stream.
      if (this.#failed && this.#stream === undefined) {
        this.#again?.cancel();
        void this.#listen();
      }
      this.#failed = false;
    } catch (error) {
      if (this.#paused) return;
      this.#failed = true;
      const refused = error instanceof Refused && (error.code === 401 || error.code === 403);
      const reason = error instanceof Refused ? error.message : 'The director does not answer';
      this.#shell.onFeed(refused ? 'refused' : 'silent', reason);
    }
    this.#poll?.cancel();
    // The stream may have begun meanwhile.
    if (this.#streamed === undefined || this.#stream === undefined)
      this.#poll = this.#shell.clock.setTimer(POLL_MS, () => void this.#ask());
  }
}
