/**
 * Gratuitous ARPs and unsolicited neighbour adverts. At once where no interval is configured; with garp_interval or
 * gna_interval one after the other on each interface, whichever instance they are for.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { GarpConfig, VirtualAddressConfig } from '../config/model.ts';
import { describe } from './owned_addresses.ts';

export interface AnnouncerShell {
  readonly clock: Clock;
  readonly log: Logger;
  /** Sends so many at once. */
  readonly announce: (address: VirtualAddressConfig, repeat: number) => void;
}

export interface Announcement {
  /** Of the instance. */
  readonly name: string;
  readonly addresses: readonly VirtualAddressConfig[];
  readonly repeat: number;
  readonly garp: Pick<GarpConfig, 'arpIntervalMs' | 'naIntervalMs'>;
  /** Asked before each that is sent later. */
  readonly stillHeld: (address: VirtualAddressConfig) => boolean;
}

interface Queued {
  readonly address: VirtualAddressConfig;
  readonly intervalMs: number;
  readonly announcement: Announcement;
}

export class Announcer {
  readonly #shell: AnnouncerShell;
  readonly #queues = new Map<string, Queued[]>();
  readonly #waiting = new Map<string, Timer>();

  constructor(shell: AnnouncerShell) {
    this.#shell = shell;
  }

  announce(announcement: Announcement): void {
    const { name, addresses, garp, repeat } = announcement;
    if (repeat === 0) return;
    const later = new Set<string>();
    for (const address of addresses) {
      const isV6 = address.address.includes(':');
      const what = isV6 ? 'Unsolicited Neighbour Adverts' : 'gratuitous ARPs';
      this.#shell.log.info(
        `(${name}) Sending/queueing ${what} on ${address.interface} for ${address.address}`,
      );
      const intervalMs = isV6 ? garp.naIntervalMs : garp.arpIntervalMs;
      if (intervalMs === 0) {
        this.#send(announcement, address, repeat);
        continue;
      }
      const key = `${address.interface} ${isV6}`;
      const queue = this.#queues.get(key) ?? [];
      this.#queues.set(key, queue);
      queue.push(...Array<Queued>(repeat).fill({ address, intervalMs, announcement }));
      later.add(key);
    }
    for (const key of later) if (!this.#waiting.has(key)) this.#next(key);
  }

  close(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    this.#queues.clear();
  }

  #next(key: string): void {
    const next = this.#queues.get(key)?.shift();
    if (next === undefined) {
      this.#queues.delete(key);
      this.#waiting.delete(key);
      return;
    }
    const { address, announcement, intervalMs } = next;
    if (announcement.stillHeld(address)) this.#send(announcement, address, 1);
    this.#waiting.set(
      key,
      this.#shell.clock.setTimer(intervalMs, () => this.#next(key)),
    );
  }

  #send({ name }: Announcement, address: VirtualAddressConfig, repeat: number): void {
    try {
      this.#shell.announce(address, repeat);
    } catch (error) {
      this.#shell.log.error(`(${name}) Cannot announce ${describe(address)}: ${reasonOf(error)}`);
    }
  }
}
