import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AdvertRules, encodeAdvert } from '../../src/vrrp/advert.ts';
import { AdvertLink } from '../../src/vrrp/advert_link.ts';
import type { ChecksumRule } from '../../src/vrrp/checksum.ts';
import { LimitedLog } from '../../src/vrrp/limited_log.ts';
import { Sockets } from '../../src/vrrp/sockets.ts';
import { Statistics } from '../../src/vrrp/statistics.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeNetwork } from '../helpers/fake_network.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';

const [ours, peer, stranger] = ['10.0.0.11', '10.0.0.12', '10.0.0.66'];
const advert = { vrid: 51, priority: 90, intervalMs: 1_000, addresses: [] };
const rules = { version: 3, family: 4, vrid: 51, multicastGroup: '224.0.0.18' } as const;
const encode = (checksum: ChecksumRule, source: string, destination: string) =>
  encodeAdvert(advert, { ...rules, checksum } satisfies AdvertRules, { source, destination });

/** A virtual router that speaks to one peer by unicast, and what of it arrives there. */
function unicastLink() {
  const network = new FakeNetwork();
  const clock = new FakeClock();
  const heard: string[] = [];
  const arrived: string[] = [];
  const plain = vrrpInstanceConfig();
  const transport = { ...plain.transport, unicast: true, peers: [{ address: peer, span }] };
  const link = new AdvertLink(
    { ...plain, version: 3, transport },
    {
      clock,
      sockets: new Sockets((options, listener) => network.open(options, listener)),
      log: new LimitedLog(clock, memoryLog().logger),
      statistics: new Statistics(),
      heard: (_, source) => void heard.push(source),
      changed: () => undefined,
      trustedMaster: () => undefined,
    },
  );
  link.open(2, ours);
  network.open(
    { index: 2, family: 4, sourceAddress: peer },
    {
      onPackets: (packets) => {
        for (const { bytes } of packets)
          for (const rule of ['pseudo_header', 'old_unicast'] as const)
            if (Buffer.compare(bytes, encode(rule, ours, peer)) === 0) arrived.push(rule);
      },
      onError: () => undefined,
    },
  );
  const receive = (checksum: ChecksumRule, source: string) =>
    network.deliver({ bytes: encode(checksum, source, ours), source, destination: ours, ttl: 255, index: 2 });
  return { arrived, heard, link, receive };
}

describe('unicast adverts of VRRPv3 without old_unicast_checksum', () => {
  it('are read in both forms, whatever a stranger sent', () => {
    const { arrived, heard, link, receive } = unicastLink();
    receive('old_unicast', stranger);
    receive('pseudo_header', peer);
    link.send(90);
    assert.deepEqual({ arrived, heard }, { arrived: ['pseudo_header'], heard: [stranger, peer] });
  });

  it('are sent in the form that the peer uses', () => {
    const { arrived, heard, link, receive } = unicastLink();
    receive('old_unicast', peer);
    link.send(90);
    receive('pseudo_header', peer);
    link.send(90);
    assert.deepEqual({ arrived, heard }, { arrived: ['old_unicast', 'pseudo_header'], heard: [peer, peer] });
  });
});
