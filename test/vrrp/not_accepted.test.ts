import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VrrpInstanceConfig } from '../../src/config/model.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { configWith, instancesOn, vip } from './instances_samples.ts';

const one = (changes: Partial<VrrpInstanceConfig> = {}) =>
  vrrpInstanceConfig({ accept: false, addresses: [vip('10.0.0.1')], ...changes });
const two = (changes: Partial<VrrpInstanceConfig> = {}) =>
  vrrpInstanceConfig({ name: 'VI_2', virtualRouterId: 52, addresses: [vip('10.0.0.1')], ...changes });
const filtered = ({ filtered: all }: FakeHost) => all.map(({ address }) => address).sort();
const relevant = (host: FakeHost) => host.takeDone().filter((what) => !what.startsWith('announce'));
const untilMasterMs = 3_700;

/** Fails at the moment at which one of the addresses is on the host and not in the filter. */
function watched(...addresses: readonly string[]): FakeHost {
  const host = new FakeHost();
  const did = host.did.bind(host);
  host.did = (what) => {
    // The state before each step is the one after the step before.
    for (const address of addresses) {
      const isThere = host.addresses.some((held) => held.address === address);
      const isFiltered = host.filtered.some((held) => held.address === address);
      assert.ok(!isThere || isFiltered, `${address} is accepted before: ${what}`);
    }
    did(what);
  };
  return host;
}

describe('no_accept (RFC 5798 §6.1, Accept_Mode)', () => {
  it('has the addresses filtered before they come and until they are gone', () => {
    const host = watched('10.0.0.1', '10.0.0.2', 'fe80::1');
    const { instances, clock, lines } = instancesOn(host);
    const addresses = [vip('10.0.0.1'), vip('10.0.0.2'), vip('fe80::1', { prefix: 64 })];
    instances.configure(configWith(one({ addresses })));
    assert.deepEqual(host.takeDone(), []);
    clock.advance(untilMasterMs);
    assert.deepEqual(relevant(host), [
      'filter 10.0.0.1 10.0.0.2 fe80::1%eth0',
      'add 10.0.0.1/32 to 2',
      'add 10.0.0.2/32 to 2',
      'add fe80::1/64 to 2',
    ]);
    void instances.stop();
    clock.advance(1_000);
    assert.deepEqual(relevant(host), [
      'delete 10.0.0.1/32 from 2',
      'delete 10.0.0.2/32 from 2',
      'delete fe80::1/64 from 2',
      'filter nothing',
    ]);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('error')),
      [],
    );
  });

  it('touches no filter where everything is accepted', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one({ accept: true })));
    clock.advance(untilMasterMs);
    void instances.stop();
    clock.advance(1_000);
    assert.deepEqual(relevant(host), ['add 10.0.0.1/32 to 2', 'delete 10.0.0.1/32 from 2']);
  });

  it('begins and ends with a reload that changes accept, and with one that adds an address', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one({ accept: true })));
    clock.advance(untilMasterMs);
    instances.configure(configWith(one()));
    assert.deepEqual(filtered(host), ['10.0.0.1']);
    host.takeDone();
    instances.configure(configWith(one({ addresses: [vip('10.0.0.1'), vip('10.0.0.2')] })));
    assert.deepEqual(relevant(host), ['filter also 10.0.0.2', 'add 10.0.0.2/32 to 2']);
    instances.configure(configWith(one({ addresses: [vip('10.0.0.2')] })));
    assert.deepEqual(relevant(host), ['delete 10.0.0.1/32 from 2', 'filter no more 10.0.0.1']);
    instances.configure(configWith(one({ accept: true, addresses: [vip('10.0.0.2')] })));
    assert.deepEqual(filtered(host), []);
  });

  it('holds for an address that two have, as long as one of them does not accept', () => {
    const host = watched('10.0.0.1');
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one(), two()));
    clock.advance(untilMasterMs);
    assert.deepEqual(filtered(host), ['10.0.0.1']);
    instances.configure(configWith(one()));
    clock.advance(untilMasterMs);
    assert.deepEqual(filtered(host), ['10.0.0.1']);
  });

  it('ends where the one that accepts keeps the address', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one(), two()));
    clock.advance(untilMasterMs);
    instances.configure(configWith(two()));
    clock.advance(untilMasterMs);
    assert.deepEqual([filtered(host), host.addresses.length], [[], 2]);
  });

  it('follows an address that moves to another instance, either way', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    const other = [vip('10.0.0.2')];
    instances.configure(configWith(one(), two({ addresses: other })));
    clock.advance(untilMasterMs);
    assert.deepEqual(filtered(host), ['10.0.0.1']);
    instances.configure(configWith(one({ addresses: other }), two()));
    assert.deepEqual(filtered(host), ['10.0.0.2']);
    assert.equal(host.addresses.length, 3);
  });

  it('goes on where a process that died left it, with no moment between', () => {
    const host = watched('10.0.0.1');
    const { instances, clock, file } = instancesOn(host);
    instances.configure(configWith(one()));
    clock.advance(untilMasterMs);
    host.takeDone();
    const { instances: next, clock: later } = instancesOn(host, { file });
    next.configure(configWith(one()));
    later.advance(untilMasterMs);
    assert.equal(relevant(host)[0], 'filter 10.0.0.1');
    void next.stop();
    later.advance(1_000);
    assert.deepEqual([filtered(host), host.addresses.length], [[], 1]);
  });

  it('ends with a next start that accepts, and with one that has the address no more', () => {
    for (const config of [one({ accept: true }), one({ addresses: [vip('10.0.0.3')] })]) {
      const host = new FakeHost();
      const { instances, clock, file } = instancesOn(host);
      instances.configure(configWith(one()));
      clock.advance(untilMasterMs);
      const { instances: next, clock: later } = instancesOn(host, { file });
      next.configure(configWith({ ...config, accept: true }));
      later.advance(untilMasterMs);
      assert.deepEqual(filtered(host), []);
    }
  });

  it('makes the table anew where somebody flushed it: at a reload, and with the next change', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one()));
    clock.advance(untilMasterMs);
    host.filtered = [];
    instances.configure(configWith(one()));
    assert.deepEqual(filtered(host), ['10.0.0.1']);
    host.filtered = [];
    instances.configure(configWith(one({ addresses: [vip('10.0.0.1'), vip('10.0.0.2')] })));
    assert.deepEqual(filtered(host), ['10.0.0.1', '10.0.0.2']);
  });

  it('is left as it is by a reload that changes nothing', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one()));
    clock.advance(untilMasterMs);
    host.takeDone();
    instances.configure(configWith(one()));
    assert.deepEqual(relevant(host), []);
  });

  it('says at every start and reload where the kernel cannot, and is master all the same', () => {
    const host = new FakeHost();
    host.failing.add('check the filter').add('filter 10.0.0.1');
    const { instances, clock, lines } = instancesOn(host);
    instances.configure(configWith(one()));
    clock.advance(untilMasterMs);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('error')),
      [
        'error Cannot drop packets to the addresses of VI_1, as no_accept says: Cannot check the filter: no. They ' +
          'are taken while this director is master. Load nf_tables (modprobe nf_tables; CONFIG_NF_TABLES and ' +
          'CONFIG_NF_TABLES_INET in the kernel), or write `accept` into the instance',
        'error Cannot drop packets to 10.0.0.1, as no_accept says: they are taken: Cannot filter 10.0.0.1: no',
      ],
    );
    assert.equal(host.addresses.length, 2);
  });

  it('drops with the next change what a table that could not be made anew has left out', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    const addresses = [vip('10.0.0.1')];
    instances.configure(configWith(one({ addresses })));
    clock.advance(untilMasterMs);
    host.filtered = [];
    for (const table of ['10.0.0.1', '10.0.0.1 10.0.0.2']) host.failing.add(`filter ${table}`);
    addresses.push(vip('10.0.0.2'));
    instances.configure(configWith(one({ addresses: [...addresses] })));
    assert.deepEqual(filtered(host), []);
    host.filtered = [{ address: '10.0.0.9', interface: '' }];
    host.failing.clear();
    addresses.push(vip('10.0.0.3'));
    instances.configure(configWith(one({ addresses: [...addresses] })));
    assert.deepEqual(filtered(host), ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });

  it('goes on dropping what comes for an address that cannot be removed', () => {
    const host = watched('10.0.0.1');
    const { instances, clock } = instancesOn(host);
    instances.configure(configWith(one()));
    clock.advance(untilMasterMs);
    host.failing.add('delete 10.0.0.1/32 from 2');
    void instances.stop();
    clock.advance(1_000);
    assert.deepEqual([filtered(host), host.addresses.length], [['10.0.0.1'], 2]);
  });
});
