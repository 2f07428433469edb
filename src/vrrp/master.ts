/**
 * A virtual router that is MASTER (RFC 5798 §6.4.3): says so in every interval, and yields only to a higher one.
 * Pure.
 */
import { compareAddresses } from '../base/address.ts';
import { masterDownMs } from './timers.ts';
import {
  after,
  announce,
  changePriority,
  masterLostInterface,
  repeatedly,
  resign,
  say,
  sendAdvert,
  setTimer,
  stay,
  warn,
  yieldToMaster,
} from './transitions.ts';
import {
  type Master,
  OWNER_PRIORITY,
  RESIGN_PRIORITY,
  type Transition,
  type VirtualRouter,
  type VrrpAction,
  type VrrpEvent,
  type VrrpTimer,
} from './virtual_router.ts';

type AdvertEvent = Extract<VrrpEvent, { kind: 'advert' }>;

/** The limit of what an advert of lower priority makes it say. */
const LOWER_PRIORITY = 'lower_priority';

export function stepMaster(router: VirtualRouter, state: Master, event: VrrpEvent): Transition {
  const { priority } = state;
  switch (event.kind) {
    case 'advert':
      return hear(router, state, event);
    case 'timer':
      return event.timer === 'advert'
        ? advertise(router, state, event.lateMs)
        : announceAgain(router, state, event.timer);
    case 'priority':
      return changePriority(router, state, event.priority);
    case 'fault':
      if (!event.reachable) return masterLostInterface(router, priority);
      return resign(router, { priority, to: 'fault', faulty: true });
    case 'order':
      return obey(router, state, event.order);
    case 'reconfigured':
      return reconfigure(router, state, event.before);
    case 'stop':
      return resign(router, { priority, to: 'initialize', faulty: false });
    case 'start':
    case 'recovered':
      return stay(state);
  }
}

function hear(router: VirtualRouter, state: Master, advert: AdvertEvent): Transition {
  const { priority, source } = advert;
  if (state.priority === OWNER_PRIORITY && router.ownerIgnoreAdverts) return stay(state);
  if (priority === RESIGN_PRIORITY) return stayOn(router, state);
  const tie = priority === state.priority;
  if (tie && source === router.address) {
    const text = 'WARNING - equal priority advert received from remote host with our IP address.';
    return stay(state, repeatedly(warn(router, text), 'our_address'));
  }
  const higher = tie ? compareAddresses(source, router.address) > 0 : priority > state.priority;
  const conflict = tie && priority === OWNER_PRIORITY ? [twoOwners(router, advert)] : [];
  return after(conflict, higher ? giveWay(router, state, advert) : insist(router, state, advert));
}

/**
 * Another one resigns: all are told that this router is there (RFC 5798 §6.4.3), once in an interval. Were the timer
 * started again without it, whoever forges priority 0 could silence this router.
 */
function stayOn(router: VirtualRouter, state: Master): Transition {
  const heard = repeatedly(say(router, 'Master received priority 0 message'), 'priority_zero');
  if (state.stayedOn === true) return stay(state, heard);
  return stay(
    { ...state, stayedOn: true },
    sendAdvert(state.priority),
    setTimer('advert', router.advertIntMs),
    heard,
  );
}

function twoOwners(router: VirtualRouter, { source }: AdvertEvent): VrrpAction {
  const text =
    `CONFIGURATION ERROR: local instance and ${source} are both configured as address owner ` +
    '(priority 255): give one of them a lower priority';
  return repeatedly(warn(router, text), 'two_owners');
}

/** RFC 5798 §6.4.3: a higher priority, or the same from a higher address. */
function giveWay(router: VirtualRouter, state: Master, advert: AdvertEvent): Transition {
  const { source, priority } = advert;
  const text =
    priority > state.priority
      ? `Master received advert from ${source} with higher priority ${priority}, ours ${state.priority}`
      : `Master received advert from ${source} with same priority ${priority} but higher IP address than ours`;
  const first = [...(router.higherPrioSendAdvert ? [sendAdvert(state.priority)] : []), say(router, text)];
  return after(
    first,
    yieldToMaster(router, {
      // An owner yields to another owner below its rank, until that one is silent (enterMaster).
      priority: Math.min(state.priority, OWNER_PRIORITY - 1),
      master: { address: source, priority },
      ...(router.version === 3 ? { masterAdvertMs: advert.intervalMs } : {}),
    }),
  );
}

/**
 * A lower one is master too. It is told at once, and so is the network, as the lower one may have drawn the
 * addresses to itself. In the first interval this is only an advert that crossed ours; later there have been two
 * masters, which is reported. The last word on the network is ours: one more announcement when it is silent.
 *
 * Anybody can forge such adverts: the answer to all of an interval is one advert, one announcement and one
 * notification, and the interval that an advert claims does not make the other one silent sooner than ours would.
 */
function insist(router: VirtualRouter, state: Master, advert: AdvertEvent): Transition {
  const { source, priority } = advert;
  const { garp, lowerPrioNoAdvert } = router;
  const consequence = lowerPrioNoAdvert ? '' : ', forcing new election';
  const text = `Received advert from ${source} with lower priority ${priority}, ours ${state.priority}${consequence}`;
  const isFirst = state.insisted !== true;
  const actions: VrrpAction[] = [
    ...(lowerPrioNoAdvert || !isFirst ? [] : [sendAdvert(state.priority)]),
    ...(isFirst ? announce(garp.lowerPrioRepeat, LOWER_PRIORITY) : []),
    repeatedly(say(router, text), LOWER_PRIORITY),
    ...(isFirst && garp.lowerPrioRepeat > 0 && garp.lowerPrioDelayMs > 0
      ? [setTimer('garp_lower_prio', garp.lowerPrioDelayMs)]
      : []),
    ...(isFirst ? [{ do: 'notify_lower_priority', priority: state.priority } as const] : []),
  ];
  if (state.fresh) return stay({ ...state, insisted: true }, ...actions);
  return stay(
    { ...state, insisted: true, rival: { address: source, priority } },
    ...actions,
    ...(state.rival === undefined ? reportRival(router, source) : []),
    setTimer('rival', router.downTimerAdverts * Math.max(advert.intervalMs, router.advertIntMs)),
  );
}

function reportRival(router: VirtualRouter, source: string): VrrpAction[] {
  const text = `two masters: ${source} was master beside this director; it is told to step down`;
  return [{ do: 'count', statistic: 'two_masters' }, warn(router, text)];
}

/** The 'advert' timer. */
function advertise(router: VirtualRouter, state: Master, lateMs: number): Transition {
  const { advertIntMs, timerExpiredBackup } = router;
  const late: VrrpAction[] =
    lateMs < advertIntMs
      ? []
      : [warn(router, `A thread timer expired ${(lateMs / 1000).toFixed(3)} seconds ago`)];
  const silenceMs = advertIntMs + lateMs;
  if (timerExpiredBackup !== undefined && silenceMs > masterDownMs(router, timerExpiredBackup, advertIntMs)) {
    // Somebody must have taken over meanwhile: asked to (timer_expired_backup), this router does not fight for it.
    return after(late, yieldToMaster(router, { priority: state.priority }));
  }
  const { insisted: _insisted, stayedOn: _stayedOn, ...next } = state;
  return stay(
    { ...next, fresh: false },
    sendAdvert(state.priority),
    setTimer('advert', advertIntMs),
    ...late,
  );
}

function announceAgain({ garp, name }: VirtualRouter, state: Master, timer: VrrpTimer): Transition {
  switch (timer) {
    case 'garp_delay':
      return stay(state, ...announce(garp.masterRepeat));
    case 'garp_refresh':
      return stay(state, ...announce(garp.masterRefreshRepeat), setTimer(timer, garp.masterRefreshMs));
    case 'garp_lower_prio':
      return stay(state, ...announce(garp.lowerPrioRepeat, LOWER_PRIORITY));
    case 'rival': {
      const { rival, ...alone } = state;
      if (rival === undefined) return stay(state);
      const text = `(${name}) the other master ${rival.address} is silent`;
      return stay(alone, ...announce(garp.lowerPrioRepeat, LOWER_PRIORITY), {
        do: 'log',
        level: 'info',
        text,
      });
    }
    case 'startup':
    case 'master_down':
    case 'preempt_delay':
    case 'advert':
    case 'successor':
      return stay(state);
  }
}

function obey(router: VirtualRouter, state: Master, order: 'master' | 'backup' | 'fault'): Transition {
  switch (order) {
    case 'master':
      return stay(state);
    case 'backup':
      // Another member yielded: its master takes over the whole group, so priority 0 would only call a third one.
      return yieldToMaster(router, { priority: state.priority });
    case 'fault':
      return resign(router, { priority: state.priority, to: 'fault', faulty: false });
  }
}

/** The new interval must be known to the backups before they miss the next advert. */
function reconfigure(router: VirtualRouter, state: Master, before: VirtualRouter): Transition {
  const owner = router.priority === OWNER_PRIORITY || state.priority === OWNER_PRIORITY;
  const priority = owner ? router.priority : state.priority;
  const { masterRefreshMs } = router.garp;
  const refresh: VrrpAction =
    masterRefreshMs > 0
      ? setTimer('garp_refresh', masterRefreshMs)
      : { do: 'cancel_timer', timer: 'garp_refresh' };
  return stay(
    { ...state, priority },
    sendAdvert(priority),
    setTimer('advert', router.advertIntMs),
    ...(masterRefreshMs === before.garp.masterRefreshMs ? [] : [refresh]),
  );
}
