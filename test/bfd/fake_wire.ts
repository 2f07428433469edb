import type {
  BfdListener,
  BfdPacket,
  BfdReceiver,
  BfdReceiverOptions,
  BfdSender,
  BfdSenderOptions,
} from '../../src/addon/addon.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { SessionStatus } from '../../src/base/sessions.ts';
import { Sessions } from '../../src/bfd/sessions.ts';
import type { BfdInstanceConfig } from '../../src/config/model.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span } from '../helpers/sample_config.ts';

const LATENCY_MS = 1;

export function bfdInstance(changes: Partial<BfdInstanceConfig> = {}): BfdInstanceConfig {
  return {
    name: 'peer',
    neighbor: '10.0.0.2',
    minRxUs: 50_000,
    minTxUs: 50_000,
    idleTxUs: 1_000_000,
    multiplier: 3,
    passive: false,
    ttl: 255,
    maxHops: 0,
    multihop: false,
    span,
    ...changes,
  };
}

/** Hosts with one address each, and what goes between them. */
export class FakeWire {
  readonly clock = new FakeClock();
  /** Of every packet that was sent: who, and when. */
  readonly sent: { readonly from: string; readonly atMs: number }[] = [];
  /** Nothing arrives. */
  cut = false;
  /** Routers on the way. */
  hops = 0;
  /** How many senders were opened. */
  opened = 0;
  readonly #listeners = new Map<string, BfdListener>();

  deliver(to: string, port: number, packet: BfdPacket): void {
    this.clock.setTimer(LATENCY_MS, () => {
      if (!this.cut) this.#listeners.get(`${to} ${port}`)?.onPackets([packet]);
    });
  }

  /** Sessions of the host with this address, and what is told of them. */
  host(address: string) {
    const { logger: log, lines } = memoryLog();
    const told: Record<string, SessionStatus>[] = [];
    const refuse: { receiver?: Error; sender?: Error } = {};
    const sessions: Sessions = new Sessions({
      clock: this.clock,
      random: seededRandom(address.length + Number(address.at(-1))),
      log,
      openReceiver: (options, listener) => this.#receiver(address, options, { listener, refuse }),
      openSender: (options) => this.#sender(address, options, refuse),
      changed: () => told.push(Object.fromEntries(sessions.states())),
    });
    return { sessions, lines, told, refuse };
  }

  #receiver(
    address: string,
    { port }: BfdReceiverOptions,
    { listener, refuse }: { listener: BfdListener; refuse: { receiver?: Error } },
  ): BfdReceiver {
    if (refuse.receiver !== undefined) throw refuse.receiver;
    this.#listeners.set(`${address} ${port}`, listener);
    return { receive: () => [], close: () => this.#listeners.delete(`${address} ${port}`) };
  }

  #sender(
    address: string,
    { destination, port, ttl = 255 }: BfdSenderOptions,
    refuse: { sender?: Error },
  ): BfdSender {
    this.opened++;
    return {
      send: (bytes) => {
        if (refuse.sender !== undefined) throw refuse.sender;
        this.sent.push({ from: address, atMs: this.clock.nowMs() });
        this.deliver(destination, port, { bytes, source: address, destination, ttl: ttl - this.hops });
      },
      close: () => undefined,
    };
  }
}
