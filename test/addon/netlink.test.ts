import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { addon, type Link, type Netlink } from '../../src/addon/addon.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

if (await inOwnNamespace(import.meta.url)) {
  describe('Netlink', { timeout: 300_000 }, () => {
    let netlink: Netlink;
    let v0: Link;

    before(() => {
      vethToPeer();
      netlink = new (addon().Netlink)();
      const found = netlink.links().find(({ name }) => name === 'v0');
      assert.ok(found);
      v0 = found;
    });
    after(() => netlink.close());

    const addressesOf = (index: number) =>
      netlink
        .addresses()
        .filter((address) => address.index === index && !address.address.startsWith('fe80'))
        .map(({ address, prefix }) => `${address}/${prefix}`);

    it('lists links with MAC, flags, MTU and kind', () => {
      assert.deepEqual(v0, {
        index: v0.index,
        name: 'v0',
        mac: '02:00:00:09:00:01',
        up: true,
        running: true,
        loopback: false,
        mtu: 1500,
        type: 'veth',
      });
      const lo = netlink.links().find(({ name }) => name === 'lo');
      assert.deepEqual([lo?.mac, lo?.loopback, lo?.type], ['', true, '']);
    });

    it('knows what a driver can do about XDP, where the kernel says it (Linux 6.3)', (test) => {
      const lo = addon().xdpFeatures(1);
      if (lo === undefined) return test.skip('this kernel does not');
      assert.deepEqual(
        [lo, addon().xdpFeatures(v0.index)],
        [
          { native: false, zeroCopy: false },
          { native: true, zeroCopy: false },
        ],
      );
      assert.throws(() => addon().xdpFeatures(4_711), {
        message: 'ask what XDP of interface 4711 can do: No such device',
        code: 'XLB_SYSTEM',
      });
    });

    it('lists IPv4 and IPv6 addresses with prefix and label', () => {
      const expected = [
        { index: v0.index, address: '10.9.0.1', prefix: 24, label: 'v0' },
        { index: v0.index, address: 'fd09::1', prefix: 64 },
      ];
      const found = netlink.addresses().filter(({ address }) => /^(10\.9|fd09)/.test(address));
      assert.deepEqual(found, expected);
    });

    it('adds an IPv4 address with label, scope and broadcast, once, and deletes it, once', () => {
      const vip = { index: v0.index, address: '10.9.1.1', prefix: 32 };
      const all = { ...vip, label: 'v0:vip', scope: 253, broadcast: '10.9.1.255' };
      assert.deepEqual([netlink.addAddress(all), netlink.addAddress(all)], [true, false]);
      assert.match(
        sh('ip -4 address show dev v0'),
        /inet 10\.9\.1\.1\/32 brd 10\.9\.1\.255 scope link v0:vip/,
      );
      assert.deepEqual([netlink.deleteAddress(vip), netlink.deleteAddress(vip)], [true, false]);
      assert.deepEqual(addressesOf(v0.index), ['10.9.0.1/24', 'fd09::1/64']);
    });

    it('adds an IPv6 address that is usable at once and never a source', () => {
      const vip = { index: v0.index, address: 'fd09::1:1', prefix: 128 };
      assert.equal(netlink.addAddress({ ...vip, nodad: true, deprecated: true }), true);
      assert.equal(netlink.addAddress(vip), false);
      const shown = sh('ip -6 address show dev v0 to fd09::1:1');
      assert.match(shown, /inet6 fd09::1:1\/128 scope global (nodad deprecated|deprecated nodad) /);
      assert.match(shown, /valid_lft forever preferred_lft 0sec/);
      assert.deepEqual([netlink.deleteAddress(vip), netlink.deleteAddress(vip)], [true, false]);
    });

    it('takes a deletion on an interface that is gone for an address that is not there', () => {
      assert.equal(netlink.deleteAddress({ index: 4_000, address: '10.9.1.1', prefix: 32 }), false);
      assert.equal(netlink.deleteAddress({ index: 4_000, address: 'fd09::9', prefix: 128 }), false);
    });

    it('answers with a route on the link, through a gateway, and to itself', () => {
      sh('ip route add 10.8.0.0/16 via 10.9.0.2; ip -6 route add fd08::/64 via fd09::2');
      const lo = netlink.links().find(({ name }) => name === 'lo')?.index;
      const { index } = v0;
      assert.deepEqual(
        ['10.9.0.2', '10.8.1.1', '10.9.0.1', 'fd09::2', 'fd08::1', 'fd09::1'].map((to) => netlink.route(to)),
        [
          { kind: 'unicast', index, source: '10.9.0.1' },
          { kind: 'unicast', index, gateway: '10.9.0.2', source: '10.9.0.1' },
          { kind: 'local', index: lo, source: '10.9.0.1' },
          { kind: 'unicast', index, source: 'fd09::1' },
          { kind: 'unicast', index, gateway: 'fd09::2', source: 'fd09::1' },
          { kind: 'local', index: lo, source: 'fd09::1' },
        ],
      );
    });

    it('answers with an IPv6 gateway of an IPv4 route', () => {
      sh('ip route add 10.7.0.0/16 via inet6 fd09::2 dev v0');
      assert.equal(netlink.route('10.7.0.1').gateway, 'fd09::2');
    });

    it('answers with the kind of a route that refuses', () => {
      const kinds = ['blackhole', 'unreachable', 'prohibit'];
      sh(kinds.map((kind, i) => `ip route add ${kind} 10.6.${i}.0/24`).join('\n'));
      sh(kinds.map((kind, i) => `ip -6 route add ${kind} fd06:${i}::/64`).join('\n'));
      const expected = kinds.map((kind) => ({ kind, index: 0 }));
      assert.deepEqual(
        kinds.map((_, i) => netlink.route(`10.6.${i}.1`)),
        expected,
      );
      const withoutSource = (address: string) => {
        const { source: _, ...route } = netlink.route(address);
        return route;
      };
      assert.deepEqual(
        kinds.map((_, i) => withoutSource(`fd06:${i}::1`)),
        expected,
      );
    });

    it('throws ENETUNREACH where there is no route', () => {
      for (const address of ['192.0.2.1', '2001:db8::1'])
        assert.throws(() => netlink.route(address), {
          name: 'Error',
          message: `find the route to ${address}: Network is unreachable`,
          code: 'XLB_SYSTEM',
          errno: 101,
        });
    });

    it('says what was attempted, on what, why, and what the kernel said', () => {
      const attempt = () => netlink.addAddress({ index: 4_000, address: '10.9.1.1', prefix: 32 });
      assert.throws(attempt, (error: Error) => {
        assert.match(
          error.message,
          /^add address 10\.9\.1\.1\/32 to interface 4000: No such device( \(.+\))?$/,
        );
        assert.deepEqual({ ...error }, { code: 'XLB_SYSTEM', errno: 19 });
        return true;
      });
    });

    it('says that it is closed', () => {
      const closed = new (addon().Netlink)();
      closed.close();
      closed.close();
      assert.throws(() => closed.links(), {
        message: 'list links: this Netlink is closed',
        code: 'XLB_ARGUMENT',
        errno: 0,
      });
    });

    it('leaves no descriptor behind when opened and closed a thousand times', () => {
      const descriptors = () => readdirSync('/proc/self/fd').length;
      const before = descriptors();
      for (let i = 0; i < 1_000; i++) new (addon().Netlink)().close();
      assert.equal(descriptors(), before);
    });
  });
}
