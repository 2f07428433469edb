/** Keywords of real_server. The checkers come from outside, each with its own block. */
import { type BlockRow, block, type Rows } from '../keyword.ts';
import { blockOf, flag, integer, noHead, notYet, oneOf } from '../row_builders.ts';
import { type CheckerKeyword, timingKeywords, virtualhost } from './checker.ts';
import { realServerLifeKeywords } from './life.ts';

const MAX_WEIGHT = 2 ** 31 - 1;

/** Rows that a real server and, as its default, a virtual server have. */
export const realServerDefaults = {
  ...timingKeywords,
  // keepalived has 0 in checkers alone.
  retry: integer('retry of its checks, where they have none; 1 when left out everywhere', { min: 1 }),
  weight: integer('share of new flows; 0: none; 1 when left out everywhere', { max: MAX_WEIGHT }),
  inhibit_on_failure: flag('a failed check sets weight 0 instead of taking the server out'),
  virtualhost: virtualhost('host that HTTP_GET and SSL_GET ask for'),
} as const;

/** The cure wherever another forwarding method, or none, is written. */
export const directRoutingOnly =
  'xlb does direct routing only: write `lb_kind DR`, and give the real servers the virtual address on lo';

export const forwardingMethod = oneOf(['DR'], 'how packets reach a real server', {
  noun: 'forwarding method',
  notYet: ['NAT', 'TUN'],
  help: directRoutingOnly,
});

const unchecked = 'the real server counts as always up unless it has other checks';

/** Which checkers keepalived has, with the keywords of each. A checker that xlb has hides its row here. */
const checkersNotYet = {
  ...notYet(unchecked, 'HTTP_GET SSL_GET', {
    members: `nb_get_retry virtualhost http_protocol enable_sni sni_name fast_recovery tls_compliant url
      path digest status_code regex regex_no_match regex_options regex_min_offset regex_max_offset
      regex_stack`,
  }),
};

const MAX_THRESHOLD = 2 ** 32 - 1;

const rows = {
  ...realServerDefaults,
  ...realServerLifeKeywords,
  lvs_method: forwardingMethod,
  uthreshold: integer('flows from which on it gets no new ones; 0 or left out: no limit', {
    max: MAX_THRESHOLD,
  }),
  lthreshold: integer('flows below which it gets new ones again; 0 or left out: 3/4 of uthreshold', {
    max: MAX_THRESHOLD,
  }),
};

/** The block of real_server with these checkers in it. */
export function realServerKeywords(checkers: readonly CheckerKeyword[]) {
  const mine = new Map(checkers.map((checker) => [checker.name as string, checkerRow(checker)]));
  const others = Object.fromEntries(Object.entries(checkersNotYet).filter(([name]) => !mine.has(name)));
  return block(
    {
      ...rows,
      ...(Object.fromEntries(mine) as Readonly<Record<CheckerKeyword['name'], BlockRow<true, Rows>>>),
    },
    others,
    notYet('there is no SNMP agent', 'snmp_name'),
  );
}

function checkerRow({ doc, block: keywords }: CheckerKeyword): BlockRow<true, Rows> {
  return blockOf({ doc, expects: 'a block', head: noHead, block: keywords });
}
