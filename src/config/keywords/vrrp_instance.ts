/** Keywords of vrrp_instance, and the line of virtual_ipaddress. */
import { addressBits, familyOf, isMappedAddress, isUnicast, parsePrefix } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import { block, type Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { NamedInterface, Span } from '../model.ts';
import {
  custom,
  firstWord,
  ignored,
  integer,
  lines,
  notYet,
  oneOf,
  readAddress,
  readInterface,
  timer,
} from '../row_builders.ts';
import { didYouMean } from '../suggest.ts';

/** A line of virtual_ipaddress as written. */
export interface VirtualAddressLine {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  readonly span: Span;
  readonly dev?: NamedInterface;
  readonly broadcast?: string;
  readonly scope?: number;
  readonly label?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Options = Mutable<Partial<VirtualAddressLine>>;

/** Reads the word after the option's name into `options`. */
type OptionReader = (call: Call, word: Token, options: Options) => void;

const scopes = new Map([
  ['global', 0],
  ['site', 200],
  ['link', 253],
  ['host', 254],
  ['nowhere', 255],
]);

const optionReaders = new Map<string, OptionReader>([
  [
    'dev',
    (call, word, options) => {
      const name = readInterface(call, word);
      if (name !== undefined) options.dev = { name, span: spanOf(word) };
    },
  ],
  [
    'brd',
    (call, word, options) => {
      const broadcast = readAddress(call, word);
      if (broadcast !== undefined && familyOf(broadcast) === 4) options.broadcast = broadcast;
      else if (broadcast !== undefined)
        call.diagnostics.error('BAD_VALUE', spanOf(word), {
          message: 'Cannot use an IPv6 address as brd: it has no broadcast',
        });
    },
  ],
  [
    'scope',
    (call, word, options) => {
      const scope = scopes.get(word.text) ?? (/^\d{1,3}$/.test(word.text) ? Number(word.text) : -1);
      if (scope >= 0 && scope <= 255) options.scope = scope;
      else
        call.diagnostics.error('UNKNOWN_VALUE', spanOf(word), {
          message: `Cannot use scope ${quote(word.text)}`,
          help: didYouMean(
            word.text,
            scopes.keys(),
            `use one of ${[...scopes.keys()].join(', ')} or 0 to 255`,
          ),
        });
    },
  ],
  [
    'label',
    (call, word, options) => {
      if (word.text.length <= 15) options.label = word.text;
      else
        call.diagnostics.error('BAD_VALUE', spanOf(word), {
          message: `Cannot use label ${quote(word.text)}: expected at most 15 characters`,
        });
    },
  ],
]);
const optionAliases = new Map([['broadcast', 'brd']]);

/** Options that keepalived has and xlb does not yet, with the number of words after each. */
const optionsNotYet = new Map([
  ['peer', 1],
  ['home', 0],
  ['-nodad', 0],
  ['mngtmpaddr', 0],
  ['noprefixroute', 0],
  ['autojoin', 0],
  ['no_track', 0],
  ['track_group', 1],
  ['preferred_lft', 1],
  ['use_vmac', 0],
]);

function readLine(call: Call): VirtualAddressLine | undefined {
  const { keyword, diagnostics } = call;
  const parsed = parsePrefix(keyword.text);
  if (!parsed) {
    const [, before = '', length = ''] = /^(.*)\/(.*)$/.exec(keyword.text) ?? [];
    const family = familyOf(before);
    if (family !== undefined)
      diagnostics.error('BAD_VALUE', spanOf(keyword), {
        message: `Cannot use prefix length ${quote(length)}: expected 0 to ${addressBits[family]}`,
      });
    else readAddress(call, keyword);
    return undefined;
  }
  if (!isUnicast(parsed.address) || isMappedAddress(parsed.address)) {
    diagnostics.error('BAD_VALUE', spanOf(keyword), {
      message: `Cannot use address ${quote(parsed.address)}: expected the address of one host`,
    });
    return undefined;
  }
  const options: Options = {};
  for (let index = 0; index < call.words.length; ) index += readOption(call, index, options);
  const { address, family, length } = parsed;
  return { ...options, address, family, prefix: length, span: spanOf(keyword) };
}

/** Reads the option at `index`; returns how many words it took. */
function readOption(call: Call, index: number, options: Options): number {
  const word = call.words[index];
  if (!word) return 1;
  const { diagnostics } = call;
  const reader = optionReaders.get(optionAliases.get(word.text) ?? word.text);
  const argument = call.words[index + 1];
  if (reader) {
    if (argument) reader(call, argument, options);
    else
      diagnostics.error('MISSING_VALUE', spanOf(word), {
        message: `Cannot read ${word.text}: a value must follow`,
      });
    return 2;
  }
  const notYetWords = optionsNotYet.get(word.text);
  if (notYetWords !== undefined) {
    const message = `${word.text} is not supported yet: the address is added without it`;
    diagnostics.warning('NOT_YET', spanOf(word), { message });
    return 1 + notYetWords;
  }
  if (parsePrefix(word.text))
    diagnostics.error('EXTRA_WORDS', spanOf(word), {
      message: `Cannot use a second address ${quote(word.text)} on one line`,
      help: 'write each address on a line of its own',
    });
  else
    diagnostics.warning('UNKNOWN_KEYWORD', spanOf(word), {
      message: `Cannot use option ${quote(word.text)} of an address: it is ignored`,
      help: didYouMean(word.text, [...optionReaders.keys(), ...optionsNotYet.keys()]),
    });
  return 1;
}

const addressLines = (doc: string) =>
  lines({ doc, expects: 'IP[/mask] [brd IP] [dev IF] [scope S] [label L]', read: readLine });

export const vrrpInstanceKeywords = block(
  {
    state: oneOf(['MASTER', 'BACKUP'], 'role at start', {
      noun: 'state',
      lenient: 'as in keepalived, the line is ignored and BACKUP is used',
    }),
    interface: custom<NamedInterface>({
      doc: 'interface of the virtual addresses',
      expects: 'an interface name',
      read: (call) => {
        const word = firstWord(call, 'an interface name');
        const name = word && readInterface(call, word);
        return word && name !== undefined ? { name, span: spanOf(word) } : undefined;
      },
    }),
    virtual_router_id: integer('number of the virtual router on its interface', {
      min: 1,
      max: 255,
      strict: true,
    }),
    priority: integer('the highest becomes master; 100 when left out, 255 with state MASTER', {
      min: 1,
      max: 255,
    }),
    advert_int: timer('interval between adverts', { default: 1, min: 0.01, max: 255 }),
    virtual_ipaddress: addressLines('addresses that the master holds'),
    virtual_ipaddress_excluded: addressLines(
      'further addresses that the master holds and does not advertise',
    ),
  },
  notYet('no adverts are sent, so nothing is authenticated', 'authentication', {
    members: 'auth_type auth_pass',
  }),
  notYet('no adverts are sent, so nothing is authenticated', 'auth_hmac', {
    members: 'key active_key time_window anti_replay mode',
  }),
  notYet(
    'there is no election, this director is always master',
    `nopreempt preempt preempt_delay strict_mode skip_check_adv_addr lower_prio_no_advert
      higher_prio_send_advert owner_ignore_adverts down_timer_adverts accept no_accept`,
  ),
  notYet(
    'no adverts are sent',
    `unicast_peer unicast_src_ip unicast_ttl unicast_fault_no_peer check_unicast_src old_unicast_checksum
      mcast_src_ip mcast_dst_ip version v3_checksum_as_v2 kernel_rx_buf_size`,
  ),
  notYet(
    'nothing is tracked, this director stays master whatever happens to it',
    `track_script track_interface track_file track_process track_bfd track_src_ip dont_track_primary
      linkbeat_use_polling`,
  ),
  notYet(
    'the script is not run',
    `notify_master notify_backup notify_fault notify_stop notify_deleted notify notify_master_rx_lower_pri
      notify_priority_changes`,
  ),
  notYet('no mail is sent', 'smtp_alert'),
  notYet(
    'gratuitous ARPs are sent as global_defs says, on becoming master only',
    `garp_master_delay garp_master_repeat garp_master_refresh garp_master_refresh_repeat garp_lower_prio_delay
     garp_lower_prio_repeat garp_interval gna_interval garp_extra_if vmac_garp_intvl`,
  ),
  notYet(
    "the virtual addresses keep the interface's own MAC address",
    'use_vmac use_vmac_addr vmac_xmit_base use_ipvlan',
  ),
  notYet("the instance works in the interface's own routing table", 'vrf'),
  notYet('these routes are not added', 'virtual_routes'),
  notYet('these rules are not added', 'virtual_rules'),
  notYet("the kernel's setting stays as it is", 'promote_secondaries'),
  notYet('flows are not sent to another director', 'lvs_sync_daemon_interface'),
  ignored('an instance may always be without addresses', 'no_virtual_ipaddress'),
  ignored(
    'keepalived itself has no use for it any more',
    'native_ipv6 debug timer_expired_backup thread_timer_expired',
  ),
);
