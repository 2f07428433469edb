/** What is known of BFD sessions, by name, wherever somebody in the process wants to know it. */
import { BroadcastChannel } from 'node:worker_threads';

/** `init`: it has not been up yet, and nothing is known of the neighbour. */
export type SessionStatus = 'init' | 'up' | 'down';

export type SessionStates = ReadonlyMap<string, SessionStatus>;

export interface SessionWatch {
  close(): void;
}

export class SessionBoard {
  #states: SessionStates = new Map();
  readonly #watchers = new Set<() => void>();

  get states(): SessionStates {
    return this.#states;
  }

  /** All of them; those that are not among them are gone. */
  set(states: SessionStates): void {
    const before = this.#states;
    this.#states = states;
    const same =
      states.size === before.size && [...states].every(([name, status]) => before.get(name) === status);
    if (!same) for (const watcher of [...this.#watchers]) watcher();
  }

  /** `changed` is called after any of them has changed. */
  watch(changed: () => void): SessionWatch {
    const watcher = () => changed();
    this.#watchers.add(watcher);
    return { close: () => this.#watchers.delete(watcher) };
  }
}

/** Between the threads of a process, without the main one, which may have other things to do. */
export type SessionMessage =
  | { readonly say: 'states'; readonly states: SessionStates }
  /** To be answered with the states: a thread has begun to listen. */
  | { readonly say: 'which' };

export interface SessionChannel {
  post(message: SessionMessage): void;
  /** What another thread posted. */
  listen(listener: (message: SessionMessage) => void): void;
  close(): void;
}

/** Keeps no thread alive. */
export function openSessionChannel(): SessionChannel {
  const channel = new BroadcastChannel('xlb sessions');
  channel.unref();
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      channel.onmessage = (event: unknown) => listener((event as { readonly data: SessionMessage }).data);
      channel.unref();
    },
    close: () => channel.close(),
  };
}
