/** Sysctls as settings of the core. One that xlb has no equal of is refused by its name. Pure. */
import type { DataplaneSettings } from '../../src/addon/addon.ts';
import { Refusal } from './fields.ts';

const rows: Readonly<Record<string, (value: number) => DataplaneSettings>> = {
  conn_reuse_mode: (value) => ({ connReuseMode: value }),
  expire_nodest_conn: (value) => ({ expireNodestConn: value !== 0 }),
  expire_quiescent_template: (value) => ({ expireQuiescentTemplate: value !== 0 }),
  sloppy_tcp: (value) => ({ sloppyTcp: value !== 0 }),
  // 1 and 2: only while memory is short (update_defense_level in ip_vs_ctl.c).
  secure_tcp: (value) => ({ secureTcp: value === 3 }),
};

/** Without effect on what happens to a packet in direct routing, whatever their value. */
const idle = new Set([
  'am_droprate', // of drop_packet
  'amemthresh', // of drop_entry, drop_packet and secure_tcp 1
  'cache_bypass', // transparent proxies
  'conntrack',
  'nat_icmp_send',
  'run_estimation',
  'sloppy_sctp',
  'snat_reroute',
  'sync_persist_mode',
  'sync_ports',
  'sync_qlen_max',
  'sync_refresh_period',
  'sync_retries',
  'sync_sock_size',
  'sync_threshold',
  'sync_version',
]);

/** The kernel's defaults of what xlb cannot do otherwise. */
const fixed: Readonly<Record<string, string>> = {
  backup_only: '0',
  drop_entry: '0',
  drop_packet: '0',
  ignore_tunneled: '0',
  pmtu_disc: '1',
  schedule_icmp: '0',
};

/** Of the host: limits and checks that a replay does not meet. */
const ofTheHost =
  /^net\.ipv[46]\.(ip_forward|conf\..*|icmp[_.](ratelimit|ratemask|msgs_per_sec|msgs_burst|echo_ignore_all))$/;

export function settingOf(name: string, value: string): DataplaneSettings {
  const dotted = name.replaceAll('/', '.');
  const [, ours] = /^net\.ipv4\.vs\.(\w+)$/.exec(dotted) ?? [];
  if (ours === undefined) {
    if (ofTheHost.test(dotted)) return {};
    throw new Refusal(`sysctl ${name}: expected one of net.ipv4.vs.*`);
  }
  const row = rows[ours];
  if (row !== undefined) {
    if (!/^\d+$/.test(value)) throw new Refusal(`sysctl ${name} is "${value}"; expected a number`);
    return row(Number(value));
  }
  if (idle.has(ours) || fixed[ours] === value) return {};
  const known = [...Object.keys(rows), ...idle, ...Object.keys(fixed)].sort().join(', ');
  const expected = fixed[ours] === undefined ? `one of ${known}` : `${fixed[ours]}: xlb knows no other`;
  throw new Refusal(`sysctl ${name}=${value}: expected ${expected}`);
}
