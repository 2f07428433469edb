/** Virtual routers, states and short forms that the tests of the state machine share. */
import {
  type Backup,
  completeRouter,
  type Master,
  type VirtualRouter,
  type VrrpAction,
  type VrrpEvent,
  type VrrpTimer,
} from '../../src/vrrp/virtual_router.ts';

/** v2, adverts each second, priority 128: its skew is half a second. */
export const router: VirtualRouter = completeRouter({
  name: 'VI_1',
  version: 2,
  address: '10.0.0.2',
  priority: 128,
  state: 'BACKUP',
  advertIntMs: 1000,
  downTimerAdverts: 3,
  preempt: true,
  preemptDelayMs: 0,
  strict: false,
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  ownerIgnoreAdverts: false,
  startupDelayMs: 0,
  garp: {
    masterDelayMs: 5000,
    masterRepeat: 5,
    masterRefreshMs: 0,
    masterRefreshRepeat: 1,
    lowerPrioDelayMs: 5000,
    lowerPrioRepeat: 5,
  },
  synced: false,
});
/** v3, adverts each 100 ms: its skew is 50 ms. */
export const fast: VirtualRouter = { ...router, version: 3, advertIntMs: 100 };
export const owner: VirtualRouter = { ...router, priority: 255 };

export const backup: Backup = {
  role: 'backup',
  priority: 128,
  masterAdvertMs: 1000,
  preemptDelay: 'idle',
  wantsMaster: false,
  listeningAgain: false,
};
export const master: Master = { role: 'master', priority: 128, fresh: false };

export const advert = (priority: number, source = '10.0.0.3', intervalMs = 1000): VrrpEvent => ({
  kind: 'advert',
  source,
  priority,
  intervalMs,
});
export const timer = (name: VrrpTimer, lateMs = 0): VrrpEvent => ({ kind: 'timer', timer: name, lateMs });

export const received: VrrpAction = { do: 'count', statistic: 'advert_rcvd' };
export const receivedZero: readonly VrrpAction[] = [received, { do: 'count', statistic: 'pri_zero_rcvd' }];
export const log = (text: string, limit?: string): VrrpAction => ({
  do: 'log',
  level: 'info',
  text: `(VI_1) ${text}`,
  ...(limit === undefined ? {} : { limit }),
});
export const warning = (text: string, limit?: string): VrrpAction =>
  ({ ...log(text, limit), level: 'warn' }) as VrrpAction;
export const set = (name: VrrpTimer, ms: number): VrrpAction => ({ do: 'set_timer', timer: name, ms });
export const send = (priority: number): VrrpAction => ({ do: 'send_advert', priority });
export const announce: VrrpAction = { do: 'announce', repeat: 5 };
export const cancelTimers: VrrpAction = { do: 'cancel_timers' };
export const notify = (state: 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP', priority = 128): VrrpAction => ({
  do: 'notify',
  state,
  priority,
});
export const entering = (role: string, note = ''): VrrpAction => ({
  do: 'log',
  level: 'info',
  text: `(${router.name}) Entering ${role} STATE${note}`,
  about: { event: 'vrrp_role_changed', vrrp_instance: router.name, to: role },
});
export const withdraw: readonly VrrpAction[] = [
  { do: 'remove_addresses' },
  { do: 'count', statistic: 'release_master' },
];

/** What every new master does, by keepalived's order: advert, addresses, announcement. */
export const becomesMaster = (priority = 128, advertIntMs = 1000): readonly VrrpAction[] => [
  cancelTimers,
  send(priority),
  entering('MASTER'),
  { do: 'add_addresses' },
  announce,
  set('advert', advertIntMs),
  set('garp_delay', 5000),
  { do: 'count', statistic: 'become_master' },
  notify('MASTER', priority),
];
export const becomesBackup = (downMs: number, options: { priority?: number; note?: string } = {}) => [
  cancelTimers,
  entering('BACKUP', options.note),
  set('master_down', downMs),
  notify('BACKUP', options.priority),
];
