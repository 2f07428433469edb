/**
 * Gratuitous ARPs and unsolicited neighbour adverts. At once where no interval is configured; with garp_interval or
 * gna_interval one after the other on each interface, whichever instance they are for.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { GarpConfig, VirtualAddressConfig } from '../config/model.ts';
import { LimitedLog } from './limited_log.ts';
import { describe, keyOf } from './owned_addresses.ts';

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
  /** It can come with every advert: written once a minute at most for each address. */
  readonly limit?: string;
  readonly garp: Pick<GarpConfig, 'arpIntervalMs' | 'naIntervalMs'>;
  /** Asked before each that is sent later. */
  readonly stillHeld: (address: VirtualAddressConfig) => boolean;
}

/** Of one address: what is left of its burst, and of one more that was asked for meanwhile. */
interface Queued {
  readonly address: VirtualAddressConfig;
  intervalMs: number;
  announcement: Announcement;
  left: number;
  again: number;
}

export class Announcer {
  readonly #shell: AnnouncerShell;
  readonly #log: LimitedLog;
  /** By interface and family, then by address: however often it is asked for, there is no more of it. */
  readonly #queues = new Map<string, Map<string, Queued>>();
  readonly #waiting = new Map<string, Timer>();

  constructor(shell: AnnouncerShell) {
    this.#shell = shell;
    this.#log = new LimitedLog(shell.clock, shell.log);
  }

  announce(announcement: Announcement): void {
    const { name, addresses, garp, limit, repeat } = announcement;
    if (repeat === 0) return;
    const later = new Set<string>();
    for (const address of addresses) {
      const isV6 = address.address.includes(':');
      const what = isV6 ? 'Unsolicited Neighbour Adverts' : 'gratuitous ARPs';
      this.#log.say(
        'info',
        `(${name}) Sending/queueing ${what} on ${address.interface} for ${address.address}`,
        limit === undefined ? undefined : `${limit} ${name} ${keyOf(address)}`,
      );
      const intervalMs = isV6 ? garp.naIntervalMs : garp.arpIntervalMs;
      if (intervalMs === 0) {
        this.#send(announcement, address, repeat);
        continue;
      }
      const key = `${address.interface} ${isV6}`;
      this.#queue(key, { address, intervalMs, announcement, left: repeat, again: 0 });
      later.add(key);
    }
    for (const key of later) if (!this.#waiting.has(key)) this.#next(key);
  }

  close(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    this.#queues.clear();
  }

  #queue(key: string, wanted: Queued): void {
    const queue = this.#queues.get(key) ?? new Map<string, Queued>();
    this.#queues.set(key, queue);
    const name = keyOf(wanted.address);
    const queued = queue.get(name);
    if (queued === undefined) {
      queue.set(name, wanted);
      return;
    }
    // Of the newest announcement, which knows whether the address is still held.
    queued.announcement = wanted.announcement;
    queued.intervalMs = wanted.intervalMs;
    queued.again = Math.max(0, wanted.left - queued.left);
  }

  #next(key: string): void {
    const queue = this.#queues.get(key);
    const [first] = queue ?? [];
    if (queue === undefined || first === undefined) {
      this.#queues.delete(key);
      this.#waiting.delete(key);
      return;
    }
    const [name, next] = first;
    const { address, announcement, intervalMs } = next;
    next.left--;
    if (next.left === 0) {
      // At the end: an address that is asked for again and again must not keep the others waiting.
      queue.delete(name);
      if (next.again > 0) queue.set(name, { ...next, left: next.again, again: 0 });
    }
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
      // A queue of the interface that is full refuses all of a burst.
      const text = `(${name}) Cannot announce ${describe(address)}: ${reasonOf(error)}`;
      this.#log.say('error', text, `error ${address.interface}`);
    }
  }
}
