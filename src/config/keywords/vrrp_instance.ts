/** Keywords of vrrp_instance. */
import { quote } from '../diagnostic.ts';
import { block, type Call, type ValueRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import {
  alias,
  custom,
  flag,
  ignored,
  integer,
  interfaceName,
  mark,
  notYet,
  oneOf,
  readInterface,
  timer,
} from '../row_builders.ts';
import { garpKeywords } from './garp.ts';
import { toldByKernel } from './link.ts';
import { routeLines } from './route.ts';
import { ruleLines } from './rule.ts';
import { notifyKeywords, type ScriptLine, script } from './script.ts';
import { addressLines } from './virtual_address.ts';
import { trackingKeywords } from './vrrp_tracking.ts';
import { transportKeywords } from './vrrp_transport.ts';

/** use_vmac as written. */
export interface VmacLine {
  readonly name?: string;
  /** Five or six bytes; the virtual router's number is the sixth. */
  readonly mac?: string;
  readonly group?: number;
}

const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){4,5}$/i;

const useVmac: ValueRow<VmacLine> = custom<VmacLine>({
  doc: 'addresses and adverts have the MAC address of the virtual router: 00:00:5e:00:01:VRID',
  expects: '[NAME] [MAC] [netlink_notify_msg] [group N]',
  arity: 5,
  read: (call) => {
    const line: { -readonly [K in keyof VmacLine]: VmacLine[K] } = {};
    const words = [...call.words];
    for (let word = words.shift(); word; word = words.shift()) {
      const number = Number(words[0]?.text);
      if (MAC.test(word.text)) line.mac = word.text.toLowerCase();
      else if (word.text === 'netlink_notify_msg')
        call.diagnostics.warning('NOT_YET', spanOf(word), {
          message:
            'netlink_notify_msg is not supported yet: other programs hear of the macvlan as the kernel has it',
        });
      else if (word.text === 'group' && Number.isInteger(number)) {
        line.group = number;
        words.shift();
      } else if (word.text === 'name' && words[0]) continue;
      else if (line.name === undefined && word.text.length <= 15 && readInterface(call, word))
        line.name = word.text;
      else
        call.diagnostics.warning('BAD_VALUE', spanOf(word), {
          message: `Cannot use ${quote(word.text)} after use_vmac: as in keepalived, it is ignored`,
          help: 'write [NAME of at most 15 characters] [MAC] [netlink_notify_msg] [group N]',
        });
    }
    return line;
  },
});

/** Alone it asks for DELETED to be said; with a script, that is run as well. */
const notifyDeleted: ValueRow<{ readonly script?: ScriptLine }> = (() => {
  const withScript = script('an instance that a reload removes says DELETED, not FAULT; run then');
  return custom<{ readonly script?: ScriptLine }>({
    doc: withScript.doc,
    expects: `nothing, or ${withScript.expects}`,
    arity: 3,
    read: (call: Call) => {
      if (call.words.length === 0) return {};
      const line = withScript.read(call);
      return line && { script: line };
    },
  });
})();

const electionKeywords = {
  state: oneOf(['MASTER', 'BACKUP'], 'role at start', {
    noun: 'state',
    lenient: 'as in keepalived, the line is ignored and BACKUP is used',
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
  preempt: mark('a director of higher priority takes over from one of lower'),
  nopreempt: mark('it does not, as long as the other one lives'),
  preempt_delay: timer('time that it waits before', { min: 0, max: 1000 }),
  strict_mode: flag('nothing that the RFC does not have; as vrrp_strict when left out'),
  accept: mark('packets to the addresses are taken'),
  no_accept: mark('what comes for the addresses and is not forwarded is dropped, unless the priority is 255'),
  skip_check_adv_addr: flag(
    "the addresses in adverts of the same master are not compared; as global_defs' when left out",
  ),
  lower_prio_no_advert: flag('an advert of lower priority is not answered; as global_defs when left out'),
  higher_prio_send_advert: flag(
    'one of higher priority is answered before becoming backup; as global_defs when left out',
  ),
  owner_ignore_adverts: flag(
    'with priority 255, adverts of others do not count; as global_defs when left out',
  ),
  down_timer_adverts: integer(
    'adverts that may be lost before the master counts as gone; as global_defs when left out',
    {
      min: 1,
      max: 100,
    },
  ),
} as const;

export const vrrpInstanceKeywords = block(
  {
    interface: interfaceName('interface of the virtual addresses'),
    ...electionKeywords,
    ...transportKeywords,
    virtual_ipaddress: addressLines('addresses that the master holds'),
    virtual_ipaddress_excluded: addressLines(
      'further addresses that the master holds and does not advertise',
    ),
    no_virtual_ipaddress: flag('it has no addresses, and that is meant'),
    virtual_routes: routeLines('routes that the master has'),
    virtual_rules: ruleLines('rules of routing that the master has'),
    promote_secondaries: mark('addresses of one subnet do not go with the first of them', { default: false }),
    use_vmac: useVmac,
    use_vmac_addr: mark('addresses on other interfaces get macvlans with that MAC address as well', {
      default: false,
    }),
    vmac_xmit_base: mark("adverts leave by the interface itself, with that one's MAC address", {
      default: false,
    }),
    ...trackingKeywords,
    dont_track_primary: mark('the state of the interface does not count', { default: false }),
    ...notifyKeywords,
    notify_deleted: notifyDeleted,
    notify_master_rx_lower_pri: script('run when a master hears an advert of lower priority'),
    ...garpKeywords,
  },
  { vmac_garp_intvl: alias('garp_extra_if') },
  notYet('adverts carry no HMAC', 'auth_hmac', {
    members: 'key active_key time_window anti_replay mode',
    severity: 'error',
    help: 'remove it on all directors: one that asks for an HMAC drops the adverts of xlb',
  }),
  notYet("the virtual addresses keep the interface's own MAC address", 'use_ipvlan'),
  notYet("the instance works in the interface's own routing table", 'vrf'),
  ignored(toldByKernel, 'linkbeat_use_polling'),
  notYet('flows are not sent to another director', 'lvs_sync_daemon_interface'),
  ignored(
    'keepalived itself has no use for it any more',
    'native_ipv6 debug timer_expired_backup thread_timer_expired',
  ),
);
