/**
 * What a reload does, as a list of steps: a pure function of the configuration in force and the one that is wanted.
 * `xlb check --against-running` prints it, a reload logs it and does it. A configuration that says the same has none.
 *
 * Additions come first and removals last, here as in each part of the daemon that carries them out.
 */
import type { Logger } from '../../base/log.ts';
import { areSameSettings } from '../../base/same_settings.ts';
import type { BfdInstanceConfig, Config, GlobalConfig } from '../../config/model.ts';
import { type Change, describeChange, planVirtualServers } from '../../director/plan.ts';
import { type NamedChange, namedText, planNamed, wordsOf } from './named_changes.ts';
import { planVrrp, vrrpGlobalWords } from './vrrp_changes.ts';

/** Of a plan in the log. */
const MAX_LOGGED = 100;

export type Step =
  | Change
  | NamedChange
  /** Of global_defs; more is not said of it. */
  | { readonly do: 'change_global_setting'; readonly setting: string }
  /** It was read once, at the start. */
  | { readonly do: 'wait_for_restart'; readonly setting: string };

/** In the order of its steps. */
export type ReloadPlan = readonly Step[];

/** `problems`: what the tables could not take. */
export interface Reloaded {
  readonly plan: ReloadPlan;
  readonly problems: readonly string[];
}

/** What is new before what changes before what goes; what waits is told last. */
const order: { readonly [Do in Step['do']]: number } = {
  add_virtual_server: 0,
  add_real_server: 1,
  add_check: 2,
  add: 3,
  change_global: 10,
  change_members: 11,
  change_scheduler: 12,
  change_setting: 13,
  change_weight: 14,
  change_thresholds: 15,
  change_inhibit_on_failure: 16,
  change_check: 17,
  change_others: 18,
  change: 20,
  rename: 19,
  start_anew: 20,
  change_global_setting: 21,
  remove_check: 30,
  remove_real_server: 31,
  remove: 32,
  remove_virtual_server: 33,
  wait_for_restart: 40,
};

const bfdWords: Readonly<Record<Exclude<keyof BfdInstanceConfig, 'name' | 'span'>, string>> = {
  neighbor: 'neighbor_ip',
  source: 'source_ip',
  minRxUs: 'min_rx',
  minTxUs: 'min_tx',
  idleTxUs: 'idle_tx',
  multiplier: 'multiplier',
  passive: 'passive',
  ttl: 'ttl',
  maxHops: 'max_hops',
  multihop: 'multihop',
};

/** Of global_defs, but for what has steps of its own. */
const globalWords: Readonly<Record<Exclude<keyof GlobalConfig, 'dataplane' | 'vrrp'>, string>> = {
  routerId: 'router_id',
  bfd: 'scheduling of BFD',
  checks: 'scheduling of health checks',
  mail: 'mail',
  tellsOfInitialServers: 'rs_init_notifies',
  flowTableSize: 'xlb_flow_table_size',
  persistenceTableSize: 'xlb_persistence_table_size',
  interfaces: 'xlb_interfaces',
  http: 'xlb_http',
  httpToken: 'xlb_http_token',
  httpTls: 'xlb_http_tls',
  httpActions: 'xlb_http_actions',
  events: 'xlb_events',
  logFormat: 'xlb_log',
  dump: 'dump files',
  reload: 'reload files',
  datapath: 'xlb_datapath',
  afXdp: 'xlb_af_xdp_*',
};

/** Tables are made once; the others have done at the start what they are for. */
const onlyAtStart: ReadonlySet<string> = new Set([
  globalWords.flowTableSize,
  globalWords.persistenceTableSize,
  globalWords.checks,
  vrrpGlobalWords.startupDelayMs,
  vrrpGlobalWords.delayAfterBootMs,
  vrrpGlobalWords.startupScript,
]);

/** What turns `running` into `wanted`. Empty where both say the same, wherever in their files they say it. */
export function planReload(running: Config, wanted: Config): ReloadPlan {
  const { file: _running, ...before } = running;
  const { file: _wanted, ...after } = wanted;
  if (areSameSettings(before, after)) return [];
  const steps: Step[] = [
    ...planVirtualServers(running, wanted),
    ...planNamed(running.bfdInstances, wanted.bfdInstances, {
      thing: 'bfd_instance',
      nameOf: ({ name }) => name,
      words: bfdWords,
    }),
    ...planVrrp(running, wanted),
    ...planGlobal(running.global, wanted.global),
  ];
  return steps.toSorted((left, right) => order[left.do] - order[right.do]);
}

/** What the director carries out, in the order of the plan. */
export function directorSteps(plan: ReloadPlan): Change[] {
  return plan.filter((step): step is Change => 'virtualServer' in step || step.do === 'change_global');
}

/** One line for people. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'add':
    case 'remove':
      return `${step.do} ${namedText(step)}`;
    case 'change':
      return `change ${step.settings.join(', ')} of ${namedText(step)}`;
    case 'rename':
      return `rename ${namedText(step)} to ${step.to}: it keeps its role`;
    case 'start_anew':
      return `start ${namedText(step)} anew: ${step.settings.join(', ')} changed`;
    case 'change_global_setting':
      return `change ${step.setting}`;
    case 'wait_for_restart':
      return `${step.setting} has changed: it takes effect when xlb is stopped and started`;
    case 'add_virtual_server':
    case 'add_real_server':
    case 'change_global':
    case 'change_members':
    case 'change_scheduler':
    case 'change_setting':
    case 'change_weight':
    case 'change_thresholds':
    case 'change_inhibit_on_failure':
    case 'add_check':
    case 'change_check':
    case 'remove_check':
    case 'change_others':
    case 'remove_real_server':
    case 'remove_virtual_server':
      return describeChange(step);
  }
}

export function describePlan(plan: ReloadPlan): string[] {
  return plan.map(describeStep);
}

/** Each step a line, but for those beyond what anybody reads; what has to wait is a warning. */
export function logPlan(plan: ReloadPlan, log: Pick<Logger, 'info' | 'warn'>): void {
  const done = plan.filter((step) => step.do !== 'wait_for_restart');
  for (const step of done.slice(0, MAX_LOGGED)) log.info(`Reload: ${describeStep(step)}`);
  if (done.length > MAX_LOGGED) log.info(`Reload: and ${done.length - MAX_LOGGED} changes more`);
  for (const step of plan) if (step.do === 'wait_for_restart') log.warn(describeStep(step));
}

function planGlobal(before: GlobalConfig, after: GlobalConfig): Step[] {
  const settings = [
    ...wordsOf(before, after, globalWords),
    ...wordsOf(before.vrrp, after.vrrp, vrrpGlobalWords),
  ];
  return settings.map((setting) => ({
    do: onlyAtStart.has(setting) ? 'wait_for_restart' : 'change_global_setting',
    setting,
  }));
}
