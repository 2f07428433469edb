/**
 * The sockets that adverts travel by. Virtual routers with the same interface, family and addressing share one, so
 * that dozens of them on one interface do not each read the adverts of all.
 */
import type { VrrpListener, VrrpPacket, VrrpSocket, VrrpSocketOptions } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';

/** Of 64 packets each: what is left after them came while they were read, and must not hold up everything else. */
const MOST_DRAINS = 64;

/** Throws where the kernel says no. */
export type OpenSocket = (options: VrrpSocketOptions, listener: VrrpListener) => VrrpSocket;

export interface ChannelListener {
  /** A message with its VRID, or one too short to have any. */
  received(packet: VrrpPacket): void;
  /** Nothing can be sent or received any more: to be joined again. */
  broken(reason: string): void;
}

/** What one virtual router has of a shared socket. */
export interface Channel {
  /** Throws an AddonError. */
  send(message: Uint8Array, destination: string): void;
  /** Hands out what waits in the socket, for all that share it. */
  drain(): void;
  close(): void;
}

interface Shared {
  readonly key: string;
  readonly listeners: Map<number, ChannelListener>;
  socket: VrrpSocket | undefined;
}

export class Sockets {
  readonly #open: OpenSocket;
  readonly #unknown: (vrid: number, source: string) => void;
  readonly #shared = new Map<string, Shared>();

  /** `unknown` hears of adverts that nobody here listens to. */
  constructor(open: OpenSocket, unknown: (vrid: number, source: string) => void = () => undefined) {
    this.#open = open;
    this.#unknown = unknown;
  }

  /** Throws where the socket cannot be opened, or another one listens to that VRID on it. */
  join(options: VrrpSocketOptions, vrid: number, listener: ChannelListener): Channel {
    const key = JSON.stringify(Object.entries(options).sort());
    const shared = this.#shared.get(key) ?? this.#make(key, options);
    if (shared.listeners.has(vrid)) throw new Error(`VRID ${vrid} is used twice on one interface`);
    shared.listeners.set(vrid, listener);
    return {
      send: (message, destination) => {
        if (shared.socket === undefined) throw new Error('the socket is closed');
        shared.socket.send(message, destination);
      },
      drain: () => {
        for (let round = 0; round < MOST_DRAINS; round++) {
          const packets = shared.socket?.receive() ?? [];
          if (packets.length === 0) return;
          this.#hand(shared, packets);
        }
      },
      close: () => {
        if (shared.listeners.get(vrid) !== listener) return;
        shared.listeners.delete(vrid);
        if (shared.listeners.size === 0) this.#close(shared);
      },
    };
  }

  #make(key: string, options: VrrpSocketOptions): Shared {
    const shared: Shared = { key, listeners: new Map(), socket: undefined };
    shared.socket = this.#open(options, {
      onPackets: (packets) => this.#hand(shared, packets),
      onError: (error) => {
        shared.socket = undefined;
        this.#forget(shared);
        for (const listener of [...shared.listeners.values()]) listener.broken(reasonOf(error));
      },
    });
    this.#shared.set(key, shared);
    return shared;
  }

  #hand(shared: Shared, packets: readonly VrrpPacket[]): void {
    for (const packet of packets) {
      const vrid = packet.bytes[1];
      // Too short to have a VRID: everybody counts it.
      if (vrid === undefined) for (const one of [...shared.listeners.values()]) one.received(packet);
      else {
        const listener = shared.listeners.get(vrid);
        if (listener === undefined) this.#unknown(vrid, packet.source);
        else listener.received(packet);
      }
    }
  }

  #close(shared: Shared): void {
    this.#forget(shared);
    shared.socket?.close();
    shared.socket = undefined;
  }

  #forget(shared: Shared): void {
    if (this.#shared.get(shared.key) === shared) this.#shared.delete(shared.key);
  }
}
