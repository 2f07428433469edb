/**
 * Child process: 64-byte SYNs from random addresses and ports, made inside the kernel, out of an interface of this
 * network namespace. argv: where the director's tables are pinned, then an Order as JSON.
 */
import { addon } from '../../src/addon/addon.ts';
import { systemClock } from '../../src/base/clock.ts';
import { pause } from '../../src/demo/pause.ts';
import type { FloodRate, FromFlooder, ToFlooder } from './messages.ts';

export interface FloodOrder {
  /** Sent out of it; what comes back to it of the flood goes no further. */
  readonly interface: string;
  readonly director: string;
  readonly vip: string;
  readonly port: number;
}

const syn = 0x02;
/** At once, at most: whoever sends hears nothing meanwhile. */
const stretch = 8_192;
const everyMs = 5;

const [, , pins = '', text = '{}'] = process.argv;
const order = JSON.parse(text) as FloodOrder;
const netlink = new (addon().Netlink)();
const link = netlink.links().find(({ name }) => name === order.interface);
netlink.close();
if (link === undefined) throw new Error(`Cannot flood: there is no interface ${order.interface}`);
const generator = new (addon().Generator)(pins, { untimed: true });
generator.attach(link.index, 'filter');

let rate: FloodRate = 0;
let frames = 0;
let began = systemClock.nowMs();

function send(count: number): void {
  generator.send({
    index: link?.index ?? 0,
    count,
    destination: order.director,
    source: link?.mac ?? '',
    firstClient: '198.18.0.0',
    clients: 1,
    random: true,
    firstServer: order.vip,
    servers: 1,
    port: order.port,
    flags: syn,
  });
  frames += count;
}

/** How many are due now. */
function due(): number {
  if (rate === 'full') return stretch;
  return Math.min(stretch, Math.floor(((systemClock.nowMs() - began) / 1_000) * rate) - frames);
}

async function live(): Promise<void> {
  while (process.connected) {
    const count = due();
    if (count > 0) send(count);
    await pause(rate === 'full' ? 0 : everyMs);
  }
}

process.on('message', (message: ToFlooder) => {
  const now = systemClock.nowMs();
  const sent: FromFlooder = { kind: 'sent', frames, seconds: (now - began) / 1_000 };
  process.send?.(sent);
  [rate, frames, began] = [message.rate, 0, now];
});

void live();
