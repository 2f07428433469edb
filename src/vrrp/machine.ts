/**
 * The VRRP state machine (RFC 5798 §6.4, RFC 3768 §6.4, and what keepalived adds): a function from a state and
 * an event to the next state and the actions, in order. No clock, socket or log inside.
 */
import { stepBackup } from './backup.ts';
import { stepMaster } from './master.ts';
import { after, begin, enterFault, leave, say, setTimer, stay, stopped } from './transitions.ts';
import {
  type Fault,
  type Initialize,
  type Leaving,
  OWNER_PRIORITY,
  RESIGN_PRIORITY,
  type Transition,
  type VirtualRouter,
  type VrrpAction,
  type VrrpEvent,
  type VrrpState,
} from './virtual_router.ts';

/** Before 'start'. */
export function initialState(router: VirtualRouter): VrrpState {
  return { role: 'initialize', priority: router.priority, delayed: false, faulty: false };
}

/** `router` must have gone through completeRouter. */
export function step(router: VirtualRouter, state: VrrpState, event: VrrpEvent): Transition {
  return after(counted(event), stepRole(router, state, event));
}

function counted(event: VrrpEvent): VrrpAction[] {
  if (event.kind !== 'advert') return [];
  const received: VrrpAction = { do: 'count', statistic: 'advert_rcvd' };
  return event.priority === RESIGN_PRIORITY
    ? [received, { do: 'count', statistic: 'pri_zero_rcvd' }]
    : [received];
}

function stepRole(router: VirtualRouter, state: VrrpState, event: VrrpEvent): Transition {
  switch (state.role) {
    case 'initialize':
      return stepInitialize(router, state, event);
    case 'backup':
      return stepBackup(router, state, event);
    case 'master':
      return stepMaster(router, state, event);
    case 'fault':
      return stepFault(router, state, event);
    case 'leaving':
      return stepLeaving(router, state, event);
  }
}

function stepInitialize(router: VirtualRouter, state: Initialize, event: VrrpEvent): Transition {
  switch (event.kind) {
    case 'start': {
      const { faulty } = event;
      if (router.startupDelayMs === 0) return start(router, { ...state, faulty });
      return stay(
        { ...state, delayed: true, faulty },
        say(router, `Delaying startup for ${router.startupDelayMs / 1000} seconds`),
        setTimer('startup', router.startupDelayMs),
      );
    }
    case 'timer':
      return event.timer === 'startup' && state.delayed ? start(router, state) : stay(state);
    case 'fault':
      return stay({ ...state, faulty: state.delayed });
    case 'recovered':
      return stay({ ...state, faulty: false });
    case 'stop':
      return stopped(state.priority);
    case 'priority':
      return stay(withPriority(router, state, event.priority));
    case 'reconfigured':
      return stay({ ...state, priority: router.priority });
    case 'advert':
    case 'order':
      return stay(state);
  }
}

/** Of a sync group, one member in fault keeps all in fault: that order comes after this. */
function start(router: VirtualRouter, { priority, faulty }: Initialize): Transition {
  return faulty ? enterFault(router, { priority, faulty }, ' (init)') : begin(router, priority, ' (init)');
}

function stepFault(router: VirtualRouter, state: Fault, event: VrrpEvent): Transition {
  switch (event.kind) {
    case 'recovered':
      // A member of a sync group waits until no member has a fault.
      return router.synced ? stay({ ...state, faulty: false }) : begin(router, state.priority);
    case 'order':
      return event.order === 'fault' || state.faulty ? stay(state) : begin(router, state.priority);
    case 'fault':
      return stay({ ...state, faulty: true });
    case 'stop':
      return stopped(state.priority);
    case 'priority':
      return stay(withPriority(router, state, event.priority));
    case 'start':
    case 'advert':
    case 'timer':
    case 'reconfigured':
      return stay(state);
  }
}

function stepLeaving(router: VirtualRouter, state: Leaving, event: VrrpEvent): Transition {
  switch (event.kind) {
    case 'advert':
      // Whoever sends it is master now; another one that resigns is no successor.
      return event.priority === RESIGN_PRIORITY ? stay(state) : leave(router, state);
    case 'timer':
      return event.timer === 'successor' ? leave(router, state) : stay(state);
    case 'stop':
      return state.to === 'initialize' ? leave(router, state) : stay({ ...state, to: 'initialize' });
    case 'fault':
      // An interface that is gone will not bring the successor's advert.
      if (!event.reachable) return leave(router, { ...state, to: faultAfter(state), faulty: true });
      return stay({ ...state, to: faultAfter(state), faulty: true });
    case 'recovered':
      if (state.to !== 'fault' || router.synced) return stay({ ...state, faulty: false });
      return stay({ ...state, to: 'backup', faulty: false });
    case 'priority':
      return stay(withPriority(router, state, event.priority));
    case 'start':
    case 'order':
    case 'reconfigured':
      return stay(state);
  }
}

function faultAfter({ to }: Leaving): Leaving['to'] {
  return to === 'initialize' ? 'initialize' : 'fault';
}

function withPriority<S extends VrrpState>(router: VirtualRouter, state: S, priority: number): S {
  return router.priority === OWNER_PRIORITY ? state : { ...state, priority };
}
