/** How a virtual router enters and leaves its roles: the steps that several events have in common. Pure. */
import { masterDownMs, successorBoundMs } from './timers.ts';
import {
  type Backup,
  type Fault,
  type Leaving,
  type Master,
  type NotifyState,
  type OtherRouter,
  OWNER_PRIORITY,
  RESIGN_PRIORITY,
  type Transition,
  type VirtualRouter,
  type VrrpAction,
  type VrrpState,
  type VrrpTimer,
} from './virtual_router.ts';

export function stay(state: VrrpState, ...actions: readonly VrrpAction[]): Transition {
  return { state, actions };
}

/** `first` is carried out before the transition's own actions. */
export function after(first: readonly VrrpAction[], { state, actions }: Transition): Transition {
  return { state, actions: [...first, ...actions] };
}

export function say(router: VirtualRouter, text: string): VrrpAction {
  return { do: 'log', level: 'info', text: `(${router.name}) ${text}` };
}

/** Running timers are left alone: the next advert is judged by the new priority. */
export function changePriority(router: VirtualRouter, state: Backup | Master, priority: number): Transition {
  if (router.priority === OWNER_PRIORITY || priority === state.priority) return stay(state);
  return stay(
    { ...state, priority },
    say(router, `Changing effective priority from ${state.priority} to ${priority}`),
    { do: 'notify_priority', role: state.role === 'master' ? 'MASTER' : 'BACKUP', priority },
  );
}

/** keepalived's phrase; the journal's entry can be found by the event's name, too. */
function sayRole({ name }: VirtualRouter, role: string, note = ''): VrrpAction {
  const about = { event: 'vrrp_role_changed', vrrp_instance: name, to: role };
  return { do: 'log', level: 'info', text: `(${name}) Entering ${role} STATE${note}`, about };
}

export function warn(router: VirtualRouter, text: string): VrrpAction {
  return { do: 'log', level: 'warn', text: `(${router.name}) ${text}` };
}

/** A line that can come with every advert; `limit` names its kind. */
export function repeatedly(action: VrrpAction, limit: string): VrrpAction {
  return action.do === 'log' ? { ...action, limit } : action;
}

export function setTimer(timer: VrrpTimer, ms: number): VrrpAction {
  return { do: 'set_timer', timer, ms };
}

export function sendAdvert(priority: number): VrrpAction {
  return { do: 'send_advert', priority };
}

/** `limit`: it can come with every advert; see the action 'log'. */
export function announce(repeat: number, limit?: string): VrrpAction[] {
  return repeat > 0 ? [{ do: 'announce', repeat, ...(limit === undefined ? {} : { limit }) }] : [];
}

function notify(state: NotifyState, priority: number): VrrpAction {
  return { do: 'notify', state, priority };
}

/** Start-up and recovery (RFC 5798 §6.4.1): the owner is master at once, every other listens first. */
export function begin(router: VirtualRouter, priority: number, note = ''): Transition {
  if (router.priority !== OWNER_PRIORITY) return enterBackup(router, { priority, note });
  if (!router.synced) return enterMaster(router, priority);
  const { state, actions } = enterBackup(router, { priority: OWNER_PRIORITY, note });
  return { state: { ...state, wantsMaster: true }, actions };
}

/**
 * The advert goes first, so that the old master withdraws before the new one announces; then the addresses, then
 * their announcement (RFC 5798 §6.4.2).
 */
export function enterMaster(router: VirtualRouter, effectivePriority: number): Transition {
  const { garp } = router;
  // An owner that had stepped down before another owner is owner again.
  const priority = router.priority === OWNER_PRIORITY ? OWNER_PRIORITY : effectivePriority;
  return {
    state: { role: 'master', priority, fresh: true },
    actions: [
      { do: 'cancel_timers' },
      sendAdvert(priority),
      sayRole(router, 'MASTER'),
      { do: 'add_addresses' },
      ...announce(garp.masterRepeat),
      setTimer('advert', router.advertIntMs),
      ...(garp.masterDelayMs > 0 ? [setTimer('garp_delay', garp.masterDelayMs)] : []),
      ...(garp.masterRefreshMs > 0 ? [setTimer('garp_refresh', garp.masterRefreshMs)] : []),
      { do: 'count', statistic: 'become_master' },
      notify('MASTER', priority),
    ],
  };
}

interface BackupStart {
  readonly priority: number;
  /** Behind keepalived's phrase, where a start differs from a change. */
  readonly note?: string;
  /** Default: advert_int. */
  readonly masterAdvertMs?: number;
  readonly master?: OtherRouter;
}

export function enterBackup(router: VirtualRouter, start: BackupStart) {
  const { priority, note = '', masterAdvertMs = router.advertIntMs, master } = start;
  const state: Backup = {
    role: 'backup',
    priority,
    masterAdvertMs,
    ...(master === undefined ? {} : { master }),
    preemptDelay: 'idle',
    wantsMaster: false,
    listeningAgain: false,
  };
  const actions: VrrpAction[] = [
    { do: 'cancel_timers' },
    sayRole(router, 'BACKUP', note),
    setTimer('master_down', masterDownMs(router, priority, masterAdvertMs)),
    notify('BACKUP', priority),
  ];
  return { state, actions };
}

/** A master that gives way: what another master says holds now, so nothing is kept. */
export function yieldToMaster(router: VirtualRouter, start: BackupStart): Transition {
  return after(withdraw, enterBackup(router, start));
}

export function enterFault(router: VirtualRouter, state: Omit<Fault, 'role'>, note = ''): Transition {
  return {
    state: { role: 'fault', ...state },
    actions: [{ do: 'cancel_timers' }, sayRole(router, 'FAULT', note), notify('FAULT', state.priority)],
  };
}

const withdraw: readonly VrrpAction[] = [
  { do: 'remove_addresses' },
  { do: 'count', statistic: 'release_master' },
];

/** Interface gone: nobody can be waited for. The resignation is tried all the same. */
export function masterLostInterface(router: VirtualRouter, priority: number): Transition {
  const { state, actions } = enterFault(router, { priority, faulty: true });
  return { state, actions: [sendAdvert(RESIGN_PRIORITY), ...withdraw, ...actions] };
}

/**
 * Makes before it breaks: priority 0 calls the successor, and until its advert is heard the addresses stay and
 * packets are forwarded. With nobody there, the wait ends when even a backup of priority 1 would have come.
 */
export function resign(router: VirtualRouter, leaving: Omit<Leaving, 'role'>): Transition {
  return {
    state: { role: 'leaving', ...leaving },
    actions: [
      { do: 'cancel_timers' },
      sendAdvert(RESIGN_PRIORITY),
      say(router, 'sent 0 priority'),
      setTimer('successor', successorBoundMs(router, router.advertIntMs)),
    ],
  };
}

/** The wait for a successor is over. */
export function leave(router: VirtualRouter, { priority, to, faulty }: Leaving): Transition {
  switch (to) {
    case 'initialize':
      return after(withdraw, stopped(priority));
    case 'fault':
      return after(withdraw, enterFault(router, { priority, faulty }));
    case 'backup':
      return yieldToMaster(router, { priority });
  }
}

export function stopped(priority: number): Transition {
  return {
    state: { role: 'initialize', priority, delayed: false, faulty: false },
    actions: [{ do: 'cancel_timers' }, notify('STOP', priority), { do: 'stopped' }],
  };
}
