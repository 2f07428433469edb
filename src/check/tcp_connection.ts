/** The TCP connections of a thread's attempts, made by the addon: node:net knows neither mark nor interface. */
import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import {
  type AddonError,
  addon,
  NUMBERS_PER_TCP_EVENT,
  type TcpProbe,
  type TcpProbes,
  tcpEvent,
} from '../addon/addon.ts';
import type { CheckResult } from './checker.ts';
import { type Ends, noSocket, originOf } from './connect_options.ts';
import { Recent } from './recent.ts';
import { resultOfError } from './socket_error.ts';

/** `connected`: that it had been by then. `code`: the system's, such as ECONNREFUSED. */
export type TcpEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly connected: boolean; readonly code: string }
  | { readonly kind: 'timeout'; readonly connected: boolean };

export interface TcpOptions {
  /** For all of it. */
  readonly timeoutMs: number;
  /** Sent once connected; everything that comes is told. Without it the connection is closed when it was made. */
  readonly request?: string;
  readonly handsOver?: boolean;
  /** Must not throw. After 'end', 'failed' and 'timeout', and 'connected' where nothing is sent, none follows. */
  readonly onEvent: (event: TcpEvent) => void;
}

/** Of this thread; made with its first connection. */
let connections: Connections | undefined;

class Connections {
  readonly #listeners = new Recent<TcpOptions>();
  readonly #probes: TcpProbes;

  constructor() {
    this.#probes = new (addon().TcpProbes)((events, chunks) => this.#take(events, chunks));
  }

  get size(): number {
    return this.#listeners.size;
  }

  start(ends: Ends, options: TcpOptions): number | CheckResult {
    const { connectIp: destination, connectPort: port } = ends;
    const { timeoutMs } = options;
    try {
      const probe: { -readonly [Name in keyof TcpProbe]: TcpProbe[Name] } = { destination, port, timeoutMs };
      if (options.request !== undefined) probe.request = options.request;
      if (options.handsOver !== undefined) probe.handsOver = options.handsOver;
      const id = this.#probes.start(Object.assign(probe, originOf(ends)));
      this.#listeners.add(id, options);
      return id;
    } catch (error) {
      return noSocket(ends, error as AddonError);
    }
  }

  /** Closes it, if it is still there; no event of it is told any more. */
  stop(id: number): void {
    if (this.#listeners.delete(id)) this.#probes.stop(id);
  }

  release(id: number): Socket {
    this.#listeners.delete(id);
    return new Socket({ fd: this.#probes.release(id), readable: true, writable: true });
  }

  #take(events: Uint32Array, chunks: readonly Uint8Array[]): void {
    let chunk = 0;
    for (let at = 0; at < events.length; at += NUMBERS_PER_TCP_EVENT) {
      const id = events[at] ?? 0;
      const kind = events[at + 1];
      const listener = this.#listeners.get(id);
      const bytes = kind === tcpEvent.data ? chunks[chunk++] : undefined;
      const goesOn = kind === tcpEvent.connected ? listener?.handsOver === true : bytes !== undefined;
      if (!goesOn) this.#listeners.delete(id);
      listener?.onEvent(
        eventOf({ kind, connected: events[at + 2] === 1, errno: events[at + 3] ?? 0, bytes }),
      );
    }
  }
}

interface RawEvent {
  readonly kind: number | undefined;
  readonly connected: boolean;
  readonly errno: number;
  readonly bytes: Uint8Array | undefined;
}

function eventOf({ kind, connected, errno, bytes }: RawEvent): TcpEvent {
  if (bytes !== undefined)
    return { kind: 'data', bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
  switch (kind) {
    case tcpEvent.connected:
      return { kind: 'connected' };
    case tcpEvent.end:
      return { kind: 'end' };
    case tcpEvent.timeout:
      return { kind: 'timeout', connected };
    default:
      return { kind: 'failed', connected, code: errno === 0 ? 'EIO' : getSystemErrorName(-errno) };
  }
}

/** Begins to connect: its number, or why the director cannot. */
export function startConnection(ends: Ends, options: TcpOptions): number | CheckResult {
  connections ??= new Connections();
  return connections.start(ends, options);
}

/** Closes it, if it is still there; no event of it is told any more. */
export function stopConnection(id: number): void {
  connections?.stop(id);
}

/** How many somebody still waits for in this thread. */
export function awaitedConnections(): number {
  return connections?.size ?? 0;
}

/** A connected socket, or the result of the attempt where there is none by the time that `signal` is aborted. */
export function connectSocket(
  check: Ends & { readonly connectTimeoutMs: number },
  signal: AbortSignal,
): Promise<Socket | CheckResult> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ code: 'L4TOUT' });
    const started = startConnection(check, {
      timeoutMs: check.connectTimeoutMs,
      handsOver: true,
      onEvent(event) {
        signal.removeEventListener('abort', onAbort);
        if (event.kind === 'connected') resolve(connections?.release(Number(started)) ?? { code: 'L4TOUT' });
        else if (event.kind === 'failed') resolve(resultOfError(event.code));
        else resolve({ code: 'L4TOUT' });
      },
    });
    if (typeof started !== 'number') return resolve(started);
    const onAbort = () => {
      stopConnection(started);
      resolve({ code: 'L4TOUT' });
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
