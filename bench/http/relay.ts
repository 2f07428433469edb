/**
 * Child process: an interface of this network namespace sends what comes for one address on to one MAC address, by a
 * program that does nothing else. argv: where a director's tables are pinned, then an Order as JSON.
 */
import { addon } from '../../src/addon/addon.ts';

export interface RelayOrder {
  readonly interface: string;
  /** IPv4. */
  readonly address: string;
  /** MAC address. */
  readonly destination: string;
}

const [, , pins = '', text = '{}'] = process.argv;
const order = JSON.parse(text) as RelayOrder;
const netlink = new (addon().Netlink)();
const link = netlink.links().find(({ name }) => name === order.interface);
netlink.close();
if (link === undefined) throw new Error(`Cannot relay: there is no interface ${order.interface}`);
const { address, destination } = order;
new (addon().Generator)(pins, { untimed: true }).relay(link.index, {
  address,
  destination,
  source: link.mac,
});
