/** 64-byte SYNs made inside the kernel, out of an interface of this network namespace. */
import { addon } from '../src/addon/addon.ts';

export interface SynOrder {
  /** Sent out of it; what comes back to it of them goes no further. */
  readonly interface: string;
  /** The director's MAC address. */
  readonly director: string;
  /** Of the virtual server. */
  readonly address: string;
  readonly port: number;
}

export interface Syns {
  readonly count: number;
  /** As many addresses from the first on, in turn; with `random` any addresses and ports. */
  readonly firstClient: string;
  readonly clients: number;
  readonly random: boolean;
}

const syn = 0x02;

/** `pins`: where the director's tables are. What it gives sends so many, and is back when they are sent. */
export function synSource(pins: string, order: SynOrder): (syns: Syns) => void {
  const netlink = new (addon().Netlink)();
  const link = netlink.links().find(({ name }) => name === order.interface);
  netlink.close();
  if (link === undefined) throw new Error(`Cannot send SYNs: there is no interface ${order.interface}`);
  const generator = new (addon().Generator)(pins, { untimed: true });
  generator.attach(link.index, 'filter');
  return (syns) => {
    generator.send({
      ...syns,
      index: link.index,
      destination: order.director,
      source: link.mac,
      firstServer: order.address,
      servers: 1,
      port: order.port,
      flags: syn,
    });
  };
}
