/** The top of a file: which blocks there are. */
import { quote } from '../diagnostic.ts';
import { block, type Call } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import { blockOf, firstWord, ignored, listOf, noHead, notYet } from '../row_builders.ts';
import type { CheckerKeyword } from './checker.ts';
import { globalDefsKeywords } from './global_defs.ts';
import { readVirtualServer, virtualServerKeywords } from './virtual_server.ts';
import { readGroupLine } from './virtual_server_group.ts';
import { vrrpInstanceKeywords } from './vrrp_instance.ts';
import { markKeywords, readMarkHead } from './xlb_mark.ts';

function readName(call: Call): { name: string } | undefined {
  const word = firstWord(call, 'a name');
  const extra = call.words[1];
  if (extra)
    call.diagnostics.warning('EXTRA_WORDS', spanOf(extra), {
      message: `Cannot use ${quote(extra.text)} after the name: it is ignored`,
    });
  return word && { name: word.text };
}

/** The whole grammar. */
export function rootKeywords(checkers: readonly CheckerKeyword[]) {
  return block(
    {
      global_defs: blockOf({
        doc: 'settings of the whole daemon',
        expects: 'a block',
        head: noHead,
        block: globalDefsKeywords,
        merged: true,
      }),
      vrrp_instance: blockOf({
        doc: 'a virtual router: addresses that a master holds',
        expects: 'NAME',
        head: readName,
        block: vrrpInstanceKeywords,
      }),
      virtual_server: blockOf({
        doc: 'an address, protocol and port that clients use, with its real servers',
        expects: 'IP [port], fwmark N or group NAME',
        head: readVirtualServer,
        block: virtualServerKeywords(checkers),
      }),
      virtual_server_group: listOf({
        doc: 'addresses and ports that share one pool of real servers',
        expects: 'NAME, and a line for each address or range of them, with port, or fwmark N',
        head: readName,
        line: readGroupLine,
      }),
      xlb_mark: blockOf({
        doc: 'packets that carry a mark, for virtual_server fwmark',
        expects: 'N',
        head: readMarkHead,
        block: markKeywords,
        semicolons: true,
      }),
    },
    notYet('the script is not run and nothing depends on it', 'vrrp_script', {
      members: `script interval timeout rise fall user init_fail weight`,
    }),
    notYet('the process is not watched and nothing depends on it', 'vrrp_track_process', {
      members: `process param_match quorum quorum_max delay terminate_delay fork_delay full_command weight`,
    }),
    notYet('the file is not watched and nothing depends on it', 'vrrp_track_file track_file', {
      members: `file init_file weight`,
    }),
    notYet('its instances do not change role together', 'vrrp_sync_group', {
      members: `group track_interface track_script track_file track_process track_bfd notify_backup
        notify_master notify_fault notify_stop notify smtp_alert global_tracking
        sync_group_tracking_weight notify_priority_changes`,
    }),
    notYet('no BFD session is opened and nothing depends on it', 'bfd_instance', {
      members: `source_ip neighbor_ip neighbour_ip min_rx min_tx idle_tx multiplier passive ttl hoplimit
        max_hops multihop vrrp checker weight`,
    }),
    notYet('gratuitous ARPs are sent without pauses between them', 'garp_group', {
      members: 'garp_interval gna_interval interface interfaces',
    }),
    notYet('these addresses are not added', 'static_ipaddress'),
    notYet('these routes are not added', 'static_routes'),
    notYet('these rules are not added', 'static_rules'),
    notYet('nothing is tracked', 'track_group', { members: 'group' }),
    notYet('there are no checks over SSL', 'SSL', { members: 'password ca certificate key' }),
    notYet('the state of links comes from the kernel', 'linkbeat_use_polling linkbeat_interfaces'),
    notYet('a change of a link counts at once', 'interface_up_down_delays'),
    notYet(
      'xlb would work in the network namespace that it was started in',
      'net_namespace net_namespace_ipvs',
      {
        severity: 'error',
        help: 'remove it and start xlb inside the namespace: nsenter --net=/run/netns/NAME xlb run ...',
      },
    ),
    notYet('the instance is named on the command line: --instance NAME', 'instance'),
    notYet('files are put where --run-dir says', 'use_pid_dir'),
    ignored('xlb uses no IP sets', 'namespace_with_ipsets'),
    ignored('xlb has no child processes to wait for', 'child_wait_time'),
  );
}
