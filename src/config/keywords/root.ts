/** The top of a file: which blocks there are. */
import { type BlockConfig, block } from '../keyword.ts';
import { alias, blockOf, ignored, listOf, noHead, notYet, text } from '../row_builders.ts';
import { bfdInstanceKeywords } from './bfd_instance.ts';
import type { CheckerKeyword } from './checker.ts';
import { garpGroupKeywords } from './garp.ts';
import { globalDefsKeywords } from './global_defs.ts';
import { toldByKernel } from './link.ts';
import { readLinkDelay } from './link_delays.ts';
import { sslKeywords } from './ssl.ts';
import { staticKeywords } from './static.ts';
import { readVirtualServer, virtualServerKeywords } from './virtual_server.ts';
import { readGroupLine } from './virtual_server_group.ts';
import { vrrpInstanceKeywords } from './vrrp_instance.ts';
import { trackFileKeywords, trackProcessKeywords, vrrpScriptKeywords } from './vrrp_script.ts';
import { trackGroupKeywords, vrrpSyncGroupKeywords } from './vrrp_sync_group.ts';
import { readName } from './vrrp_tracking.ts';
import { markKeywords, readMarkHead } from './xlb_mark.ts';

const vrrpBlocks = {
  garp_group: blockOf({
    doc: 'pauses between gratuitous ARPs on some interfaces',
    expects: 'a block',
    head: noHead,
    block: garpGroupKeywords,
  }),
  vrrp_sync_group: blockOf({
    doc: 'instances that change role together',
    expects: 'NAME',
    head: readName,
    block: vrrpSyncGroupKeywords,
  }),
  vrrp_script: blockOf({
    doc: 'a program whose success is tracked',
    expects: 'NAME',
    head: readName,
    block: vrrpScriptKeywords,
  }),
  track_file: blockOf({
    doc: 'a file whose number is tracked',
    expects: 'NAME',
    head: readName,
    block: trackFileKeywords,
  }),
  vrrp_track_process: blockOf({
    doc: 'processes whose presence is tracked',
    expects: 'NAME',
    head: readName,
    block: trackProcessKeywords,
  }),
  track_group: blockOf({
    doc: 'instances that static addresses, routes and rules follow',
    expects: 'NAME',
    head: readName,
    block: trackGroupKeywords,
  }),
} as const;

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
      bfd_instance: blockOf({
        doc: 'a BFD session with a neighbour, for BFD_CHECK and track_bfd',
        expects: 'NAME',
        head: readName,
        block: bfdInstanceKeywords,
      }),
      SSL: blockOf({
        doc: 'the certificate that SSL_GET shows servers that ask for one',
        expects: 'a block',
        head: noHead,
        block: sslKeywords,
        merged: true,
      }),
      interface_up_down_delays: listOf({
        doc: 'how long an interface must be down, and up again, before that counts for virtual routers',
        expects: 'lines IF DOWN [UP], in seconds, 0 to 255; UP is 0 when left out',
        head: noHead,
        line: readLinkDelay,
      }),
      net_namespace: text('the network namespace (ip netns) to run in, as the instance of that name'),
      ...vrrpBlocks,
      ...staticKeywords,
    },
    { vrrp_track_file: alias('track_file') },
    ignored(toldByKernel, 'linkbeat_use_polling linkbeat_interfaces'),
    notYet('what xlb forwards is in the network namespace that it works in', 'net_namespace_ipvs', {
      severity: 'error',
      help: 'remove it: net_namespace NAME, or xlb run -s NAME, is for all of xlb',
    }),
    ignored('the instance is named on the command line: --instance NAME', 'instance'),
    ignored('files are put where --run-dir says', 'use_pid_dir'),
    ignored('xlb uses no IP sets', 'namespace_with_ipsets'),
    ignored('xlb has no child processes to wait for', 'child_wait_time'),
  );
}

export type RootFields = BlockConfig<ReturnType<typeof rootKeywords>>;
