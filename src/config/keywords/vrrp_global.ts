/** global_defs: what holds for all instances, and for the process that runs them. */
import { familyOf } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { ValueRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import {
  alias,
  custom,
  firstWord,
  flag,
  integer,
  interfaceName,
  mark,
  readAddress,
  text,
  timer,
} from '../row_builders.ts';
import { globalGarpKeywords } from './garp.ts';
import { version } from './vrrp_transport.ts';

function group(family: 4 | 6, fallback: string): ValueRow<string> & { readonly default: string } {
  const expects = `a multicast address of IPv${family}`;
  const row = custom<string>({
    doc: `multicast group of adverts for IPv${family}`,
    expects,
    default: fallback,
    defaultText: fallback,
    read: (call) => {
      const word = firstWord(call, expects);
      const found = word && readAddress(call, word);
      if (!word || found === undefined) return undefined;
      if (familyOf(found) === family && isMulticast(found)) return found;
      call.diagnostics.warning('BAD_VALUE', spanOf(word), {
        message: `Cannot use ${call.keyword.text} ${quote(word.text)}: expected ${expects}`,
        help: `as in keepalived, the line is ignored and ${fallback} is used`,
      });
      return undefined;
    },
  });
  return { ...row, default: fallback };
}

export function isMulticast(address: string): boolean {
  if (familyOf(address) === 6) return address.startsWith('ff');
  const first = Number(address.split('.')[0]);
  return first >= 224 && first <= 239;
}

const dynamic: ValueRow<boolean> = custom<boolean>({
  doc: 'an interface that the host lacks is waited for',
  expects: 'nothing, or allow_if_changes',
  read: ({ words: [word], diagnostics }) => {
    if (word && word.text !== 'allow_if_changes')
      diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
        message: `Cannot use ${quote(word.text)} after dynamic_interfaces: it is ignored`,
        help: 'write dynamic_interfaces alone, or dynamic_interfaces allow_if_changes',
      });
    return true;
  },
});

const realTimeLimit = { min: 1, max: 2 ** 32 - 1 } as const;

/**
 * Of a thread that keepalived has a process for, which is ended and made anew. Here the limit (RLIMIT_RTTIME) would be
 * that of all, and what goes beyond it would take virtual routers and forwarding with it.
 */
export function threadLimitRow() {
  const row = integer('no effect: the limit would end the whole director, not these threads', realTimeLimit);
  const read: typeof row.read = (call) => {
    const { diagnostics, keyword } = call;
    const limit = row.read(call);
    if (limit !== undefined)
      diagnostics.warning('ADJUSTED', spanOf(keyword), {
        message: `Cannot limit these threads alone: ${keyword.text} has no effect`,
        help: 'remove the line: the limit would end the whole director',
      });
    return limit;
  };
  return { ...row, read };
}

export function processorsRow(doc: string): ValueRow<readonly number[]> {
  return custom<readonly number[]>({
    doc,
    expects: 'numbers of processors',
    arity: Infinity,
    read: (call) => {
      if (!firstWord(call, 'numbers of processors')) return undefined;
      const wrong = call.words.find(({ text: word }) => !/^\d{1,4}$/.test(word));
      if (!wrong) return call.words.map(({ text: word }) => Number(word));
      call.diagnostics.warning('BAD_VALUE', spanOf(wrong), {
        message: `Cannot use processor ${quote(wrong.text)}: as in keepalived, the line is ignored`,
      });
      return undefined;
    },
  });
}

export const vrrpGlobalKeywords = {
  default_interface: interfaceName(
    'interface of instances and static addresses that name none; eth0 when left out',
  ),
  vrrp_version: version('version of VRRP for IPv4; 2 when left out'),
  vrrp_mcast_group4: group(4, '224.0.0.18'),
  vrrp_mcast_group6: group(6, 'ff02::12'),
  vrrp_strict: flag('nothing that the RFC does not have', { default: false, deafBefore24: true }),
  vrrp_skip_check_adv_addr: flag('the addresses in adverts of the same master are not compared', {
    default: false,
    deafBefore24: true,
  }),
  vrrp_check_unicast_src: flag('adverts of others than the peers are dropped', {
    default: false,
    deafBefore24: true,
  }),
  vrrp_lower_prio_no_advert: flag('an advert of lower priority is not answered'),
  vrrp_higher_prio_send_advert: flag('one of higher priority is answered before becoming backup'),
  vrrp_owner_ignore_adverts: flag('with priority 255, adverts of others do not count', { default: false }),
  vrrp_down_timer_adverts: integer('adverts that may be lost before the master counts as gone', {
    default: 3,
    min: 1,
    max: 100,
  }),
  v3_checksum_as_v2: flag('the checksum of version 3 leaves the addresses out', { default: false }),
  vrrp_startup_delay: timer('time before any instance may become master', { default: 0, min: 0 }),
  vrrp_delay_after_boot: timer('the same, counted from the boot of the host', { default: 0, min: 0 }),
  log_unknown_vrids: mark('adverts of virtual routers that are not configured are logged', {
    default: false,
  }),
  ...globalGarpKeywords,
  vrrp_min_garp: flag('one gratuitous ARP for each address, and no second burst', { default: false }),
  dynamic_interfaces: dynamic,
  vmac_prefix: text('names of macvlans begin with it; vrrp when left out'),
  max_auto_priority: integer(
    'real-time priority to rise to where timers are late; 0: none, -1: keep quiet of it',
    {
      default: 0,
      min: -1,
      max: 99,
    },
  ),
  vrrp_priority: integer('nice value of VRRP', { min: -20, max: 19 }),
  vrrp_no_swap: mark('the code of the process stays in memory', { default: false }),
  vrrp_rt_priority: integer('real-time priority of VRRP', { min: 1, max: 99, clamp: true }),
  vrrp_cpu_affinity: processorsRow('processors that VRRP may run on'),
  vrrp_rlimit_rttime: integer(
    'microseconds that it may run at real-time priority without a pause, before the kernel ends the director',
    realTimeLimit,
  ),
} as const;

export const vrrpGlobalAliases = {
  vrrp_vmac_garp_intvl: alias('vrrp_garp_extra_if'),
  vrrp_rlimit_rtime: alias('vrrp_rlimit_rttime'),
} as const;
