/**
 * Child process: 64-byte SYNs from random addresses and ports, made inside the kernel, out of an interface of this
 * network namespace. argv: where the director's tables are pinned, then a SynOrder as JSON.
 */
import { systemClock } from '../../src/base/clock.ts';
import { pause } from '../../src/demo/pause.ts';
import { type SynOrder, synSource } from '../syn_source.ts';
import type { FloodRate, FromFlooder, ToFlooder } from './messages.ts';

/** At once, at most: whoever sends hears nothing meanwhile. */
const stretch = 8_192;
const everyMs = 5;

const [, , pins = '', text = '{}'] = process.argv;
const sendSyns = synSource(pins, JSON.parse(text) as SynOrder);

let rate: FloodRate = 0;
let frames = 0;
let began = systemClock.nowMs();

function send(count: number): void {
  sendSyns({ count, firstClient: '198.18.0.0', clients: 1, random: true });
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
