import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Config, VirtualAddressConfig } from '../../src/config/model.ts';
import { Instances } from '../../src/vrrp/instances.ts';
import { ownedAddresses } from '../../src/vrrp/owned_addresses.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { configOf, span, vrrpInstanceConfig } from '../helpers/sample_config.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-instances-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

function vip(address: string, changes: Partial<VirtualAddressConfig> = {}): VirtualAddressConfig {
  return { address, prefix: 32, interface: 'eth0', span, ...changes };
}

function configWith(...addresses: readonly VirtualAddressConfig[]): Config {
  return { ...configOf([]), vrrpInstances: [vrrpInstanceConfig({ addresses })] };
}

function instancesOn(host: FakeHost, file = join(directory, `${++files}.json`)) {
  const { announce, Netlink } = host.addon();
  const clock = new FakeClock();
  const { logger: log, lines } = memoryLog();
  const owned = ownedAddresses(file);
  return {
    instances: new Instances({ netlink: new Netlink(), announce, owned, clock, log }),
    clock,
    lines,
    file,
  };
}

describe('vrrp instances', () => {
  it('bring up their addresses and announce them, five times at once and five times later', () => {
    const host = new FakeHost();
    const { instances, clock, lines } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1')));
    assert.deepEqual(host.takeDone(), ['add 10.0.0.1/32 to 2', 'announce 10.0.0.1 on 2 5 times']);
    clock.advance(5_000);
    assert.deepEqual(host.done, ['announce 10.0.0.1 on 2 5 times']);
    assert.deepEqual(lines, [
      'info (VI_1) Entering MASTER STATE',
      'info (VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.1',
      'info (VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.1',
    ]);
  });

  it('make IPv6 usable at once, and not preferred where it is a /128', () => {
    const host = new FakeHost();
    const { instances } = instancesOn(host);
    instances.add(configWith(vip('fd00::1', { prefix: 128 })));
    assert.deepEqual(host.addresses.at(-1), {
      index: 2,
      address: 'fd00::1',
      prefix: 128,
      nodad: true,
      deprecated: true,
    });
  });

  it('take away exactly what they brought', () => {
    const host = new FakeHost();
    host.addresses = [{ index: 2, address: '10.0.0.9', prefix: 32 }];
    const { instances } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1'), vip('10.0.0.9')));
    instances.stop();
    assert.deepEqual(host.addresses, [{ index: 2, address: '10.0.0.9', prefix: 32 }]);
  });

  it('own again what a process that died had brought', () => {
    const host = new FakeHost();
    const { instances, file } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1'), vip('10.0.0.2')));
    const next = instancesOn(host, file).instances;
    next.add(configWith(vip('10.0.0.1')));
    host.takeDone();
    next.removeOthers(configWith(vip('10.0.0.1')));
    next.stop();
    assert.deepEqual(host.done, ['delete 10.0.0.2/32 from 2', 'delete 10.0.0.1/32 from 2']);
    assert.deepEqual(ownedAddresses(file).all(), []);
  });

  it('announce on a reload only what is new, and never what went meanwhile', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1')));
    host.takeDone();
    const config = configWith(vip('10.0.0.2', { interface: 'eth1' }));
    instances.add(config);
    instances.removeOthers(config);
    clock.advance(5_000);
    assert.deepEqual(host.done, [
      'add 10.0.0.2/32 to 3',
      'announce 10.0.0.2 on 3 5 times',
      'delete 10.0.0.1/32 from 2',
      'announce 10.0.0.2 on 3 5 times',
    ]);
  });

  it('change a prefix: a new IPv4 address before the old one goes, an IPv6 address at its place', () => {
    const host = new FakeHost();
    const { instances, file } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1'), vip('fd00::1', { prefix: 128 })));
    host.takeDone();
    const config = configWith(vip('10.0.0.1', { prefix: 24 }), vip('fd00::1', { prefix: 64 }));
    instances.add(config);
    instances.removeOthers(config);
    assert.deepEqual(host.done, [
      'delete fd00::1/128 from 2',
      'add 10.0.0.1/24 to 2',
      'add fd00::1/64 to 2',
      'announce 10.0.0.1 on 2 5 times',
      'announce fd00::1 on 2 5 times',
      'delete 10.0.0.1/32 from 2',
    ]);
    assert.deepEqual(
      ownedAddresses(file)
        .all()
        .map(({ address, prefix }) => `${address}/${prefix}`),
      ['10.0.0.1/24', 'fd00::1/64'],
    );
  });

  it('put back an address that someone removed when they are reloaded', () => {
    const host = new FakeHost();
    const { instances } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1'), vip('10.0.0.2')));
    host.takeDone();
    host.addresses = host.addresses.filter(({ address }) => address !== '10.0.0.2');
    instances.add(configWith(vip('10.0.0.1'), vip('10.0.0.2')));
    assert.deepEqual(host.done, ['add 10.0.0.2/32 to 2', 'announce 10.0.0.2 on 2 5 times']);
  });

  it('go on with the others where one address cannot be added', () => {
    const host = new FakeHost();
    host.failing.add('add 10.0.0.1/32 to 2');
    const { instances, lines } = instancesOn(host);
    instances.add(configWith(vip('10.0.0.1'), vip('10.0.0.2')));
    assert.deepEqual(
      lines.filter((line) => line.startsWith('error')),
      ['error (VI_1) Cannot add 10.0.0.1/32 on eth0: Cannot add 10.0.0.1/32 to 2: no'],
    );
    assert.deepEqual(host.addresses.at(-1), { index: 2, address: '10.0.0.2', prefix: 32 });
  });
});
