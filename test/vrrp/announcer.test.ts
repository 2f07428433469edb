import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualAddressConfig } from '../../src/config/model.ts';
import { Announcer } from '../../src/vrrp/announcer.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span } from '../helpers/sample_config.ts';

const vip = (address: string): VirtualAddressConfig => ({ address, prefix: 32, interface: 'eth0', span });

function announcing(failure?: string) {
  const clock = new FakeClock();
  const { logger: log, lines } = memoryLog();
  const sent: string[] = [];
  const announcer = new Announcer({
    clock,
    log,
    announce: ({ address }, repeat) => {
      if (failure !== undefined) throw new Error(failure);
      sent.push(`${address} x${repeat}`);
    },
  });
  const ask = (addresses: readonly string[], intervalMs: number, limit?: string) =>
    announcer.announce({
      name: 'VI_1',
      addresses: addresses.map(vip),
      repeat: 2,
      garp: { arpIntervalMs: intervalMs, naIntervalMs: intervalMs },
      stillHeld: () => true,
      ...(limit === undefined ? {} : { limit }),
    });
  return { ask, clock, lines, sent };
}

describe('announcements', () => {
  it('of one address wait at most once more, however often they are asked for', () => {
    const { ask, clock, sent } = announcing();
    for (let asked = 0; asked < 1_000; asked++) ask(['10.0.0.1', '10.0.0.2'], 100);
    clock.advance(10_000);
    assert.deepEqual(sent, [
      ...['10.0.0.1 x1', '10.0.0.1 x1', '10.0.0.2 x1', '10.0.0.2 x1'],
      '10.0.0.1 x1', // the first one was sent at once, and then asked for again
    ]);
  });

  it('of an address that is asked for again and again keep no other waiting', () => {
    const { ask, clock, sent } = announcing();
    ask(['10.0.0.1', '10.0.0.2'], 100);
    for (let passed = 0; passed < 4; passed++) {
      ask(['10.0.0.1'], 100);
      clock.advance(100);
    }
    assert.deepEqual(sent, ['10.0.0.1 x1', '10.0.0.1 x1', '10.0.0.2 x1', '10.0.0.2 x1', '10.0.0.1 x1']);
  });

  it('that come with every advert are logged once a minute', () => {
    const { ask, lines, sent } = announcing();
    for (let asked = 0; asked < 3; asked++) ask(['10.0.0.1'], 0, 'lower_priority');
    assert.deepEqual(
      { lines, sent: sent.length },
      { lines: ['info (VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.1'], sent: 3 },
    );
  });

  it('that an interface refuses are told once a minute', () => {
    const { ask, lines } = announcing('Resource temporarily unavailable');
    for (let asked = 0; asked < 3; asked++) ask(['10.0.0.1'], 0, 'lower_priority');
    assert.deepEqual(lines.slice(1), [
      'error (VI_1) Cannot announce 10.0.0.1/32 on eth0: Resource temporarily unavailable',
    ]);
  });
});
