/**
 * The sockets that adverts travel by. Virtual routers with the same interface, family and addressing share one, so
 * that dozens of them on one interface do not each read the adverts of all.
 */
import { reasonOf } from '../base/errors.ts';
import type { PacketInfo } from './advert.ts';

/** Whom a socket hears, and as whom it speaks. */
export interface SocketPlace {
  /** Of the interface. */
  readonly index: number;
  readonly family: 4 | 6;
  /** Sends from this address. */
  readonly source: string;
  /** Absent: unicast. */
  readonly group?: string;
  readonly ttl: number;
  readonly receiveBufferBytes?: number;
}

export interface ReceivedMessage extends PacketInfo {
  /** The VRRP message without the IP header. */
  readonly bytes: Uint8Array;
}

export interface AdvertSocket {
  send(message: Uint8Array, destination: string): void;
  close(): void;
}

/** Throws where the kernel says no. `received` is called with what has come, in order. */
export type OpenSocket = (
  place: SocketPlace,
  received: (messages: readonly ReceivedMessage[]) => void,
) => AdvertSocket;

/** What one virtual router has of a shared socket. */
export interface Channel {
  send(message: Uint8Array, destination: string): void;
  close(): void;
}

interface Shared {
  readonly socket: AdvertSocket;
  readonly listeners: Map<number, (message: ReceivedMessage) => void>;
}

export class Sockets {
  readonly #open: OpenSocket;
  readonly #shared = new Map<string, Shared>();
  /** Called with the VRID of adverts that nobody here listens to. */
  readonly #unknown: (vrid: number, source: string) => void;

  constructor(open: OpenSocket, unknown: (vrid: number, source: string) => void = () => undefined) {
    this.#open = open;
    this.#unknown = unknown;
  }

  /** Throws where the socket cannot be opened, or another one listens to that VRID on it. */
  join(place: SocketPlace, vrid: number, listener: (message: ReceivedMessage) => void): Channel {
    const key = JSON.stringify([
      place.index,
      place.family,
      place.source,
      place.group,
      place.ttl,
      place.receiveBufferBytes,
    ]);
    const shared = this.#shared.get(key) ?? this.#make(key, place);
    if (shared.listeners.has(vrid)) throw new Error(`VRID ${vrid} is used twice on one interface`);
    shared.listeners.set(vrid, listener);
    return {
      send: (message, destination) => shared.socket.send(message, destination),
      close: () => {
        if (shared.listeners.get(vrid) === listener) shared.listeners.delete(vrid);
        if (shared.listeners.size > 0 || this.#shared.get(key) !== shared) return;
        this.#shared.delete(key);
        shared.socket.close();
      },
    };
  }

  #make(key: string, place: SocketPlace): Shared {
    const listeners: Shared['listeners'] = new Map();
    const socket = this.#open(place, (messages) => {
      for (const message of messages) {
        // A message too short to have a VRID is everybody's: each counts it.
        const vrid = message.bytes[1];
        const listener = vrid === undefined ? undefined : listeners.get(vrid);
        if (listener !== undefined) listener(message);
        else if (vrid === undefined) for (const one of [...listeners.values()]) one(message);
        else this.#unknown(vrid, message.source);
      }
    });
    const shared = { socket, listeners };
    this.#shared.set(key, shared);
    return shared;
  }
}

/** Adverts that cannot be sent are said once until one goes out again; the protocol repeats them by itself. */
export class CarefulSender {
  readonly #failed: (reason: string) => void;
  #failing = false;

  constructor(failed: (reason: string) => void) {
    this.#failed = failed;
  }

  /** True when it went out. */
  attempt(send: () => void): boolean {
    try {
      send();
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) this.#failed(reasonOf(error));
      this.#failing = true;
      return false;
    }
  }
}
