import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isClean, removeAddresses, removeLeftovers } from '../../src/daemon/leftovers.ts';
import { instancePaths } from '../../src/daemon/paths.ts';
import { keptNeighbours } from '../../src/host/kept_neighbours.ts';
import { ownedAddresses } from '../../src/vrrp/owned_addresses.ts';
import { rememberInstances } from '../../src/vrrp/remembered_instances.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-leftovers-'));
after(() => rmSync(directory, { recursive: true }));
const paths = instancePaths('leftovers-test', directory);

describe('what a dead director left', () => {
  it('is removed and named: addresses, pins, files', () => {
    const host = new FakeHost();
    host.addresses = [{ index: 2, address: '10.0.0.1', prefix: 32 }];
    const owned = ownedAddresses(paths.addressesFile, memoryLog().logger);
    owned.add({ interface: 'eth0', address: '10.0.0.1', prefix: 32 });
    owned.add({ interface: 'gone0', address: '10.0.0.2', prefix: 32 });
    keptNeighbours(paths.neighboursFile, memoryLog().logger).add({ index: 2, address: '10.0.0.2' });
    writeFileSync(paths.lockFile, '1\n');
    assert.equal(isClean(paths), false);
    assert.deepEqual(removeLeftovers(host.addon(), paths), {
      removed: ['10.0.0.1/32 on eth0', paths.pinDirectory, paths.lockFile],
      problems: [],
    });
    assert.ok(host.done.includes('release 10.0.0.2 on 2'));
    assert.deepEqual([isClean(paths), host.addresses, existsSync(directory)], [true, [], true]);
  });

  it('stays where a stop shall leave it, with what the next start has to know', () => {
    const host = new FakeHost();
    host.addresses = [{ index: 2, address: '10.0.0.1', prefix: 32 }];
    const owned = ownedAddresses(paths.addressesFile, memoryLog().logger);
    owned.add({ interface: 'eth0', address: '10.0.0.1', prefix: 32 });
    keptNeighbours(paths.neighboursFile, memoryLog().logger).add({ index: 2, address: '10.0.0.2' });
    writeFileSync(paths.lockFile, '1\n');
    const all = { addresses: true, forwarding: true };
    assert.deepEqual(removeLeftovers(host.addon(), paths, all), { removed: [paths.lockFile], problems: [] });
    assert.deepEqual(
      [host.done, existsSync(paths.addressesFile), existsSync(paths.neighboursFile)],
      [[], true, true],
    );
    const addresses = { addresses: true, forwarding: false };
    assert.deepEqual(removeLeftovers(host.addon(), paths, addresses).removed, [paths.pinDirectory]);
    assert.deepEqual([host.addresses.length, existsSync(paths.neighboursFile)], [1, false]);
    removeLeftovers(host.addon(), paths);
    assert.equal(isClean(paths), true);
  });

  it('is removed address by address: one that resists stays known, and keeps no other', () => {
    const host = new FakeHost();
    host.addresses = ['10.0.0.1', '10.0.0.2'].map((address) => ({ index: 2, address, prefix: 32 }));
    host.failing.add('delete 10.0.0.1/32 from 2');
    const owned = () => ownedAddresses(paths.addressesFile, memoryLog().logger);
    owned().add(...['10.0.0.1', '10.0.0.2'].map((address) => ({ interface: 'eth0', address, prefix: 32 })));
    assert.deepEqual(removeLeftovers(host.addon(), paths), {
      removed: ['10.0.0.2/32 on eth0', paths.pinDirectory],
      problems: ['Cannot delete 10.0.0.1/32 from 2: no'],
    });
    assert.deepEqual(owned().all(), [{ interface: 'eth0', address: '10.0.0.1', prefix: 32 }]);
    owned().delete(...owned().all());
  });

  it('drops on what comes for an address that resists, and ends with the last one', () => {
    const host = new FakeHost();
    host.addresses = [{ index: 2, address: '10.0.0.1', prefix: 32 }];
    host.filtered = [{ address: '10.0.0.1', interface: '' }];
    const removal = 'delete 10.0.0.1/32 from 2';
    host.failing.add(removal);
    ownedAddresses(paths.addressesFile, memoryLog().logger).add({
      interface: 'eth0',
      address: '10.0.0.1',
      prefix: 32,
    });
    assert.deepEqual(removeAddresses(host.addon(), paths), {
      removed: [],
      problems: [`Cannot ${removal}: no`],
    });
    assert.equal(host.filtered.length, 1);
    host.failing.clear();
    assert.deepEqual(removeAddresses(host.addon(), paths), {
      removed: ['10.0.0.1/32 on eth0', 'table inet xlb_leftovers-test'],
      problems: [],
    });
    assert.deepEqual([host.addresses, host.filtered], [[], []]);
  });

  it('is not clean while the virtual routers with their passwords are there', () => {
    rememberInstances(paths.vrrpFile, [vrrpInstanceConfig()]);
    assert.equal(isClean(paths), false);
    removeLeftovers(new FakeHost().addon(), paths);
    assert.equal(isClean(paths), true);
  });

  it('is removed as far as possible where one part resists', () => {
    const host = new FakeHost();
    const removal = `remove pins ${paths.pinDirectory}`;
    host.failing.add(removal);
    writeFileSync(paths.lockFile, '1\n');
    assert.deepEqual(removeLeftovers(host.addon(), paths), {
      removed: [paths.lockFile],
      problems: [`Cannot ${removal}: no`],
    });
  });
});
