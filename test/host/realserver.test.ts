import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostAddress, Link, Netlink } from '../../src/addon/addon.ts';
import { realserverDown, realserverUp, virtualAddresses } from '../../src/host/realserver.ts';
import type { RealserverState } from '../../src/host/realserver_memory.ts';

const quiet = {
  'net.ipv4.conf.all.arp_ignore': '1',
  'net.ipv4.conf.all.arp_announce': '2',
  'net.ipv4.conf.lo.arp_ignore': '1',
  'net.ipv4.conf.lo.arp_announce': '2',
};
const fresh = Object.fromEntries(Object.keys(quiet).map((name) => [name, '0']));

/** A machine with lo (1) and eth0 (2): its addresses, its settings and what xlb remembers. */
function machine(settings: Record<string, string> = fresh, addresses: HostAddress[] = []) {
  const host = { settings: { ...settings }, addresses, memory: undefined as RealserverState | undefined };
  const link = (index: number, name: string): Link => {
    return { index, name, mac: '', up: true, running: true, loopback: index === 1, mtu: 1500, type: '' };
  };
  const same = (one: HostAddress) => (other: HostAddress) =>
    one.index === other.index && one.address === other.address && one.prefix === other.prefix;
  const netlink: Pick<Netlink, 'links' | 'addresses' | 'addAddress' | 'deleteAddress'> = {
    links: () => [link(1, 'lo'), link(2, 'eth0')],
    addresses: () => host.addresses,
    addAddress(address) {
      if (host.addresses.some(same(address))) return false;
      host.addresses.push(address);
      return true;
    },
    deleteAddress(address) {
      const left = host.addresses.filter((other) => !same(address)(other));
      const removed = left.length < host.addresses.length;
      host.addresses = left;
      return removed;
    },
  };
  const shell = {
    netlink: netlink as Netlink,
    sysctl: {
      read: (name: string) => host.settings[name] ?? '',
      write: (name: string, value: string) => {
        host.settings[name] = value;
      },
    },
    memory: {
      load: () => host.memory,
      save: (state: RealserverState) => {
        host.memory = state;
      },
    },
  };
  return { host, shell };
}

describe('a machine that becomes a real server', () => {
  it('takes IPv4 and IPv6 addresses on lo and silences ARP', () => {
    const { host, shell } = machine();
    realserverUp(['10.0.0.100', 'fd00::100'], shell);
    assert.deepEqual(host, {
      settings: quiet,
      addresses: [
        { index: 1, address: '10.0.0.100', prefix: 32 },
        { index: 1, address: 'fd00::100', prefix: 128, nodad: true },
      ],
      memory: { addresses: ['10.0.0.100', 'fd00::100'], sysctls: fresh },
    });
  });

  it('changes nothing the second time, says so, and still remembers the first values', () => {
    const { host, shell } = machine();
    realserverUp(['10.0.0.100'], shell);
    const report = realserverUp(['10.0.0.100'], shell);
    assert.deepEqual(
      { ...report, memory: host.memory },
      {
        addresses: [{ address: '10.0.0.100', change: 'already there' }],
        settings: Object.entries(quiet).map(([name, value]) => ({ name, value, change: 'already so' })),
        warnings: [],
        memory: { addresses: ['10.0.0.100'], sysctls: fresh },
      },
    );
  });

  it('leaves a stricter arp_ignore alone', () => {
    const strict = { ...quiet, 'net.ipv4.conf.all.arp_ignore': '8' };
    const { host, shell } = machine(strict);
    realserverUp(['10.0.0.100'], shell);
    assert.deepEqual([host.settings, host.memory?.sysctls], [strict, {}]);
  });

  it('touches no ARP setting for IPv6 addresses', () => {
    const { host, shell } = machine();
    assert.deepEqual(realserverUp(['fd00::100'], shell).settings, []);
    assert.deepEqual(host.settings, fresh);
  });

  it('warns when the address also stands on an interface that the segment sees', () => {
    const { shell } = machine(fresh, [{ index: 2, address: '10.0.0.100', prefix: 24 }]);
    assert.deepEqual(realserverUp(['10.0.0.100'], shell).warnings, [
      '10.0.0.100 is also on eth0: this machine answers for it there and takes the clients from the director',
    ]);
  });
});

describe('a machine that stops being a real server', () => {
  it('restores the settings with the last IPv4 address and not before', () => {
    const { host, shell } = machine();
    realserverUp(['10.0.0.100', '10.0.0.101', 'fd00::100'], shell);
    realserverDown(['10.0.0.100'], shell);
    const between = { ...host.settings };
    const report = realserverDown(['10.0.0.101', '10.0.0.102'], shell);
    assert.deepEqual(
      [between, host.settings, host.memory],
      [quiet, fresh, { addresses: ['fd00::100'], sysctls: {} }],
    );
    assert.deepEqual(report, {
      addresses: [
        { address: '10.0.0.101', change: 'removed' },
        { address: '10.0.0.102', change: 'not there' },
      ],
      settings: Object.keys(quiet).map((name) => ({ name, value: '0', change: 'restored' })),
      warnings: [],
    });
  });

  it('keeps a setting that someone else has changed since', () => {
    const { host, shell } = machine();
    realserverUp(['10.0.0.100'], shell);
    host.settings['net.ipv4.conf.all.arp_ignore'] = '8';
    realserverDown(['10.0.0.100'], shell);
    assert.deepEqual(host.settings, { ...fresh, 'net.ipv4.conf.all.arp_ignore': '8' });
  });

  it('leaves the settings alone when it was not xlb that made it one', () => {
    const { host, shell } = machine(quiet, [{ index: 1, address: '10.0.0.100', prefix: 32 }]);
    assert.deepEqual(realserverDown(['10.0.0.100'], shell), {
      addresses: [{ address: '10.0.0.100', change: 'removed' }],
      settings: [],
      warnings: [],
    });
    assert.deepEqual(host.settings, quiet);
  });
});

describe('virtual addresses on the command line', () => {
  it('are brought to canonical text, each once', () => {
    assert.deepEqual(virtualAddresses(['10.0.0.1/32', 'FD00::0:1', 'fd00::1/128', '10.0.0.1']), [
      '10.0.0.1',
      'fd00::1',
    ]);
  });

  for (const text of ['10.0.0.999', 'eth0', '10.0.0.1/24', '127.0.0.1', '::1', '224.0.0.1', '0.0.0.0', '']) {
    it(`cannot be "${text}"`, () => {
      assert.throws(() => virtualAddresses([text]), {
        code: 'USAGE',
        message: new RegExp(`^Cannot use "${text}" as`),
      });
    });
  }
});
