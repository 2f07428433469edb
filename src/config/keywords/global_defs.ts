/** Keywords of global_defs. */
import { quote } from '../diagnostic.ts';
import { includeChecks } from '../include.ts';
import { type BlockConfig, block, type Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import { datapaths } from '../model.ts';
import { flag, ignored, integer, notYet, oneOf, readInterface, text, words } from '../row_builders.ts';
import { didYouMean } from '../suggest.ts';
import { afXdpKeywords } from './af_xdp.ts';
import { bfdGlobalAliases, bfdGlobalKeywords } from './bfd_global.ts';
import { checkerGlobalAliases, checkerGlobalKeywords } from './checker_global.ts';
import { events } from './events.ts';
import { httpKeywords } from './http.ts';
import { toldByKernel } from './link.ts';
import { lvsTimeouts } from './lvs_timeouts.ts';
import { notificationKeywords } from './notification.ts';
import { processKeywords } from './process.ts';
import { reloadKeywords } from './reload.ts';
import { vrrpGlobalAliases, vrrpGlobalKeywords } from './vrrp_global.ts';

/** Flows: slots are twice as many, and a slot is 32 bytes. */
const DEFAULT_FLOWS = 2 ** 20;
const DEFAULT_TEMPLATES = 2 ** 17;

/** What `sysctl net.ipv4.vs` sets for IPVS, and what xlb does beyond it. */
const dataplaneKeywords = {
  xlb_conn_reuse_mode: integer(
    'a new connection of a known client port: 0 goes on with the old flow, 1 starts anew where that is over, ' +
      '2 and 3 also where it is closing',
    { default: 1, max: 3, strict: true },
  ),
  xlb_expire_nodest_conn: flag('flows of a real server that is gone are forgotten with their next packet', {
    default: false,
  }),
  xlb_expire_quiescent_template: flag('clients do not stay on a real server whose weight has become 0', {
    default: false,
  }),
  xlb_sloppy_tcp: flag('any TCP packet may begin a flow, not only a SYN', { default: false }),
  xlb_secure_tcp: flag('the stricter TCP states that IPVS has against SYN floods', { default: false }),
  xlb_reset_dead: flag('clients of a real server that is gone are answered with a TCP reset', {
    default: false,
  }),
  xlb_adopt_flows: flag(
    'virtual servers with scheduler mh go on with connections that another director began',
    {
      default: true,
    },
  ),
  xlb_icmp_limit: integer(
    'ICMP errors that xlb answers with, a second and processor, and as many resets besides; 0: no limit',
    {
      default: 1000,
      max: 1_000_000,
      strict: true,
    },
  ),
} as const;

/** What it does, the tree knows: includes are read before any keyword is. */
function readIncludeCheck({ keyword, diagnostics }: Call, word: Token): string[] {
  const name = word.text.replace(/^[+-]/, '');
  if (name === '' || includeChecks.some((check) => check === name)) return [name];
  diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
    message: `Cannot use ${keyword.text} ${quote(word.text)}`,
    help: didYouMean(name, includeChecks, `use one of ${includeChecks.join(', ')}`),
  });
  return [];
}

export const globalDefsKeywords = block(
  {
    router_id: text('name of this director, for messages'),
    ...vrrpGlobalKeywords,
    ...bfdGlobalKeywords,
    ...notificationKeywords,
    xlb_flow_table_size: integer(
      'flows that the flow table is made for; each takes 64 bytes; more than 8388608 have no fast path',
      {
        default: DEFAULT_FLOWS,
        min: 1024,
        max: 2 ** 24,
        strict: true,
      },
    ),
    xlb_persistence_table_size: integer(
      'persistence templates that their table is made for; each takes 64 bytes',
      { default: DEFAULT_TEMPLATES, min: 1024, max: 2 ** 24, strict: true },
    ),
    ...dataplaneKeywords,
    rs_init_notifies: flag('notify_up is run, and the FIFO told, of real servers that begin in service', {
      default: false,
    }),
    checker_log_all_failures: flag('every failed attempt of a check is logged while its server is up', {
      default: false,
    }),
    lvs_timeouts: lvsTimeouts,
    xlb_interfaces: words({
      doc: 'interfaces that take traffic of virtual servers besides those that hold their addresses',
      expects: 'interface names',
      read: (call) => {
        if (call.words.length === 0)
          call.diagnostics.error('MISSING_VALUE', spanOf(call.keyword), {
            message: 'Cannot read xlb_interfaces: interface names must follow',
          });
        return call.words.flatMap((word) => {
          const name = readInterface(call, word);
          return name === undefined ? [] : [{ name, span: spanOf(word) }];
        });
      },
    }),
    ...httpKeywords,
    xlb_events: events,
    ...processKeywords,
    ...reloadKeywords,
    ...checkerGlobalKeywords,
    include_check: words({
      doc: 'what must hold of every include that follows in this file, and in those that it includes',
      expects: `[+|-] of ${includeChecks.join(', ')}; all of them when nothing follows`,
      read: (call) => call.words.flatMap((word) => readIncludeCheck(call, word)),
    }),
    xlb_datapath: oneOf(
      datapaths,
      'what forwards: xdp, the program in the driver; af_xdp, threads of xlb; skb, the program behind the driver; ' +
        'auto, xdp and else skb',
      { default: 'auto' },
    ),
    ...afXdpKeywords,
  },
  vrrpGlobalAliases,
  bfdGlobalAliases,
  checkerGlobalAliases,
  notYet(
    'receive buffers have the size that the kernel gives them, or kernel_rx_buf_size of the instance',
    'vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier',
  ),
  notYet('the kernel sends IGMP reports for the multicast groups', 'disable_local_igmp'),
  notYet('macvlans of addresses are named as those of instances', 'vmac_addr_prefix'),
  ignored(
    'what no_accept drops, a table of nf_tables says (xlb_INSTANCE, priority -1, with counters)',
    'vrrp_iptables vrrp_ipsets nftables nftables_priority nftables_ifindex nftables_counters',
  ),
  notYet('flows are not sent to another director', 'lvs_sync_daemon'),
  notYet('a timer is late when it is late by a whole advert interval', 'min_auto_priority_delay'),
  notYet(
    'there is no SNMP agent',
    `snmp_socket enable_traps enable_snmp_vrrp enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2
     enable_snmp_rfcv3 enable_snmp_checker snmp_vs_stats_update_interval snmp_rs_stats_update_interval`,
  ),
  notYet('there is no D-Bus service', 'enable_dbus dbus_service_name dbus_no_interface_name'),
  ignored('random numbers of a configuration are the same at every reading on a host', 'random_seed'),
  ignored('xlb reads each file once', 'tmp_config_directory'),
  ignored(toldByKernel, 'linkbeat_use_polling'),
  ignored('xlb checks every file before it applies it', 'reload_check_config'),
  ignored(
    'the tables hold what the configuration says, from the start to the end; flows outlive a flush, as with IPVS',
    'lvs_flush lvs_flush_on_stop lvs_flush_onstop',
  ),
  ignored(
    'there are no firewall marks to set, IPVS is not used',
    'nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark',
  ),
  ignored(
    'xlb is one process',
    `process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name
      process_monitor_rcv_bufs process_monitor_rcv_bufs_force`,
  ),
  ignored(
    'xlb sizes its netlink buffers itself',
    `vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
     vrrp_netlink_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
     lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force`,
  ),
  ignored('xlb does not read the files of iproute2', 'iproute_usr_dir iproute_etc_dir'),
  ignored('scripts are always run by the path that is written', 'use_symlink_paths'),
  notYet('scripts run without the supplementary groups of their user', 'set_supplementary_groups'),
  ignored('xlb keeps no copies of configuration files', 'config_save_dir'),
);

export type GlobalDefs = BlockConfig<typeof globalDefsKeywords>;
