import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeHost, linkOf } from '../helpers/fake_host.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { configWith, instancesOn, pair, vip } from './instances_samples.ts';

const one = vrrpInstanceConfig({ name: 'one', priority: 150, addresses: [vip('10.0.0.1')] });
const two = { ...one, name: 'two', virtualRouterId: 52, addresses: [vip('10.0.0.2')] };

const sources = (sent: readonly string[]) => [...new Set(sent.map((line) => line.split(' ')[0]))];

describe('what virtual routers see of the host', () => {
  it('has no virtual addresses to speak from, whosever they are', () => {
    const { clock, first, network } = pair();
    first.instances.configure(configWith(two, one));
    clock.advance(4_000);
    // As the kernel lists IPv6 addresses: the newest first.
    first.host.addresses = [...first.host.addresses].reverse();
    first.instances.hostChanged([{ kind: 'overrun' }]);
    clock.advance(4_000);
    assert.deepEqual(sources(network.takeSent()), ['10.0.0.11']);
    first.instances.configure(configWith(two));
    clock.advance(100);
    first.instances.hostChanged([{ kind: 'overrun' }]);
    clock.advance(2_000);
    assert.deepEqual(sources(network.sent), ['10.0.0.11']);
  });

  it('has the address of an owner whose it is', () => {
    const host = new FakeHost();
    const { instances } = instancesOn(host);
    const addresses = [vip('10.0.0.254', { prefix: 24 })];
    instances.configure(configWith({ ...one, priority: 255, addresses }, two));
    assert.deepEqual(
      instances.status().map(({ role, faults }) => [role, faults]),
      [
        ['MASTER', []],
        ['BACKUP', []],
      ],
    );
  });

  it('is read once however many hold addresses, and only when one of those went', () => {
    const host = new FakeHost();
    const { clock, instances } = instancesOn(host);
    instances.configure(configWith(one, two));
    clock.advance(4_000);
    const before = host.addresses;
    let reads = 0;
    Object.defineProperty(host, 'addresses', {
      get: () => {
        reads++;
        return before;
      },
    });
    const went = { kind: 'address', removed: true, index: 2, prefix: 32 } as const;
    const eth1 = (running: boolean) =>
      ({ kind: 'link', removed: false, ...linkOf(3, 'eth1', { running }) }) as const;
    const readsOf = (change: () => void) => {
      reads = 0;
      change();
      return reads;
    };
    assert.deepEqual(
      {
        anotherWent: readsOf(() => instances.hostChanged([{ ...went, address: '10.0.0.77' }])),
        elsewhereUp: readsOf(() => instances.hostChanged([eth1(false), eth1(true)])),
        reload: readsOf(() => instances.configure(configWith(one, two))),
        theirsWent: readsOf(() =>
          instances.hostChanged([
            { ...went, address: '10.0.0.1' },
            { ...went, address: '10.0.0.2' },
          ]),
        ),
      },
      { anotherWent: 0, elsewhereUp: 0, reload: 1, theirsWent: 1 },
    );
  });
});

describe('a virtual address that is there at the start', () => {
  it('and that nobody recorded is stale, and removed; any other address is left', () => {
    const host = new FakeHost();
    const others = [...host.addresses, { index: 3, address: '10.0.0.1', prefix: 32 }];
    host.addresses = [...others, { index: 2, address: '10.0.0.1', prefix: 32 }];
    const { instances, lines } = instancesOn(host);
    instances.configure(configWith(one));
    assert.deepEqual([host.done, host.addresses], [['delete 10.0.0.1/32 from 2'], others]);
    assert.deepEqual(lines.slice(0, 2), [
      "info (one) 10.0.0.1/32 on eth0 is there already and not xlb's: it is stale",
      'info Removed 10.0.0.1/32 on eth0',
    ]);
  });
});
