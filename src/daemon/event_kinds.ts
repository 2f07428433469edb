/** Every kind of event: what it says and which names it has. docs/events.md has the same rows. */
import type { Happening } from './event_log.ts';

/** Every name that one of the kind may have; several kinds may be alike. */
type NamesOf<Kind, Event = Happening> = Event extends { readonly kind: infer Kinds }
  ? Kind extends Kinds
    ? Exclude<keyof Event, 'kind'>
    : never
  : never;

type Rows = {
  readonly [Kind in Happening['kind']]: {
    readonly says: string;
    readonly names: readonly NamesOf<Kind>[];
  };
};

export const eventKinds: Rows = {
  real_server_up: {
    says: 'All checks of a real server pass again; `inhibited`: it had stayed in the pool with weight 0',
    names: ['virtual_server', 'real_server', 'inhibited', 'why'],
  },
  real_server_down: {
    says: 'The first check of a real server failed; `inhibited`: it stays in the pool with weight 0',
    names: ['virtual_server', 'real_server', 'inhibited', 'why'],
  },
  real_server_added: {
    says: 'A reload brought a real server',
    names: ['virtual_server', 'real_server'],
  },
  real_server_removed: {
    says: 'A reload took a real server away',
    names: ['virtual_server', 'real_server'],
  },
  weight_changed: {
    says: 'A check or a reload changed the weight of a real server; `alive`: it is in service',
    names: ['virtual_server', 'real_server', 'from', 'to', 'alive', 'why'],
  },
  weight_by_hand: {
    says: 'An operator set a weight: 0 is a drain; without `by_hand` it was undone. `to`: while it is alive',
    names: ['virtual_server', 'real_server', 'from', 'to', 'by_hand'],
  },
  quorum_gained: {
    says: 'The live real servers of a virtual server weigh as much as its quorum asks',
    names: ['virtual_server', 'quorum', 'hysteresis', 'weight', 'why'],
  },
  quorum_lost: {
    says: 'The live real servers of a virtual server weigh less than its quorum asks',
    names: ['virtual_server', 'quorum', 'hysteresis', 'weight', 'why'],
  },
  sorry_server_added: {
    says: 'The sorry server serves',
    names: ['virtual_server', 'sorry_server', 'inhibited'],
  },
  sorry_server_removed: {
    says: 'The sorry server serves no more',
    names: ['virtual_server', 'sorry_server', 'inhibited'],
  },
  pool_closed: {
    says: 'The sorry server serves instead of the real servers that are left',
    names: ['virtual_server'],
  },
  pool_opened: { says: 'The real servers serve again', names: ['virtual_server'] },
  checks_suspended: {
    says: 'ha_suspend: another director is master of the address',
    names: ['virtual_server'],
  },
  checks_resumed: { says: 'ha_suspend: this director is master again', names: ['virtual_server'] },
  scheduler_changed: {
    says: 'A reload changed the scheduler',
    names: ['virtual_server', 'from', 'to'],
  },
  setting_changed: {
    says: 'A reload changed another setting of a virtual server',
    names: ['virtual_server', 'setting', 'from', 'to'],
  },
  members_changed: {
    says: 'A reload changed the addresses of a group: how many came and went',
    names: ['virtual_server', 'added', 'removed'],
  },
  thresholds_changed: {
    says: 'A reload changed the connection thresholds of a real server',
    names: ['virtual_server', 'real_server', 'setting', 'from', 'to'],
  },
  virtual_server_added: { says: 'A reload brought a virtual server', names: ['virtual_server'] },
  virtual_server_removed: { says: 'A reload took a virtual server away', names: ['virtual_server'] },
  check_passed: {
    says: 'A check that had failed passes; `code` as in [checks](checks.md)',
    names: ['virtual_server', 'real_server', 'check', 'code', 'why'],
  },
  check_failed: {
    says: 'A check has failed as often as it may',
    names: ['virtual_server', 'real_server', 'check', 'code', 'why'],
  },
  vrrp_role_changed: {
    says: 'A virtual router is INIT, BACKUP, MASTER or FAULT; without `from` it has just begun',
    names: ['vrrp_instance', 'from', 'to'],
  },
  vrrp_group_changed: {
    says: 'A vrrp_sync_group has changed together',
    names: ['vrrp_sync_group', 'to'],
  },
  vrrp_priority_changed: {
    says: 'Tracking changed the priority, where notify_priority_changes asks for it',
    names: ['vrrp_instance', 'to'],
  },
  vrrp_lower_priority_heard: {
    says: 'A master heard an advert of a lower priority: two masters, for a moment or for longer',
    names: ['vrrp_instance', 'priority'],
  },
  vrrp_instance_removed: { says: 'A reload took a virtual router away', names: ['vrrp_instance'] },
  bfd_session_changed: {
    says: 'A BFD session is init, up or down; without `from` it has just begun, without `to` a reload took it away',
    names: ['bfd_instance', 'from', 'to'],
  },
  daemon_started: {
    says: 'xlb forwards; `adopted`: with the tables and flows of an earlier process',
    names: ['version', 'pid', 'adopted'],
  },
  daemon_stopping: { says: 'xlb was told to stop', names: [] },
  reload_done: {
    says: 'A reload took effect; `problems`: parts of it that could not be done',
    names: ['file', 'changes', 'milliseconds', 'problems'],
  },
  reload_refused: {
    says: 'The file cannot run: nothing was changed. `why`: its first mistake',
    names: ['file', 'why'],
  },
  reload_failed: { says: 'A reload broke off', names: ['file', 'why'] },
  worker_died: { says: 'A worker thread died; another is started', names: ['worker', 'why'] },
  worker_restarted: { says: 'Its successor runs', names: ['worker'] },
  datapath_changed: {
    says: 'An operator chose another data path: `xlb datapath set`',
    names: ['from', 'to'],
  },
  interface_attached: {
    says: 'An interface takes traffic of virtual servers, by `xdp`, `af_xdp` or `skb`; `why` it is not `xdp`',
    names: ['interface', 'to', 'why'],
  },
  interface_detached: {
    says: 'An interface takes traffic of virtual servers no more',
    names: ['interface', 'from'],
  },
  interface_changed: {
    says: 'An interface forwards in another way than before',
    names: ['interface', 'from', 'to', 'why'],
  },
};
