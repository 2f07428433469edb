import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { borrowedSettings } from '../../src/vrrp/borrowed_sysctls.ts';
import { Macvlans, onMacvlan } from '../../src/vrrp/macvlans.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { noSysctl } from '../helpers/fake_vrrp_worker.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';

describe('use_vmac of single addresses', () => {
  const macvlan = { name: 'vrrp.51', mac: '00:00:5e:00:01:33', parent: 'eth1' };
  const own = { address: '10.0.0.1', prefix: 32, interface: 'eth0', span };
  const elsewhere = { address: '10.0.1.1', prefix: 32, interface: 'eth1', macvlan, span };
  const further = { ...elsewhere, address: '10.0.1.2' };
  const config = onMacvlan(vrrpInstanceConfig({ addresses: [own, elsewhere, further] }));

  it('puts them on the macvlan, and leaves the others where they are', () => {
    assert.deepEqual(
      config.addresses.map((one) => one.interface),
      ['eth0', 'vrrp.51', 'vrrp.51'],
    );
  });

  it('makes one macvlan for all of an interface, and removes it when nobody wants it', () => {
    const host = new FakeHost();
    const { logger: log, lines } = memoryLog();
    const { Netlink } = host.addon();
    const macvlans = new Macvlans({
      netlink: new Netlink(),
      log,
      owner: 'test',
      sysctl: noSysctl,
      borrowed: borrowedSettings('/none/sysctls.json', memoryLog().logger),
    });
    macvlans.ensure([config]);
    macvlans.removeOthers([config]);
    const made = host.takeDone();
    macvlans.removeOthers([]);
    assert.deepEqual(
      { made, removed: host.takeDone(), lines },
      {
        made: ['add macvlan vrrp.51 on 3 with 00:00:5e:00:01:33', 'set link 4 up'],
        removed: ['delete link 4'],
        lines: [],
      },
    );
  });
});
