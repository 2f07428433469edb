import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAdvert } from '../../src/vrrp/advert.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { v2 } from './advert_samples.ts';
import { configWith, instancesOn, vip } from './instances_samples.ts';

describe('a thousand forged adverts of lower priority', () => {
  it('make a master answer and notify once, and announce each address once more, in an interval', () => {
    const host = new FakeHost();
    const { clock, instances, lines, news } = instancesOn(host);
    const addresses = Array.from({ length: 20 }, (_, index) => `10.0.1.${index + 1}`);
    instances.configure(
      configWith(vrrpInstanceConfig({ priority: 255, addresses: addresses.map((one) => vip(one)) })),
    );
    clock.advance(10_000);
    host.takeDone();
    host.network.takeSent();
    lines.length = 0;
    news.length = 0;
    for (let sent = 0; sent < 1_000; sent++) {
      const packet = { source: `10.0.0.${1 + (sent % 200)}`, destination: '224.0.0.18' };
      const bytes = encodeAdvert({ vrid: 51, priority: 1, intervalMs: 1_000, addresses }, v2, packet);
      host.network.deliver({ ...packet, bytes, ttl: 255, index: 2 });
    }
    assert.deepEqual(
      {
        announced: host.done,
        notified: news.filter((one) => one.news === 'notification').length,
        lines: lines.length,
        answers: host.network.takeSent().length,
      },
      {
        announced: addresses.map((address) => `announce ${address} on 2 5 times`),
        notified: 1,
        // One an address, the advert of lower priority, and that there are two masters.
        lines: addresses.length + 2,
        answers: 1,
      },
    );
  });
});
