/** What VRRP sockets of fake hosts send to one another: at once, and noted. */
import type { VrrpListener, VrrpPacket, VrrpSocket, VrrpSocketOptions } from '../../src/addon/addon.ts';

interface Open {
  readonly options: VrrpSocketOptions;
  readonly listener: VrrpListener;
}

export class FakeNetwork {
  readonly #open = new Set<Open>();
  /** 'SOURCE > DESTINATION vrid VRID prio PRIORITY'. */
  readonly sent: string[] = [];
  /** No socket can be opened. */
  refusing = false;

  get sockets(): number {
    return this.#open.size;
  }

  takeSent(): string[] {
    return this.sent.splice(0);
  }

  open(options: VrrpSocketOptions, listener: VrrpListener): VrrpSocket {
    if (this.refusing) throw new Error('Cannot open: no');
    const me: Open = { options, listener };
    this.#open.add(me);
    return {
      send: (bytes, destination) => {
        const source = options.sourceAddress ?? '0.0.0.0';
        this.sent.push(`${source} > ${destination} vrid ${bytes[1]} prio ${bytes[2]}`);
        this.deliver({ bytes, source, destination, ttl: options.ttl ?? 255, index: options.index }, me);
      },
      receive: () => [],
      close: () => this.#open.delete(me),
    };
  }

  /** All that are open, with this reason. */
  breakSockets(reason: string): void {
    for (const one of [...this.#open]) {
      this.#open.delete(one);
      one.listener.onError(Object.assign(new Error(reason), { code: 'XLB_SYSTEM', errno: 100 } as const));
    }
  }

  /** To every socket that hears the destination, but the sender's. */
  deliver(packet: VrrpPacket, from?: Open): void {
    for (const one of [...this.#open]) {
      const { multicastGroup, sourceAddress } = one.options;
      if (one === from || (multicastGroup ?? sourceAddress) !== packet.destination) continue;
      one.listener.onPackets([packet]);
    }
  }
}
