/** Keywords of virtual_server, and what begins it. */
import { familyOf } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import { block, type Call, type ValueRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import { type Span, schedulerKeywords } from '../model.ts';
import {
  alias,
  blockOf,
  custom,
  firstWord,
  flag,
  ignored,
  integer,
  mark,
  notYet,
  oneOf,
  refuse,
} from '../row_builders.ts';
import type { CheckerKeyword } from './checker.ts';
import { type EndpointHead, readEndpoint, readMark, warnOfExtra } from './endpoint.ts';
import { virtualServerLifeKeywords } from './life.ts';
import { forwardingMethod, realServerDefaults, realServerKeywords } from './real_server.ts';

export type VirtualServerHead =
  | ({ readonly kind: 'address' } & EndpointHead)
  | { readonly kind: 'fwmark'; readonly fwmark: number; readonly at: Span }
  | { readonly kind: 'group'; readonly group: string; readonly at: Span };

/** Reads `IP [port]`, `fwmark N` or `group NAME`; undefined after an error. */
export function readVirtualServer(call: Call): VirtualServerHead | undefined {
  const [kind, word, extra] = call.words;
  if (kind?.text === 'fwmark') {
    const fwmark = readMark(call, kind, word);
    warnOfExtra(call, extra, 'the mark');
    return fwmark === undefined || !word ? undefined : { kind: 'fwmark', fwmark, at: spanOf(word) };
  }
  if (kind?.text === 'group') {
    warnOfExtra(call, extra, 'the name of the group');
    if (word) return { kind: 'group', group: word.text, at: spanOf(word) };
    return refuse(call, 'MISSING_VALUE', {
      message: 'Cannot read group: the name of a virtual_server_group must follow',
    });
  }
  const endpoint = readEndpoint(call);
  return endpoint && { kind: 'address', ...endpoint };
}

/** `mask`: of IPv4; `length`: of a prefix. */
export type Granularity = { readonly mask: string } | { readonly length: number };

const granularity = custom<Granularity>({
  doc: "which part of a client's address counts for persistence; all of it when left out",
  expects: 'a netmask (IPv4) or a prefix length (IPv6)',
  read: (call) => {
    const word = firstWord(call, 'a netmask (IPv4) or a prefix length (IPv6)');
    if (!word) return undefined;
    if (familyOf(word.text) === 4) return { mask: word.text };
    const length = Number(word.text);
    if (/^\d{1,3}$/.test(word.text) && length >= 1 && length <= 128) return { length };
    return refuse(call, 'BAD_VALUE', {
      message: `Cannot use persistence_granularity ${quote(word.text)}: expected a netmask or a prefix length`,
      help: 'write for example 255.255.255.0 for IPv4, 64 for IPv6',
    });
  },
});

/** keepalived's, in seconds, where the keyword stands alone or another one implies it. */
export const PERSISTENCE_S = 360;

const limited = integer('', { min: 1, max: 31 * 86_400 });

const persistenceTimeout: ValueRow<number> = {
  ...limited,
  doc: `clients stay on their real server until they are idle for so many seconds; ${PERSISTENCE_S} when bare`,
  expects: `nothing, or seconds, 1 to ${31 * 86_400}`,
  read: (call) => (call.words.length === 0 ? PERSISTENCE_S : limited.read(call)),
};

const optionOf = (scheduler: string, what: string) => flag(`scheduler ${scheduler}: ${what}`);
const otherServer = 'another real server where the chosen one takes no flows';
const clientPort = "the client's port is part of the hash";

/** What IPVS takes; bits of it are set by name or by number. */
const schedulerOptions = {
  'sh-port': optionOf('sh', clientPort),
  'sh-fallback': optionOf('sh', otherServer),
  'mh-port': optionOf('mh', clientPort),
  'mh-fallback': optionOf('mh', otherServer),
  'flag-1': flag('first option of the scheduler: what sh-fallback and mh-fallback set'),
  'flag-2': flag('second option of the scheduler: what sh-port and mh-port set'),
  'flag-3': flag('third option of the scheduler, which none has'),
} as const;

/** The block of virtual_server with these checkers in its real servers. */
export function virtualServerKeywords(checkers: readonly CheckerKeyword[]) {
  return block(
    {
      ...realServerDefaults,
      ...schedulerOptions,
      ...virtualServerLifeKeywords,
      lb_algo: oneOf(schedulerKeywords, 'scheduler for new flows; wlc when left out', { noun: 'scheduler' }),
      ops: mark('every packet is scheduled on its own and no flow is kept (UDP and fwmark only)'),
      persistence_timeout: persistenceTimeout,
      persistence_granularity: granularity,
      ip_family: oneOf(
        ['inet', 'inet6'],
        'family of a fwmark virtual server; that of its real servers when left out',
        {},
      ),
      lb_kind: forwardingMethod,
      sorry_server_lvs_method: forwardingMethod,
      weight: integer('weight of its real servers, where they have none; 1 when left out everywhere', {
        min: 1,
      }),
      protocol: oneOf(['TCP', 'UDP'], 'protocol of the flows; UDP when left out', { notYet: ['SCTP'] }),
      real_server: blockOf({
        doc: 'a real server of this virtual server',
        expects: 'IP [port]',
        head: readEndpoint,
        block: realServerKeywords(checkers),
      }),
    },
    { lvs_sched: alias('lb_algo'), lvs_method: alias('lb_kind') },
    notYet('clients are told apart by their addresses, not by what SIP says', 'persistence_engine', {
      severity: 'error',
      help: 'remove it, and see whether clients by address will do: XDP does not read what is inside a packet',
    }),
    ignored('IPVS sets this mark of its own on every virtual server', 'hashed'),
    notYet('there is no SNMP agent', 'snmp_name'),
  );
}
