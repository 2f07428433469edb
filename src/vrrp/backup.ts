/** A virtual router in BACKUP (RFC 5798 §6.4.2): listens, and takes over from a master that is silent. Pure. */
import { listenAgainMs, masterDownMs, skewTimeMs } from './timers.ts';
import {
  begin,
  changePriority,
  enterFault,
  enterMaster,
  repeatedly,
  say,
  setTimer,
  stay,
  stopped,
  warn,
} from './transitions.ts';
import {
  type Backup,
  OWNER_PRIORITY,
  RESIGN_PRIORITY,
  type Transition,
  type VirtualRouter,
  type VrrpAction,
  type VrrpEvent,
} from './virtual_router.ts';

type AdvertEvent = Extract<VrrpEvent, { kind: 'advert' }>;

export function stepBackup(router: VirtualRouter, state: Backup, event: VrrpEvent): Transition {
  switch (event.kind) {
    case 'advert':
      return hear(router, state, event);
    case 'timer':
      if (event.timer === 'master_down') return masterDown(router, state, event.lateMs);
      return stay(event.timer === 'preempt_delay' ? { ...state, preemptDelay: 'over' } : state);
    case 'priority':
      return changePriority(router, state, event.priority);
    case 'fault':
      return enterFault(router, { priority: state.priority, faulty: true });
    case 'order':
      return obey(router, state, event.order);
    case 'reconfigured':
      return reconfigure(router, state, event.before);
    case 'stop':
      return stopped(state.priority);
    case 'start':
    case 'recovered':
      return stay(state);
  }
}

function hear(router: VirtualRouter, state: Backup, advert: AdvertEvent): Transition {
  const { priority, source } = advert;
  if (priority === RESIGN_PRIORITY) {
    const skewMs = skewTimeMs(router, state.priority, state.masterAdvertMs);
    return stay(
      { ...state, listeningAgain: false },
      repeatedly(say(router, 'Backup received priority 0 advertisement'), 'priority_zero'),
      setTimer('master_down', skewMs),
    );
  }
  const delaying = router.preemptDelayMs > 0 && state.preemptDelay !== 'over';
  if (!router.preempt || priority >= state.priority || delaying) return accept(router, state, advert);
  // The timer goes on: when it runs out this router takes over, whatever the lower one says meanwhile.
  const text = `received lower priority (${priority}) advert from ${source} - discarding`;
  return stay(
    { ...state, master: { address: source, priority } },
    repeatedly(say(router, text), 'lower_priority'),
  );
}

function accept(router: VirtualRouter, state: Backup, advert: AdvertEvent): Transition {
  const { source, priority } = advert;
  const masterAdvertMs = router.version === 3 ? advert.intervalMs : router.advertIntMs;
  const { preemptDelay, actions } = preemption(router, state, priority);
  return {
    state: {
      role: 'backup',
      priority: state.priority,
      masterAdvertMs,
      master: { address: source, priority },
      preemptDelay,
      wantsMaster: false,
      listeningAgain: false,
    },
    actions: [
      ...intervalChanged(router, state.masterAdvertMs, masterAdvertMs),
      ...actions,
      setTimer('master_down', masterDownMs(router, state.priority, masterAdvertMs)),
    ],
  };
}

function intervalChanged(router: VirtualRouter, fromMs: number, toMs: number): VrrpAction[] {
  if (fromMs === toMs) return [];
  const text = `advertisement interval updated from ${fromMs}ms to ${toMs}ms by master`;
  return [repeatedly(say(router, text), 'interval')];
}

/** preempt_delay runs from the first master of lower priority, and is forgotten with the first of higher. */
function preemption(router: VirtualRouter, state: Backup, priority: number) {
  const { preemptDelay } = state;
  const actions: VrrpAction[] = [];
  if (router.preemptDelayMs === 0) return { preemptDelay, actions };
  if (priority >= state.priority) {
    if (preemptDelay === 'idle') return { preemptDelay, actions };
    actions.push(repeatedly(say(router, 'stop preempt delay'), 'stop_preempt_delay'), {
      do: 'cancel_timer',
      timer: 'preempt_delay',
    });
    return { preemptDelay: 'idle' as const, actions };
  }
  if (preemptDelay !== 'idle') return { preemptDelay, actions };
  const text = `start preempt delay (${(router.preemptDelayMs / 1000).toFixed(6)})`;
  actions.push(
    repeatedly(say(router, text), 'start_preempt_delay'),
    setTimer('preempt_delay', router.preemptDelayMs),
  );
  return { preemptDelay: 'running' as const, actions };
}

/**
 * A timer that fires later than one advert interval of the master tells of a pause of this thread in which the
 * master may have been heard by nobody here: it is listened for once more (see listenAgainMs), and only once, so
 * that a machine that is always late still takes over.
 */
function masterDown(router: VirtualRouter, state: Backup, lateMs: number): Transition {
  const { priority, masterAdvertMs } = state;
  if (lateMs >= masterAdvertMs && !state.listeningAgain) {
    const late = (lateMs / 1000).toFixed(3);
    const text = `A thread timer expired ${late} seconds ago: listening for the master once more`;
    return stay(
      { ...state, listeningAgain: true },
      warn(router, text),
      setTimer('master_down', listenAgainMs(router, priority, masterAdvertMs)),
    );
  }
  const timeout = say(router, 'Receive advertisement timeout');
  if (router.synced) {
    // The sync group lets its members go together; until then this one goes on listening.
    return stay(
      { ...state, wantsMaster: true, listeningAgain: false },
      ...(state.wantsMaster ? [] : [timeout]),
      setTimer('master_down', masterDownMs(router, priority, masterAdvertMs)),
    );
  }
  const { state: next, actions } = enterMaster(router, priority);
  return { state: next, actions: [timeout, ...actions] };
}

function obey(router: VirtualRouter, state: Backup, order: 'master' | 'backup' | 'fault'): Transition {
  switch (order) {
    case 'master':
      return enterMaster(router, state.priority);
    case 'backup':
      return stay({ ...state, wantsMaster: false });
    case 'fault':
      return enterFault(router, { priority: state.priority, faulty: false });
  }
}

function reconfigure(router: VirtualRouter, state: Backup, before: VirtualRouter): Transition {
  const owner = state.priority === OWNER_PRIORITY;
  if (router.priority === OWNER_PRIORITY && !owner) return begin(router, OWNER_PRIORITY);
  const priority = owner ? router.priority : state.priority;
  const masterAdvertMs = router.version === 3 ? state.masterAdvertMs : router.advertIntMs;
  const silenceMs = masterDownMs(router, priority, masterAdvertMs);
  const delays = router.preemptDelayMs !== before.preemptDelayMs || router.preempt !== before.preempt;
  return stay(
    { ...state, priority, masterAdvertMs, ...(delays ? { preemptDelay: 'idle' } : {}) },
    ...(delays ? [{ do: 'cancel_timer', timer: 'preempt_delay' } as const] : []),
    ...(silenceMs === masterDownMs(before, state.priority, state.masterAdvertMs)
      ? []
      : [setTimer('master_down', silenceMs)]),
  );
}
