/** global_defs: fields -> model. */
import type { Diagnostics } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type {
  DataplaneConfig,
  DumpConfig,
  EventOutletConfig,
  GlobalConfig,
  LinkDelayConfig,
} from '../model.ts';
import { buildBfdScheduling, buildCheckScheduling } from './bfd.ts';
import { buildVrrpGlobal } from './vrrp_global.ts';

/** IPVS's own, in seconds (ip_vs_proto_tcp.c, ip_vs_proto_udp.c). */
const defaultTimeouts = { tcp: 900, tcpFin: 120, udp: 300 } as const;

/** All but the mail. */
export function buildGlobal(
  fields: GlobalDefs,
  linkDelays: readonly LinkDelayConfig[],
): Omit<GlobalConfig, 'mail'> {
  return {
    ...(fields.router_id ? { routerId: fields.router_id.value } : {}),
    vrrp: { ...buildVrrpGlobal(fields), ...(linkDelays.length === 0 ? {} : { linkDelays }) },
    ...buildBfdScheduling(fields),
    ...buildCheckScheduling(fields),
    ...(fields.rs_init_notifies.value ? { tellsOfInitialServers: true } : {}),
    flowTableSize: fields.xlb_flow_table_size.value,
    persistenceTableSize: fields.xlb_persistence_table_size.value,
    dataplane: buildDataplane(fields),
    interfaces: fields.xlb_interfaces,
    http: fields.xlb_http.value,
    ...(fields.xlb_http_token ? { httpToken: fields.xlb_http_token.value } : {}),
    ...(fields.xlb_http_tls ? { httpTls: fields.xlb_http_tls.value } : {}),
    ...(fields.xlb_http_actions.value ? { httpActions: true } : {}),
    events: outlets(fields.xlb_events),
    logFormat: fields.xlb_log.value,
    dump: buildDump(fields),
    ...buildReload(fields),
    datapath: fields.xlb_datapath.value,
    ...buildAfXdp(fields),
  };
}

function buildAfXdp(fields: GlobalDefs): Pick<GlobalConfig, 'afXdp'> {
  const busyPollUs = fields.xlb_af_xdp_busy_poll.value;
  const realTimePriority = fields.xlb_af_xdp_rt_priority.value;
  if (busyPollUs === 0 && realTimePriority === 0) return {};
  return {
    afXdp: {
      ...(busyPollUs === 0 ? {} : { busyPollUs }),
      ...(realTimePriority === 0 ? {} : { realTimePriority }),
    },
  };
}

/** Only the threads of af_xdp take them; `xlb datapath set af_xdp` may start those at any time. */
export function adviseOnAfXdp(fields: GlobalDefs, diagnostics: Diagnostics): void {
  const datapath = fields.xlb_datapath.value;
  if (datapath === 'af_xdp') return;
  const written = {
    xlb_af_xdp_busy_poll: fields.xlb_af_xdp_busy_poll,
    xlb_af_xdp_rt_priority: fields.xlb_af_xdp_rt_priority,
  };
  for (const [keyword, { at, value }] of Object.entries(written))
    if (value !== 0)
      diagnostics.note('CONFLICT', at, {
        message: `${keyword} has no effect until the data path is af_xdp: it is ${datapath}`,
        help: 'write xlb_datapath af_xdp',
      });
}

/** Once each, whatever was written. */
function outlets(written: readonly EventOutletConfig[]): readonly EventOutletConfig[] {
  return [...new Map(written.map((outlet) => [JSON.stringify(outlet), outlet])).values()];
}

function buildReload(fields: GlobalDefs): Pick<GlobalConfig, 'reload'> {
  const { reload_file: marker, reload_repeat: repeat, reload_time_file: timeFile } = fields;
  if (marker === undefined && timeFile === undefined) return {};
  return {
    reload: {
      ...(marker === undefined ? {} : { marker: marker.value }),
      ...(timeFile === undefined ? {} : { timeFile: timeFile.value }),
      ...(repeat.value ? { repeat: true } : {}),
    },
  };
}

function buildDump(fields: GlobalDefs): DumpConfig {
  const { state_dump_file: state, stats_dump_file: stats, json_dump_file: json, umask } = fields;
  return {
    ...(state === undefined ? {} : { stateFile: state.value }),
    ...(stats === undefined ? {} : { statsFile: stats.value }),
    ...(json === undefined ? {} : { jsonFile: json.value }),
    jsonVersion: fields.json_version.value === '2' ? 2 : 1,
    usesInstance: fields.data_use_instance.value,
    ...(umask === undefined ? {} : { umask: umask.value }),
  };
}

function buildDataplane(fields: GlobalDefs): DataplaneConfig {
  const { tcp, tcpfin, udp } = fields.lvs_timeouts?.value ?? {};
  return {
    timeouts: {
      tcp: tcp || defaultTimeouts.tcp,
      tcpFin: tcpfin || defaultTimeouts.tcpFin,
      udp: udp || defaultTimeouts.udp,
    },
    connReuseMode: fields.xlb_conn_reuse_mode.value,
    expireNodestConn: fields.xlb_expire_nodest_conn.value,
    expireQuiescentTemplate: fields.xlb_expire_quiescent_template.value,
    sloppyTcp: fields.xlb_sloppy_tcp.value,
    secureTcp: fields.xlb_secure_tcp.value,
    resetDead: fields.xlb_reset_dead.value,
    adoptFlows: fields.xlb_adopt_flows.value,
    icmpPerSecond: fields.xlb_icmp_limit.value,
  };
}
