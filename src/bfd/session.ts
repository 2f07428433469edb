/**
 * One BFD session in asynchronous mode: RFC 5880 §6.8 as a function (session, event) -> (session, actions). Pure.
 * Times are microseconds, as in the packets.
 */
import type { BfdState, ControlPacket } from './control_packet.ts';

/** What an operator decides. */
export interface SessionSettings {
  readonly minTxUs: number;
  readonly minRxUs: number;
  /** Takes the place of minTxUs while the session is not Up: one second at least (§6.8.3). */
  readonly idleTxUs: number;
  readonly multiplier: number;
  readonly passive: boolean;
}

/** The state variables of §6.8.1, by their names there, and what else lasts. */
export interface Session {
  readonly settings: SessionSettings;
  readonly state: BfdState;
  readonly localDiag: number;
  readonly localDiscr: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  /** 0: none is known, or nothing was heard for a detection time. */
  readonly remoteDiscr: number;
  readonly remoteState: BfdState;
  readonly remoteDiag: number;
  readonly remoteMinRxUs: number;
  readonly remoteDemand: boolean;
  /** What the last packet said: the detection time is made of them. */
  readonly remoteMinTxUs: number;
  readonly remoteMultiplier: number;
  /** A Poll Sequence is under way (§6.5). */
  readonly polling: boolean;
  /** What is reckoned with until it ends (§6.8.3): no slower to send, no sooner to give up than was agreed. */
  readonly usedMinTxUs: number;
  readonly usedMinRxUs: number;
}

export type SessionEvent =
  | { readonly kind: 'start' }
  /** A valid packet that belongs to this session. */
  | { readonly kind: 'received'; readonly packet: ControlPacket }
  | { readonly kind: 'transmit_due' }
  /** A detection time has passed since the last valid packet. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'settings'; readonly settings: SessionSettings }
  | { readonly kind: 'admin_down' };

export type SessionAction =
  | { readonly do: 'send'; readonly packet: ControlPacket }
  /** Send the next periodic packet then; undefined: none is sent. */
  | { readonly do: 'transmit_in'; readonly us: number | undefined }
  | { readonly do: 'detect_in'; readonly us: number }
  /** The session has entered its new state. */
  | { readonly do: 'entered'; readonly from: BfdState };

export interface SessionStep {
  readonly session: Session;
  readonly actions: readonly SessionAction[];
}

export const DIAG = {
  none: 0,
  expired: 1,
  neighborDown: 3,
  adminDown: 7,
} as const;

export function newSession(settings: SessionSettings, localDiscr: number): Session {
  return {
    settings,
    state: 'Down',
    localDiag: DIAG.none,
    localDiscr,
    desiredMinTxUs: slow(settings),
    requiredMinRxUs: settings.minRxUs,
    remoteDiscr: 0,
    remoteState: 'Down',
    remoteDiag: DIAG.none,
    remoteMinRxUs: 1,
    remoteDemand: false,
    remoteMinTxUs: 0,
    remoteMultiplier: 0,
    polling: false,
    usedMinTxUs: slow(settings),
    usedMinRxUs: settings.minRxUs,
  };
}

/** §6.8.4; 0 before the first packet. */
export function detectionTimeUs(session: Session): number {
  return session.remoteMultiplier * Math.max(session.usedMinRxUs, session.remoteMinTxUs);
}

/** §6.8.7, before jitter. */
export function transmitIntervalUs(session: Session): number {
  return Math.max(session.usedMinTxUs, session.remoteMinRxUs);
}

/** `random`: in 0 to 1, for the jitter of the next packet. */
export function stepSession(session: Session, event: SessionEvent, random: number): SessionStep {
  switch (event.kind) {
    case 'start':
      return { session, actions: periodically(session, random) };
    case 'received':
      return received(session, event.packet, random);
    case 'transmit_due':
      if (!transmits(session)) return { session, actions: [] };
      return { session, actions: [send(session), ...periodically(session, random)] };
    case 'silent':
      return silent(session, random);
    case 'settings':
      return changed(session, event.settings, random);
    case 'admin_down':
      return administrativelyDown(session);
  }
}

/** §6.8.6, from where the session was found on. */
function received(before: Session, packet: ControlPacket, random: number): SessionStep {
  if (before.state === 'AdminDown') return { session: before, actions: [] };
  const heard: Session = {
    ...before,
    remoteDiscr: packet.myDiscriminator,
    remoteState: packet.state,
    remoteDiag: packet.diagnostic,
    remoteMinRxUs: packet.requiredMinRxUs,
    remoteDemand: packet.demand,
    remoteMinTxUs: packet.desiredMinTxUs,
    remoteMultiplier: packet.multiplier,
    ...(packet.final && before.polling
      ? { polling: false, usedMinTxUs: before.desiredMinTxUs, usedMinRxUs: before.requiredMinRxUs }
      : {}),
  };
  const [state, diag] = nextState(before.state, packet.state);
  const session = enter(heard, state, diag);
  const news = session.state !== before.state;
  // §6.8.7: what differs from the packet before is told at once, and a poll is answered at once.
  const says = packet.poll
    ? [send(session, { final: true })]
    : news && transmits(session)
      ? [send(session)]
      : [];
  return {
    session,
    actions: [
      ...(news ? [{ do: 'entered', from: before.state } as const] : []),
      ...says,
      ...(news || pace(session) !== pace(before) ? periodically(session, random) : []),
      { do: 'detect_in', us: detectionTimeUs(session) },
    ],
  };
}

/** What the neighbour's state makes of ours: §6.2, §6.8.6. The diagnostic where it is another now. */
function nextState(mine: BfdState, remote: BfdState): readonly [state: BfdState, diag?: number] {
  if (remote === 'AdminDown') return mine === 'Down' ? ['Down'] : ['Down', DIAG.neighborDown];
  switch (mine) {
    case 'AdminDown':
      return ['AdminDown'];
    case 'Down':
      if (remote === 'Down') return ['Init', DIAG.none];
      return remote === 'Init' ? ['Up', DIAG.none] : ['Down'];
    case 'Init':
      return remote === 'Down' ? ['Init'] : ['Up', DIAG.none];
    case 'Up':
      return remote === 'Down' ? ['Down', DIAG.neighborDown] : ['Up'];
  }
}

function enter(session: Session, state: BfdState, diag = session.localDiag): Session {
  if (state === session.state) return { ...session, localDiag: diag };
  const next = { ...session, state, localDiag: diag };
  const { settings } = session;
  if (state === 'Up') return wish(next, settings.minTxUs, settings.minRxUs);
  // Nobody relies on the rhythm of a session that is not Up: what was agreed ends with it.
  const desired = slow(settings);
  return {
    ...next,
    desiredMinTxUs: desired,
    usedMinTxUs: desired,
    usedMinRxUs: next.requiredMinRxUs,
    polling: false,
  };
}

/** §6.8.3: of a session that is Up, a change is told by a Poll Sequence, and none hurts before it was heard. */
function wish(session: Session, desiredMinTxUs: number, requiredMinRxUs: number): Session {
  if (desiredMinTxUs === session.desiredMinTxUs && requiredMinRxUs === session.requiredMinRxUs)
    return session;
  return {
    ...session,
    desiredMinTxUs,
    requiredMinRxUs,
    polling: true,
    usedMinTxUs: Math.min(session.usedMinTxUs, desiredMinTxUs),
    usedMinRxUs: Math.max(session.usedMinRxUs, requiredMinRxUs),
  };
}

function silent(before: Session, random: number): SessionStep {
  // §6.8.1: what is heard next may come from another life of the neighbour.
  const session: Session = { ...before, remoteDiscr: 0 };
  if (before.state !== 'Up' && before.state !== 'Init')
    return { session, actions: periodically(session, random) };
  // It cannot be known any more how fast the neighbour wants packets, nor that it wants none.
  const down: Session = {
    ...enter(session, 'Down', DIAG.expired),
    remoteMinRxUs: 1,
    remoteDemand: false,
    remoteState: 'Down',
  };
  const says = transmits(down) ? [send(down)] : [];
  return {
    session: down,
    actions: [{ do: 'entered', from: before.state }, ...says, ...periodically(down, random)],
  };
}

function changed(before: Session, settings: SessionSettings, random: number): SessionStep {
  const given: Session = { ...before, settings };
  const isUp = before.state === 'Up';
  const quiet = { desiredMinTxUs: slow(settings), requiredMinRxUs: settings.minRxUs };
  const session: Session = isUp
    ? wish(given, settings.minTxUs, settings.minRxUs)
    : { ...given, ...quiet, usedMinTxUs: quiet.desiredMinTxUs, usedMinRxUs: quiet.requiredMinRxUs };
  return {
    session,
    actions: [...(isUp && transmits(session) ? [send(session)] : []), ...periodically(session, random)],
  };
}

/** §6.8.16. The neighbour is told; nothing is sent or heard from then on. */
function administrativelyDown(before: Session): SessionStep {
  if (before.state === 'AdminDown') return { session: before, actions: [] };
  const session = enter(before, 'AdminDown', DIAG.adminDown);
  return {
    session,
    actions: [
      { do: 'entered', from: before.state },
      ...(before.remoteDiscr === 0 && before.settings.passive ? [] : [send(session)]),
      { do: 'transmit_in', us: undefined },
    ],
  };
}

function slow({ idleTxUs, minTxUs }: SessionSettings): number {
  return Math.max(idleTxUs, minTxUs);
}

/** §6.8.7: whether periodic packets are sent. */
function transmits({ polling, remoteDemand, remoteDiscr, remoteMinRxUs, ...session }: Session): boolean {
  if (session.state === 'AdminDown') return false;
  if (remoteDiscr === 0 && session.settings.passive) return false;
  if (remoteMinRxUs === 0) return false;
  return !(remoteDemand && session.state === 'Up' && session.remoteState === 'Up' && !polling);
}

/** What the rhythm of periodic packets depends on. */
function pace(session: Session): number | undefined {
  return transmits(session) ? transmitIntervalUs(session) : undefined;
}

/** §6.8.7: 75 to 100 % of the interval; 75 to 90 % where one lost packet ends the session. */
function periodically(session: Session, random: number): SessionAction[] {
  const us = pace(session);
  if (us === undefined) return [{ do: 'transmit_in', us }];
  const most = session.settings.multiplier === 1 ? 0.9 : 1;
  return [{ do: 'transmit_in', us: Math.floor(us * (0.75 + random * (most - 0.75))) }];
}

/** A packet that answers a poll does not poll itself (§6.5). */
function send(session: Session, { final = false } = {}): SessionAction {
  return {
    do: 'send',
    packet: {
      diagnostic: session.localDiag,
      state: session.state,
      poll: session.polling && !final,
      final,
      demand: false,
      multiplier: session.settings.multiplier,
      myDiscriminator: session.localDiscr,
      yourDiscriminator: session.remoteDiscr,
      desiredMinTxUs: session.desiredMinTxUs,
      requiredMinRxUs: session.requiredMinRxUs,
    },
  };
}
