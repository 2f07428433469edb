/** The shell of one session: feeds the state machine with packets and timers, and carries out what it says. */
import type { AddonError, BfdPacket, BfdSender } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { SessionStatus } from '../base/sessions.ts';
import type { BfdInstanceConfig } from '../config/model.ts';
import { type BfdState, type ControlPacket, diagnostics, encodeControlPacket } from './control_packet.ts';
import { LineLimit } from './line_limit.ts';
import {
  detectionTimeUs,
  newSession,
  type Session,
  type SessionAction,
  type SessionEvent,
  stepSession,
  transmitIntervalUs,
} from './session.ts';
import type { SessionState } from './status.ts';

export interface RunningSessionShell {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Throws where the kernel refuses. */
  readonly openSender: (config: BfdInstanceConfig) => BfdSender;
  /** Hands out what waits in the socket: a packet that has come must not count as missing. */
  readonly drain: () => void;
  /** status() answers another one. */
  readonly changed: () => void;
}

type Direction = 'hear' | 'send';

export interface Beginning {
  /** Not 0, and of no other session. */
  readonly discriminator: number;
  /** It was up when its thread died: it counts so until it is, or for HOLD_MS. */
  readonly wasUp: boolean;
}

/** As long as two systems need that begin anew, with a packet a second lost on the way. */
export const HOLD_MS = 5_000;
/** Trouble is spoken of no more often than this: a stranger may be the cause of it. */
const REPEAT_MS = 60_000;
/** What a socket is bound to has gone, and may come again: ENODEV, EINVAL, EADDRNOTAVAIL. */
const UNBOUND: ReadonlySet<number> = new Set([19, 22, 99]);

export class RunningSession {
  readonly #shell: RunningSessionShell;
  #config: BfdInstanceConfig;
  #session: Session;
  #status: SessionStatus;
  #sinceMs: number;
  #sender: BfdSender | undefined;
  #transmit: Timer | undefined;
  #detect: Timer | undefined;
  #hold: Timer | undefined;
  #heardMs = 0;
  /** What is wrong at present with what comes and what goes, and when something of it was last said. */
  readonly #troubles = new Map<Direction, string>();
  readonly #saidMs = new Map<Direction, number>();
  readonly #lines: LineLimit;

  constructor(config: BfdInstanceConfig, { discriminator, wasUp }: Beginning, shell: RunningSessionShell) {
    this.#shell = shell;
    this.#config = config;
    this.#lines = new LineLimit(shell.clock, (lines) =>
      this.#write('warn', `${lines} more lines within a minute were left out`),
    );
    this.#session = newSession(config, discriminator);
    this.#status = wasUp ? 'up' : 'init';
    this.#sinceMs = shell.clock.wallMs();
    if (wasUp) this.#hold = shell.clock.setTimer(HOLD_MS, () => this.#giveUp());
    this.#step({ kind: 'start' });
  }

  get config(): BfdInstanceConfig {
    return this.#config;
  }

  get discriminator(): number {
    return this.#session.localDiscr;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  state(): SessionState {
    const { name, neighbor } = this.#config;
    const { localDiag, remoteState, state } = this.#session;
    const detection = detectionTimeUs(this.#session);
    const trouble = this.#troubles.get('send') ?? this.#troubles.get('hear');
    return {
      name,
      neighbor,
      state,
      remoteState,
      ...(localDiag === 0 ? {} : { diagnostic: diagnosticText(localDiag) }),
      ...(detection === 0 ? {} : { detectionTimeUs: detection }),
      transmitIntervalUs: transmitIntervalUs(this.#session),
      sinceMs: this.#sinceMs,
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  /** A packet that names this session, or its two addresses. */
  take(packet: ControlPacket, { ttl }: Pick<BfdPacket, 'ttl'>): void {
    const { neighbor, ttl: wanted, maxHops } = this.#config;
    if (maxHops !== 'any' && ttl + maxHops < wanted) {
      const least = wanted - maxHops;
      this.#say(
        'hear',
        `Packets of ${neighbor} are discarded: their TTL is ${ttl}, ${least} at least ` +
          `(RFC 5881 §5); where the neighbour sends it so, write ttl ${ttl}`,
      );
      return;
    }
    this.#troubles.delete('hear');
    this.#heardMs = this.#shell.clock.nowMs();
    this.#step({ kind: 'received', packet });
  }

  /** Of the same neighbour; the session goes on. */
  reconfigure(config: BfdInstanceConfig): void {
    const { minRxUs, minTxUs, idleTxUs, multiplier, passive } = config;
    const old = this.#config;
    this.#config = config;
    const same =
      minRxUs === old.minRxUs &&
      minTxUs === old.minTxUs &&
      idleTxUs === old.idleTxUs &&
      multiplier === old.multiplier &&
      passive === old.passive;
    if (!same) this.#step({ kind: 'settings', settings: config });
  }

  /** Tells the neighbour that this is meant. */
  stop(): void {
    this.#step({ kind: 'admin_down' });
    this.#transmit?.cancel();
    this.#detect?.cancel();
    this.#hold?.cancel();
    this.#lines.close();
    this.#sender?.close();
    this.#sender = undefined;
  }

  #step(event: SessionEvent): void {
    const { session, actions } = stepSession(this.#session, event, this.#shell.random.next());
    const [before, after] = [detectionTimeUs(this.#session), detectionTimeUs(session)];
    if (event.kind === 'received' && session.state === 'Up' && after !== before)
      this.#log('info', `Detection time is ${after / 1000} ms (was ${before / 1000} ms)`);
    this.#session = session;
    for (const action of actions) this.#act(action);
  }

  #act(action: SessionAction): void {
    switch (action.do) {
      case 'send':
        this.#send(action.packet);
        break;
      case 'transmit_in':
        this.#transmitIn(action.us);
        break;
      case 'detect_in':
        this.#detectIn(Math.ceil(action.us / 1000));
        break;
      case 'entered':
        this.#entered(action.from);
        break;
    }
  }

  #send(packet: ControlPacket): void {
    try {
      this.#sender ??= this.#shell.openSender(this.#config);
      this.#sender.send(encodeControlPacket(packet));
      this.#troubles.delete('send');
    } catch (error) {
      // Anew for the next one only where it has to be: a session keeps its source port (RFC 5881 §4).
      if (UNBOUND.has((error as AddonError).errno)) {
        this.#sender?.close();
        this.#sender = undefined;
      }
      this.#say('send', reasonOf(error));
    }
  }

  /** Never later than was agreed: a timer is not exact, so it is set a little early. */
  #transmitIn(us: number | undefined): void {
    this.#transmit?.cancel();
    this.#transmit = undefined;
    if (us === undefined) return;
    this.#transmit = this.#shell.clock.setTimer(Math.max(1, Math.floor(us / 1000)), () =>
      this.#step({ kind: 'transmit_due' }),
    );
  }

  #detectIn(ms: number): void {
    const { clock } = this.#shell;
    this.#detect?.cancel();
    this.#detect = clock.setTimer(ms, () => {
      const heardMs = this.#heardMs;
      this.#shell.drain();
      if (this.#heardMs !== heardMs) return;
      const silentMs = clock.nowMs() - heardMs;
      this.#detect = undefined;
      const { state } = this.#session;
      if (state === 'Up' || state === 'Init') this.#log('warn', `Expired after ${Math.round(silentMs)} ms`);
      this.#step({ kind: 'silent' });
    });
  }

  /** keepalived's phrases, which people search their logs for. */
  #entered(from: BfdState): void {
    const { clock } = this.#shell;
    const { localDiag, remoteDiag, state } = this.#session;
    this.#sinceMs = clock.wallMs();
    const why =
      state === 'Down'
        ? ` (Local diagnostic - ${diagnosticText(localDiag)}, Remote diagnostic - ${diagnosticText(remoteDiag)})`
        : '';
    this.#log(state === 'Down' ? 'warn' : 'info', `Entering ${state} state${why}`);
    if (state === 'Up') this.#become('up');
    else if (state === 'Down' && (this.#hold === undefined || from === 'Up')) this.#become('down');
  }

  #giveUp(): void {
    this.#hold = undefined;
    this.#log('warn', `The session has not come up again within ${HOLD_MS} ms`);
    this.#become('down');
  }

  #become(status: SessionStatus): void {
    this.#hold?.cancel();
    this.#hold = undefined;
    if (status === this.#status) return;
    this.#status = status;
    this.#shell.changed();
  }

  #say(direction: Direction, text: string): void {
    this.#troubles.set(direction, text);
    const nowMs = this.#shell.clock.nowMs();
    const saidMs = this.#saidMs.get(direction);
    if (saidMs !== undefined && nowMs - saidMs < REPEAT_MS) return;
    this.#saidMs.set(direction, nowMs);
    this.#log('warn', text);
  }

  #log(level: 'info' | 'warn', text: string): void {
    if (this.#lines.admits()) this.#write(level, text);
  }

  #write(level: 'info' | 'warn', text: string): void {
    this.#shell.log[level](`BFD_Instance(${this.#config.name}) ${text}`);
  }
}

function diagnosticText(number: number): string {
  return diagnostics[number] ?? `Unknown (${number})`;
}
