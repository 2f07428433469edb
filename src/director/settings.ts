/** What a new configuration changes of a virtual server in place, apart from its scheduler and its pool. Pure. */
import type {
  Config,
  DataplaneConfig,
  MarkRuleConfig,
  RealServerConfig,
  VirtualServerConfig,
  VirtualServerKeyConfig,
} from '../config/model.ts';

export interface SettingChange {
  /** A keyword of the configuration, or what several of them are about. */
  readonly setting: string;
  readonly from: string;
  readonly to: string;
}

export interface MemberChange {
  readonly added: number;
  readonly removed: number;
}

export function changedSettings(before: VirtualServerConfig, after: VirtualServerConfig): SettingChange[] {
  return [
    change('scheduler options', optionsText(before), optionsText(after)),
    change('persistence', persistenceText(before), persistenceText(after)),
    change('ops', before.onePacket ?? false, after.onePacket ?? false),
    change('quorum', quorumText(before), quorumText(after)),
    change('sorry_server', sorryText(before), sorryText(after)),
    change('ha_suspend', before.haSuspend ?? false, after.haSuspend ?? false),
  ].flat();
}

/** Undefined where a group has the addresses that it had. */
export function changedMembers(
  before: VirtualServerConfig,
  after: VirtualServerConfig,
): MemberChange | undefined {
  const [old, now] = [keyTexts(before), keyTexts(after)];
  const added = [...now].filter((key) => !old.has(key)).length;
  const removed = [...old].filter((key) => !now.has(key)).length;
  return added + removed === 0 ? undefined : { added, removed };
}

export function changedThresholds(before: RealServerConfig, after: RealServerConfig): SettingChange[] {
  return change('thresholds', thresholdsText(before), thresholdsText(after));
}

/** What holds for all virtual servers: timeouts, sysctls of IPVS and what xlb does beyond it. */
export function changedGlobals(before: Config, after: Config): SettingChange[] {
  const [old, now] = [before.global.dataplane, after.global.dataplane];
  const names = Object.keys(now) as (keyof DataplaneConfig)[];
  return [
    ...names.flatMap((name) => change(keywords[name], valueText(old[name]), valueText(now[name]))),
    ...change('xlb_mark', marksText(before.markRules), marksText(after.markRules)),
  ];
}

const keywords: Readonly<Record<keyof DataplaneConfig, string>> = {
  timeouts: 'lvs_timeouts',
  connReuseMode: 'xlb_conn_reuse_mode',
  expireNodestConn: 'xlb_expire_nodest_conn',
  expireQuiescentTemplate: 'xlb_expire_quiescent_template',
  sloppyTcp: 'xlb_sloppy_tcp',
  secureTcp: 'xlb_secure_tcp',
  resetDead: 'xlb_reset_dead',
  adoptFlows: 'xlb_adopt_flows',
  icmpPerSecond: 'xlb_icmp_limit',
};

function change(setting: string, from: string | boolean, to: string | boolean): SettingChange[] {
  return from === to ? [] : [{ setting, from: valueText(from), to: valueText(to) }];
}

function valueText(value: DataplaneConfig[keyof DataplaneConfig] | string): string {
  if (typeof value === 'object') return `tcp ${value.tcp} tcpfin ${value.tcpFin} udp ${value.udp}`;
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

function optionsText({ schedulerFlags = 0 }: VirtualServerConfig): string {
  const flags = [1, 2, 3].filter((flag) => schedulerFlags & (1 << (flag - 1)));
  return flags.map((flag) => `flag-${flag}`).join(' ') || 'none';
}

function persistenceText({ persistence }: VirtualServerConfig): string {
  return persistence === undefined ? 'off' : `${persistence.seconds} s by ${persistence.netmask}`;
}

function quorumText({ quorum = 1, hysteresis = 0 }: VirtualServerConfig): string {
  return hysteresis === 0 ? String(quorum) : `${quorum} with hysteresis ${hysteresis}`;
}

function sorryText({ sorryServer }: VirtualServerConfig): string {
  if (sorryServer === undefined) return 'none';
  return `${sorryServer.address}${sorryServer.inhibit ? ' inhibited' : ''}`;
}

function thresholdsText({ upperThreshold = 0, lowerThreshold = 0 }: RealServerConfig): string {
  return upperThreshold === 0 ? 'none' : `${upperThreshold} and ${lowerThreshold || '3/4'}`;
}

function marksText(rules: readonly MarkRuleConfig[]): string {
  const texts = rules.map(({ fwmark, prefix, protocol = '', ports = [] }) =>
    [fwmark, prefix, protocol, ports.join('-')].filter((part) => part !== '').join(' '),
  );
  return texts.join(', ') || 'none';
}

function keyTexts({ members = [], ...first }: VirtualServerConfig): Set<string> {
  return new Set([first, ...members].map(keyText));
}

const keyText = ({ address, port, fwmark = 0 }: VirtualServerKeyConfig): string =>
  `${address} ${port} ${fwmark}`;
