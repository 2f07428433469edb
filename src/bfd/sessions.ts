/** All sessions of a director, and the sockets that they hear by. */
import type {
  BfdListener,
  BfdPacket,
  BfdReceiver,
  BfdReceiverOptions,
  BfdSender,
  BfdSenderOptions,
} from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { SessionStates } from '../base/sessions.ts';
import type { BfdInstanceConfig } from '../config/model.ts';
import { type ControlPacket, decodeControlPacket } from './control_packet.ts';
import { RunningSession, type RunningSessionShell } from './running_session.ts';
import type { SessionState } from './status.ts';

export interface SessionsShell {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Both throw where the kernel refuses. */
  readonly openReceiver: (options: BfdReceiverOptions, listener: BfdListener) => BfdReceiver;
  readonly openSender: (options: BfdSenderOptions) => BfdSender;
  /** states() answers something else. */
  readonly changed: () => void;
}

/** RFC 5881 §4, RFC 5883 §5. */
const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;
/** A port that another program has is tried again after this. */
const REOPEN_MS = 5_000;
/** Of 64 packets each: what is left after them came while they were read. */
const MOST_DRAINS = 16;
/** Packets that belong to no session are spoken of no more often than this. */
const REFUSED_MS = 60_000;

interface Receiver {
  readonly options: BfdReceiverOptions;
  socket: BfdReceiver | undefined;
  retry: Timer | undefined;
  said: string | undefined;
}

export class Sessions {
  readonly #shell: SessionsShell;
  readonly #receivers = new Map<string, Receiver>();
  #byName = new Map<string, RunningSession>();
  readonly #byDiscriminator = new Map<number, RunningSession>();
  #refusedMs: number | undefined;
  #refused = 0;

  constructor(shell: SessionsShell) {
    this.#shell = shell;
  }

  /** The sessions that shall be; those whose neighbour and addresses stay go on. */
  configure(instances: readonly BfdInstanceConfig[], wereUp: readonly string[] = []): void {
    const before = this.#byName;
    const goingOn = new Map<string, RunningSession>();
    for (const config of instances) {
      const running = before.get(config.name);
      if (running !== undefined && isSameSession(running.config, config)) goingOn.set(config.name, running);
    }
    for (const [name, session] of before) if (goingOn.get(name) !== session) this.#end(session);
    this.#byName = new Map(
      instances.map((config) => {
        const running = goingOn.get(config.name);
        running?.reconfigure(config);
        return [config.name, running ?? this.#begin(config, wereUp.includes(config.name))];
      }),
    );
    this.#listen(instances);
    this.#shell.changed();
  }

  states(): SessionStates {
    return new Map([...this.#byName].map(([name, session]) => [name, session.status]));
  }

  status(): SessionState[] {
    return [...this.#byName.values()].map((session) => session.state());
  }

  /** Tells all neighbours. */
  stop(): void {
    for (const session of this.#byName.values()) this.#end(session);
    this.#byName.clear();
    this.#listen([]);
  }

  #begin(config: BfdInstanceConfig, wasUp: boolean): RunningSession {
    const { clock, log, openSender, random } = this.#shell;
    const shell: RunningSessionShell = {
      clock,
      log,
      random,
      drain: () => this.#drain(config),
      changed: () => this.#shell.changed(),
      openSender: ({ multihop, neighbor, source, ttl }) =>
        openSender({
          destination: neighbor,
          port: multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT,
          ttl,
          ...(source === undefined ? {} : { sourceAddress: source }),
        }),
    };
    const session = new RunningSession(config, { discriminator: this.#newDiscriminator(), wasUp }, shell);
    this.#byDiscriminator.set(session.discriminator, session);
    return session;
  }

  #end(session: RunningSession): void {
    session.stop();
    this.#byDiscriminator.delete(session.discriminator);
  }

  /** Random, so that a stranger's packet, or one of a session before, names none by chance (RFC 5880 §6.3). */
  #newDiscriminator(): number {
    for (;;) {
      const number = 1 + Math.floor(this.#shell.random.next() * (2 ** 32 - 1));
      if (!this.#byDiscriminator.has(number)) return number;
    }
  }

  #listen(instances: readonly BfdInstanceConfig[]): void {
    const wanted = new Map(instances.map((config) => [keyOf(receiverOf(config)), receiverOf(config)]));
    for (const [key, receiver] of this.#receivers) {
      if (wanted.has(key)) continue;
      this.#receivers.delete(key);
      receiver.retry?.cancel();
      receiver.socket?.close();
    }
    for (const [key, options] of wanted) {
      if (this.#receivers.has(key)) continue;
      const receiver: Receiver = { options, socket: undefined, retry: undefined, said: undefined };
      this.#receivers.set(key, receiver);
      this.#open(receiver);
    }
  }

  /** Sessions that hear nothing are not up: what is wrong is said, and tried again. */
  #open(receiver: Receiver): void {
    const { log, openReceiver } = this.#shell;
    receiver.retry = undefined;
    try {
      receiver.socket = openReceiver(receiver.options, {
        onPackets: (packets) => this.#hand(receiver, packets),
        onError: (error) => {
          receiver.socket = undefined;
          this.#openLater(receiver, reasonOf(error));
        },
      });
      if (receiver.said !== undefined) log.notice('BFD packets are received again');
      receiver.said = undefined;
    } catch (error) {
      this.#openLater(receiver, reasonOf(error));
    }
  }

  #openLater(receiver: Receiver, why: string): void {
    const { clock, log } = this.#shell;
    if (why !== receiver.said)
      log.error(`${why}. No BFD session of it comes up; it is tried again every ${REOPEN_MS / 1000} s`);
    receiver.said = why;
    receiver.retry = clock.setTimer(REOPEN_MS, () => this.#open(receiver));
  }

  #drain(config: BfdInstanceConfig): void {
    const receiver = this.#receivers.get(keyOf(receiverOf(config)));
    for (let round = 0; round < MOST_DRAINS; round++) {
      let packets: readonly BfdPacket[];
      try {
        packets = receiver?.socket?.receive() ?? [];
      } catch {
        // The listener hears of it as well.
        return;
      }
      if (receiver === undefined || packets.length === 0) return;
      this.#hand(receiver, packets);
    }
  }

  #hand({ options }: Receiver, packets: readonly BfdPacket[]): void {
    for (const packet of packets) {
      const decoded = decodeControlPacket(packet.bytes);
      const found = 'refused' in decoded ? decoded.refused : this.#find(decoded.packet, packet, options);
      if (typeof found === 'string') this.#refuse(packet, found);
      else if ('packet' in decoded) found.take(decoded.packet, packet);
    }
  }

  /** The session (RFC 5880 §6.8.6, RFC 5881 §3), or why there is none. */
  #find(
    { yourDiscriminator }: ControlPacket,
    { destination, source }: BfdPacket,
    { port }: BfdReceiverOptions,
  ): RunningSession | string {
    const belongs = ({ config }: RunningSession): boolean =>
      config.neighbor === source &&
      (config.source === undefined || config.source === destination) &&
      receiverOf(config).port === port;
    if (yourDiscriminator === 0)
      return [...this.#byName.values()].find(belongs) ?? 'no bfd_instance has that neighbor_ip';
    const session = this.#byDiscriminator.get(yourDiscriminator);
    if (session === undefined) return `there is no session ${yourDiscriminator}`;
    return belongs(session) ? session : `it names a session with ${session.config.neighbor}`;
  }

  #refuse({ source }: BfdPacket, why: string): void {
    const { clock, log } = this.#shell;
    this.#refused++;
    const nowMs = clock.nowMs();
    if (this.#refusedMs !== undefined && nowMs - this.#refusedMs < REFUSED_MS) return;
    this.#refusedMs = nowMs;
    log.info(`Discarding BFD packet from ${source}: ${why} (${this.#refused} discarded so far)`);
  }
}

function receiverOf({ multihop, neighbor }: BfdInstanceConfig): BfdReceiverOptions {
  return { family: neighbor.includes(':') ? 6 : 4, port: multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT };
}

function keyOf({ family, port }: BfdReceiverOptions): string {
  return `${family} ${port}`;
}

/** What a neighbour knows it by. TTL and hops are ours to change: they are set when the socket is opened. */
function isSameSession(a: BfdInstanceConfig, b: BfdInstanceConfig): boolean {
  return a.neighbor === b.neighbor && a.source === b.source && a.multihop === b.multihop && a.ttl === b.ttl;
}
