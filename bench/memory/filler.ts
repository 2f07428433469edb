/**
 * Child process: makes flows, by SYNs from inside the kernel out of an interface of this network namespace, and ends.
 * argv: where the director's tables are pinned, then an Order as JSON.
 */
import { addon } from '../../src/addon/addon.ts';
import { ipv4 } from '../director.ts';

export interface FillOrder {
  readonly interface: string;
  readonly director: string;
  readonly address: string;
  readonly port: number;
  /** As many clients, an address each. */
  readonly flows: number;
  /** Any addresses, instead of the same ones each time. */
  readonly random?: boolean;
}

const syn = 0x02;
/** Whoever starts us keeps us on one processor, where the director takes what is sent before the next are. */
const burst = 16_384;
const [, , pins = '', text = '{}'] = process.argv;
const order = JSON.parse(text) as FillOrder;
const netlink = new (addon().Netlink)();
const link = netlink.links().find(({ name }) => name === order.interface);
netlink.close();
if (link === undefined) throw new Error(`Cannot make flows: there is no interface ${order.interface}`);
const generator = new (addon().Generator)(pins, { untimed: true });
generator.attach(link.index, 'filter');
for (let made = 0; made < order.flows; made += burst) {
  generator.send({
    index: link.index,
    count: Math.min(burst, order.flows - made),
    destination: order.director,
    source: link.mac,
    firstClient: ipv4([10, 0], made),
    clients: burst,
    random: order.random ?? false,
    firstServer: order.address,
    servers: 1,
    port: order.port,
    flags: syn,
  });
}
