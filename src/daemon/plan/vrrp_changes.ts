/** What a reload changes of virtual routers, of what they track, and of static addresses, routes and rules. Pure. */
import type {
  Config,
  RouteConfig,
  RuleConfig,
  StaticConfig,
  TrackFileConfig,
  TrackProcessConfig,
  VirtualAddressConfig,
  VrrpGlobalConfig,
  VrrpInstanceConfig,
  VrrpScriptConfig,
  VrrpSyncGroupConfig,
} from '../../config/model.ts';
import { describe as describeAddress } from '../../vrrp/owned_addresses.ts';
import { isSameRouter, renamed } from '../../vrrp/same_settings.ts';
import { type NamedChange, planNamed, type Thing } from './named_changes.ts';

/** Words for the settings of a thing; what is left out is said by other steps, or is its name. */
type Words<Kind, LeftOut extends keyof Kind> = Readonly<
  Record<Exclude<keyof Kind, LeftOut | 'span'>, string>
>;

const instanceWords: Words<VrrpInstanceConfig, 'name' | 'addresses' | 'routes' | 'rules'> = {
  interface: 'interface',
  family: 'native_ipv6',
  version: 'version',
  virtualRouterId: 'virtual_router_id',
  priority: 'priority',
  state: 'state',
  advertIntMs: 'advert_int',
  password: 'authentication',
  preempt: 'nopreempt',
  preemptDelayMs: 'preempt_delay',
  strict: 'strict_mode',
  accept: 'accept',
  skipCheckAdvAddr: 'skip_check_adv_addr',
  lowerPrioNoAdvert: 'lower_prio_no_advert',
  higherPrioSendAdvert: 'higher_prio_send_advert',
  ownerIgnoreAdverts: 'owner_ignore_adverts',
  downTimerAdverts: 'down_timer_adverts',
  transport: 'how adverts travel',
  vmac: 'use_vmac',
  garp: 'gratuitous ARP',
  tracking: 'what it tracks',
  trackPrimary: 'dont_track_primary',
  notify: 'notifications',
  promoteSecondaries: 'promote_secondaries',
};

const groupWords: Words<VrrpSyncGroupConfig, 'name'> = {
  instances: 'members',
  tracking: 'what it tracks',
  memberWeights: 'sync_group_tracking_weight',
  notify: 'notifications',
};

const scriptWords: Words<VrrpScriptConfig, 'name'> = {
  script: 'script',
  intervalMs: 'interval',
  timeoutMs: 'timeout',
  rise: 'rise',
  fall: 'fall',
  initFail: 'init_fail',
};

const fileWords: Words<TrackFileConfig, 'name'> = { path: 'file', initial: 'init_file' };

const processWords: Words<TrackProcessConfig, 'name'> = {
  command: 'process',
  parameters: 'process',
  match: 'param_match',
  quorum: 'quorum',
  quorumMax: 'quorum_max',
  forkDelayMs: 'fork_delay',
  terminateDelayMs: 'terminate_delay',
  fullCommand: 'full_command',
};

export const vrrpGlobalWords: Words<VrrpGlobalConfig, never> = {
  linkDelays: 'interface_up_down_delays',
  startupDelayMs: 'vrrp_startup_delay',
  delayAfterBootMs: 'vrrp_delay_after_boot',
  dynamicInterfaces: 'dynamic_interfaces',
  logUnknownVrids: 'log_unknown_vrids',
  realTimePriority: 'vrrp_rt_priority',
  maxAutoPriority: 'max_auto_priority',
  nice: 'vrrp_priority',
  noSwap: 'vrrp_no_swap',
  processors: 'vrrp_cpu_affinity',
  realTimeLimitUs: 'vrrp_rlimit_rttime',
  scriptSecurity: 'enable_script_security',
  scriptUser: 'script_user',
  scriptGroup: 'script_user',
  startupScript: 'vrrp_startup_script',
  startupScriptTimeoutMs: 'vrrp_startup_script',
  shutdownScript: 'vrrp_shutdown_script',
  shutdownScriptTimeoutMs: 'vrrp_shutdown_script',
  fifos: 'notify_fifo',
  fifoStatesOnReload: 'fifo_write_vrrp_states_on_reload',
};

const addressOptions = {
  nameOf: describeAddress,
  words: {
    excluded: 'excluded',
    label: 'label',
    broadcast: 'brd',
    scope: 'scope',
    peer: 'peer',
    home: 'home',
    detectDuplicates: '-nodad',
    mngTmpAddr: 'mngtmpaddr',
    noPrefixRoute: 'noprefixroute',
    autoJoin: 'autojoin',
    preferredLifetime: 'preferred_lft',
    noTrack: 'no_track',
    trackGroup: 'track_group',
    macvlan: 'use_vmac',
  } satisfies Partial<Record<keyof VirtualAddressConfig, string>>,
};

/** One with other settings is another one for the kernel: every setting is part of the name that it has here. */
const routeOptions = { nameOf: routeName, words: {} };
const ruleOptions = { nameOf: ruleName, words: {} };

export function planVrrp(before: Config, after: Config): NamedChange[] {
  const running = new Map(before.vrrpInstances.map((config) => [config.name, { config }]));
  const renames = new Map(renamed(running, after.vrrpInstances));
  const instances = before.vrrpInstances.map((one) => ({ ...one, name: renames.get(one.name) ?? one.name }));
  return [
    ...planNamed(before.vrrpScripts, after.vrrpScripts, {
      thing: 'vrrp_script',
      nameOf,
      words: scriptWords,
    }),
    ...planNamed(before.trackFiles, after.trackFiles, {
      thing: 'vrrp_track_file',
      nameOf,
      words: fileWords,
    }),
    ...planNamed(before.trackProcesses, after.trackProcesses, {
      thing: 'vrrp_track_process',
      nameOf,
      words: processWords,
    }),
    ...planNamed(before.vrrpSyncGroups, after.vrrpSyncGroups, {
      thing: 'vrrp_sync_group',
      nameOf,
      words: groupWords,
    }),
    ...[...renames].map(([name, to]) => ({ do: 'rename', thing: 'vrrp_instance', name, to }) as const),
    ...planNamed(instances, after.vrrpInstances, {
      thing: 'vrrp_instance',
      nameOf,
      words: instanceWords,
      goesOn: isSameRouter,
    }),
    ...planHeld(instances, after.vrrpInstances),
    ...planStatic(before.static, after.static),
  ];
}

/** Of instances that stay: what a new one brings and an old one takes along is said by its own step. */
function planHeld(
  before: readonly VrrpInstanceConfig[],
  after: readonly VrrpInstanceConfig[],
): NamedChange[] {
  const old = new Map(before.map((one) => [one.name, one]));
  return after.flatMap((one) => {
    const previous = old.get(one.name);
    if (previous === undefined) return [];
    const of = one.name;
    return planCarried(previous, one, { of, kinds: ['virtual address', 'virtual route', 'virtual rule'] });
  });
}

function planStatic(before: StaticConfig, after: StaticConfig): NamedChange[] {
  return [
    ...planCarried(before, after, { kinds: ['static address', 'static route', 'static rule'] }),
    ...planNamed(before.trackGroups, after.trackGroups, {
      thing: 'static_track_group',
      nameOf,
      words: { instances: 'members' },
    }),
  ];
}

type Carried = Pick<StaticConfig, 'addresses' | 'routes' | 'rules'>;

function planCarried(
  before: Carried,
  after: Carried,
  {
    kinds: [address, route, rule],
    ...of
  }: { readonly kinds: readonly [Thing, Thing, Thing]; readonly of?: string },
): NamedChange[] {
  return [
    ...planNamed(before.addresses, after.addresses, { thing: address, ...of, ...addressOptions }),
    ...planNamed(before.routes, after.routes, { thing: route, ...of, ...routeOptions }),
    ...planNamed(before.rules, after.rules, { thing: rule, ...of, ...ruleOptions }),
  ];
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/** 'to 10.1.0.0/16 gateway 10.0.0.1', '1000 lookup 5 from 10.0.0.0/8'. */
function routeName({ span: _span, family: _family, type, destination, ...settings }: RouteConfig): string {
  return [...(type === 'unicast' ? [] : [type]), `to ${destination}`, ...settingTexts(settings)].join(' ');
}

function ruleName(rule: RuleConfig): string {
  const { span: _span, family, priority, action, table, ...settings } = rule;
  const first = [family === 6 ? 'IPv6' : '', priority, action, table].filter((one) => one !== undefined);
  return [...first.filter((one) => one !== ''), ...settingTexts(settings)].join(' ');
}

function settingTexts(settings: object): string[] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) =>
    value === undefined ? [] : [`${key} ${valueText(value)}`],
  );
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('name' in value) return String(value.name);
  return JSON.stringify(value, (key, inner: unknown) => (key === 'span' ? undefined : inner));
}
