/** When gratuitous ARPs and unsolicited neighbour adverts are sent: of an instance, and of global_defs for all. */
import { block, type Call } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import type { NamedInterface } from '../model.ts';
import { custom, integer, interfaceName, lines, readInterface, seconds, timer } from '../row_builders.ts';

export interface ExtraInterfaces {
  readonly all: boolean;
  readonly everyMs: number;
}

/** keepalived refuses 0, which is what leaving it out means. */
const interval = (doc: string) => timer(`${doc}; none when left out`, { min: 0.000001 });
const repeat = (doc: string) => integer(doc, { min: 1, max: 1000, clamp: true });
const everySeconds = seconds('', { min: 0, max: 86_400 });

const extraInterfaces = (doc: string) =>
  custom<ExtraInterfaces>({
    doc,
    expects: '[all] whole seconds, 0 to 86400',
    arity: 2,
    read: (call: Call) => {
      const all = call.words[0]?.text === 'all';
      const everyMs = everySeconds.read(all ? { ...call, words: call.words.slice(1) } : call);
      return everyMs === undefined ? undefined : { all, everyMs };
    },
  });

export const garpKeywords = {
  garp_master_delay: seconds('time until the second burst after becoming master; 0: none', {}),
  garp_master_repeat: repeat('gratuitous ARPs for each address in one burst'),
  garp_master_refresh: seconds('interval between further bursts while master; 0: none', {}),
  garp_master_refresh_repeat: repeat('gratuitous ARPs for each address in one of these'),
  garp_lower_prio_delay: seconds('time until the second burst after an advert of lower priority', {}),
  garp_lower_prio_repeat: integer('gratuitous ARPs for each address after an advert of lower priority', {
    max: 1000,
  }),
  garp_interval: interval('pause between two gratuitous ARPs on an interface'),
  gna_interval: interval('pause between two unsolicited neighbour adverts on an interface'),
  garp_extra_if: extraInterfaces(
    'interval of ARPs on macvlans, for switches that forget; `all`: on every interface',
  ),
} as const;

/** The same for all instances: each names what it differs in. */
export const globalGarpKeywords = {
  vrrp_garp_master_delay: seconds(garpKeywords.garp_master_delay.doc, { default: 5 }),
  vrrp_garp_master_repeat: integer(garpKeywords.garp_master_repeat.doc, {
    default: 5,
    min: 1,
    max: 1000,
    clamp: true,
  }),
  vrrp_garp_master_refresh: seconds(garpKeywords.garp_master_refresh.doc, { default: 0 }),
  vrrp_garp_master_refresh_repeat: integer(garpKeywords.garp_master_refresh_repeat.doc, {
    default: 1,
    min: 1,
    max: 1000,
    clamp: true,
  }),
  vrrp_garp_lower_prio_delay: seconds(
    `${garpKeywords.garp_lower_prio_delay.doc}; vrrp_garp_master_delay when left out`,
    {},
  ),
  vrrp_garp_lower_prio_repeat: integer(
    `${garpKeywords.garp_lower_prio_repeat.doc}; vrrp_garp_master_repeat when left out`,
    { max: 1000 },
  ),
  vrrp_garp_interval: garpKeywords.garp_interval,
  vrrp_gna_interval: garpKeywords.gna_interval,
  vrrp_garp_extra_if: garpKeywords.garp_extra_if,
} as const;

/** garp_group: pauses on one interface, or on several that hang on one switch. */
export const garpGroupKeywords = block({
  garp_interval: garpKeywords.garp_interval,
  gna_interval: garpKeywords.gna_interval,
  interface: interfaceName('interface that has these pauses'),
  interfaces: lines<readonly NamedInterface[]>({
    doc: 'interfaces that have them, each by itself',
    expects: 'interface names',
    read: (call) =>
      [call.keyword, ...call.words].flatMap((word) => {
        const name = readInterface(call, word);
        return name === undefined ? [] : [{ name, span: spanOf(word) }];
      }),
  }),
});
