/** Keywords about the life of a virtual server and its real servers: when they count as up, and who is told. */
import type { Call, ValueRow } from '../keyword.ts';
import type { Span } from '../model.ts';
import { custom, flag, integer, mark, timer } from '../row_builders.ts';
import { readEndpoint } from './endpoint.ts';
import { script } from './script.ts';

export interface SorryServerLine {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: { readonly value: number; readonly at: Span } | undefined;
  readonly inhibit: boolean;
  readonly at: Span;
}

const INHIBIT = /^(sorry_server_)?inhibit$/;

const sorryServer: ValueRow<SorryServerLine> = custom<SorryServerLine>({
  doc: "serves while the quorum is lost; one of the director's own addresses: the director itself",
  expects: 'IP [port] [inhibit]',
  arity: 3,
  read: (call: Call) => {
    const inhibit = call.words.find(({ text }, at) => at > 0 && INHIBIT.test(text));
    const endpoint = readEndpoint({ ...call, words: call.words.filter((word) => word !== inhibit) });
    if (!endpoint) return undefined;
    const { address, at, family, port } = endpoint;
    return { address, at, family, port, inhibit: inhibit !== undefined };
  },
});

/** Of a virtual server and, as its own, of a real server. */
export const slowStart = {
  xlb_slow_start: timer('when a real server returns, its share of new flows grows for so long', { min: 0 }),
} as const;

/** Of a virtual server and, as its own, of a real server. */
export const checkVip = {
  xlb_check_vip: flag(
    'checks over TCP also ask whether the real server takes packets to the virtual address',
  ),
} as const;

export const virtualServerLifeKeywords = {
  quorum: integer('weight of live real servers that counts as up', { default: 1 }),
  hysteresis: integer('so much more than the quorum to come up, so much less to go down', { default: 0 }),
  quorum_up: script('run when the quorum is gained'),
  quorum_down: script('run when the quorum is lost'),
  omega: mark('notify_down and quorum_down are run when xlb stops'),
  ha_suspend: mark('real servers are checked only while this director is master of the address'),
  sorry_server: sorryServer,
  sorry_server_inhibit: flag('the sorry server stays in the pool with weight 0 while it is not needed'),
  smtp_alert: flag('gained and lost quorum is told by mail, and what real servers do; as global_defs'),
  ...slowStart,
  ...checkVip,
} as const;

export const realServerLifeKeywords = {
  notify_up: script('run when it comes up'),
  notify_down: script('run when it goes down'),
  smtp_alert: flag('going up and down is told by mail; as the virtual server when left out'),
  ...slowStart,
  ...checkVip,
} as const;
