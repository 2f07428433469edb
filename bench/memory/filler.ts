/**
 * Child process: makes flows, by SYNs from inside the kernel out of an interface of this network namespace, and ends.
 * argv: where the director's tables are pinned, then a FillOrder as JSON.
 */
import { ipv4 } from '../director.ts';
import { type SynOrder, synSource } from '../syn_source.ts';

export interface FillOrder extends SynOrder {
  /** As many clients, an address each. */
  readonly flows: number;
  /** Any addresses, instead of the same ones each time. */
  readonly random: boolean;
}

/** Whoever starts us keeps us on one processor, where the director takes what is sent before the next are. */
const burst = 16_384;

const [, , pins = '', text = '{}'] = process.argv;
const order = JSON.parse(text) as FillOrder;
const sendSyns = synSource(pins, order);
for (let made = 0; made < order.flows; made += burst)
  sendSyns({
    count: Math.min(burst, order.flows - made),
    firstClient: ipv4([10, 0], made),
    clients: burst,
    random: order.random,
  });
