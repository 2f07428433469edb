import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addon, type NewAddress, type RouteSpec, type RuleSpec } from '../../src/addon/addon.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');

if (await inOwnNamespace(import.meta.url)) {
  describe('Netlink', { timeout: 300_000 }, () => {
    const netlink = new (addon().Netlink)();
    let index: number;

    before(() => {
      vethToPeer();
      index = netlink.links().find(({ name }) => name === 'v0')?.index ?? 0;
    });
    after(() => netlink.close());

    /** `route` as ip-route shows it; added and deleted twice, the second time without effect. */
    function shown(route: RouteSpec, table = 100): string[] {
      const inTable = { table, ...route };
      const family = `-${route.family}`;
      assert.deepEqual([netlink.addRoute(inTable), netlink.addRoute(inTable)], [true, false]);
      const seen = lines(sh(`ip ${family} route show table ${table} proto keepalived`));
      assert.deepEqual([netlink.deleteRoute(inTable), netlink.deleteRoute(inTable)], [true, false]);
      assert.deepEqual(lines(sh(`ip ${family} route show table ${table} proto keepalived`)), []);
      return seen;
    }

    const to4 = { family: 4, destination: '10.50.0.0/16', type: 'unicast' } as const;
    const to6 = { family: 6, destination: 'fd50::/32', type: 'unicast' } as const;

    it('adds and deletes routes through a gateway, a device, or to nowhere', () => {
      assert.deepEqual(shown({ ...to4, gateway: '10.9.0.2' }), ['10.50.0.0/16 via 10.9.0.2 dev v0']);
      assert.deepEqual(shown({ ...to4, index, source: '10.9.0.1', metric: 7 }), [
        '10.50.0.0/16 dev v0 scope link src 10.9.0.1 metric 7',
      ]);
      assert.deepEqual(shown({ family: 4, destination: '0.0.0.0/0', type: 'blackhole', tos: 16 }), [
        'blackhole default tos 0x10',
      ]);
      assert.deepEqual(shown({ ...to4, gateway: '10.77.0.1', index, onlink: true, scope: 200 }), [
        '10.50.0.0/16 via 10.77.0.1 dev v0 scope site onlink',
      ]);
      assert.deepEqual(shown({ ...to6, gateway: 'fd09::2', source: 'fd09::1' }), [
        'fd50::/32 via fd09::2 dev v0 src fd09::1 metric 1024 pref medium',
      ]);
      assert.deepEqual(shown({ ...to6, index, from: 'fd51::/64', metric: 3 }), [
        'fd50::/32 from fd51::/64 dev v0 metric 3 pref medium',
      ]);
      assert.deepEqual(shown({ family: 6, destination: '::/0', type: 'unreachable', metric: 3 }), [
        'unreachable default dev lo metric 3 pref medium',
      ]);
      assert.deepEqual(shown({ ...to4, gateway: 'fd09::2', index }), [
        '10.50.0.0/16 via inet6 fd09::2 dev v0',
      ]);
    });

    it('adds routes with metrics, locked ones too, in the units of ip-route', () => {
      const metrics = {
        mtu: 1400,
        advmss: 1360,
        hoplimit: 9,
        rtt: 100,
        rto_min: 40,
        initcwnd: 12,
        quickack: 1,
      };
      assert.deepEqual(shown({ ...to4, gateway: '10.9.0.2', metrics, locked: ['mtu'] }), [
        '10.50.0.0/16 via 10.9.0.2 dev v0 mtu lock 1400 rtt 100ms advmss 1360 ' +
          'hoplimit 9 initcwnd 12 rto_min 40ms quickack 1',
      ]);
    });

    it('adds routes with several next hops', () => {
      sh('ip address add 10.8.0.1/24 dev v0');
      const nextHops = [
        { gateway: '10.9.0.2', weight: 1, onlink: false },
        { gateway: '10.78.0.2', index, weight: 256, onlink: true },
      ];
      assert.deepEqual(shown({ ...to4, nextHops }), [
        '10.50.0.0/16',
        'nexthop via 10.9.0.2 dev v0 weight 1',
        'nexthop via 10.78.0.2 dev v0 weight 256 onlink',
      ]);
      const many = Array.from({ length: 300 }, () => ({
        gateway: '10.9.0.2',
        index,
        weight: 1,
        onlink: false,
      }));
      assert.throws(() => netlink.addRoute({ ...to4, nextHops: many }), {
        message: 'add route 10.50.0.0/16: more than 4096 bytes to say it',
        code: 'XLB_LIMIT',
      });
    });

    it("leaves another protocol's route alone", () => {
      sh('ip route add 10.50.0.0/16 via 10.9.0.2 proto static');
      assert.equal(netlink.addRoute({ ...to4, gateway: '10.9.0.2' }), false);
      assert.equal(netlink.deleteRoute({ ...to4, gateway: '10.9.0.2' }), false);
      sh('ip route delete 10.50.0.0/16');
    });

    it('says which route it cannot add, and why', () => {
      assert.throws(() => netlink.addRoute({ ...to4, gateway: '10.99.0.1' }), {
        message: /^add route 10.50.0.0\/16 via 10.99.0.1: Network is unreachable .*invalid gateway/,
        errno: 101,
      });
      assert.throws(() => netlink.addRoute({ ...to4, destination: 'fd50::/32' }), {
        message: /route.destination must be a prefix like 10.0.0.0\/8, got "fd50::\/32"/,
      });
      assert.throws(() => netlink.addRoute({ ...to4, index, metrics: { mtuu: 3 } }), {
        message: /route.metrics must be of RTAX_\* names \(mtuu is none\)/,
      });
    });

    /** `rule` as ip-rule shows it; added and deleted twice, the second time without effect. */
    function shownRule(rule: RuleSpec): string[] {
      const list = () =>
        lines(sh(`ip -${rule.family} rule show`)).filter((line) => line.endsWith('keepalived'));
      assert.deepEqual([netlink.addRule(rule), netlink.addRule(rule)], [true, false]);
      const seen = list();
      assert.deepEqual([netlink.deleteRule(rule), netlink.deleteRule(rule)], [true, false]);
      assert.deepEqual(list(), []);
      return seen;
    }

    it('adds and deletes rules', () => {
      const rule4 = { family: 4, action: 'lookup', table: 1000, priority: 500 } as const;
      assert.deepEqual(shownRule({ ...rule4, from: '10.50.0.0/16', to: '10.51.0.0/24' }), [
        '500: from 10.50.0.0/16 to 10.51.0.0/24 lookup 1000 proto keepalived',
      ]);
      assert.deepEqual(
        shownRule({
          ...rule4,
          not: true,
          from: '0.0.0.0/0',
          fwmark: 0x10,
          fwmask: 0xf0,
          inputInterface: 'v0',
          outputInterface: 'later0',
          ipProtocol: 6,
          sourcePorts: [1, 2],
          destinationPorts: [80, 80],
          users: [0, 5],
          suppressPrefixLength: 0,
        }),
        [
          '500: not from all fwmark 0x10/0xf0 iif v0 oif later0 [detached] uidrange 0-5 ipproto tcp ' +
            'sport 1-2 dport 80 lookup 1000 suppress_prefixlength 0 proto keepalived',
        ],
      );
      assert.deepEqual(shownRule({ family: 6, action: 'prohibit', priority: 7, to: 'fd50::/64' }), [
        '7: from all to fd50::/64 prohibit proto keepalived',
      ]);
      assert.deepEqual(shownRule({ family: 6, action: 'goto', target: 32_766, priority: 7, tos: 16 }), [
        '7: from all tos 0x10 goto 32766 proto keepalived',
      ]);
    });

    it('makes a private macvlan with the MAC of a virtual router, and deletes it', () => {
      const mac = '00:00:5e:00:01:33';
      const made = netlink.addMacvlan({ name: 'vrrp.51', parent: index, mac, group: 3, alias: 'xlb:VI_1' });
      assert.deepEqual(
        netlink.links().filter((link) => link.index === made),
        [
          {
            index: made,
            name: 'vrrp.51',
            mac,
            up: false,
            running: false,
            loopback: false,
            mtu: 1500,
            type: 'macvlan',
            parent: index,
            alias: 'xlb:VI_1',
          },
        ],
      );
      const [details = ''] = lines(sh('ip -d link show vrrp.51').replaceAll('\n', ' '));
      assert.match(details, /macvlan mode private/);
      assert.match(details, /group 3/);
      assert.match(details, /addrgenmode none/);
      netlink.setLinkUp(made, true);
      assert.deepEqual(lines(sh('ip -6 address show vrrp.51')), []); // no link-local
      assert.equal(netlink.links().find((link) => link.index === made)?.up, true);
      netlink.setLinkUp(made, false);
      assert.throws(() => netlink.addMacvlan({ name: 'vrrp.51', parent: index, mac }), {
        message: 'add macvlan vrrp.51 on v0: File exists',
        errno: 17,
      });
      assert.deepEqual([netlink.deleteLink(made), netlink.deleteLink(made)], [true, false]);
      assert.throws(() => netlink.addMacvlan({ name: 'a-name-that-is-too-long', parent: index, mac }), {
        message: /: the name of an interface has 1 to 15 bytes$/,
      });
      assert.throws(() => netlink.setLinkUp(made, true), { errno: 19 });
    });

    it('adds addresses with everything that ip-address knows', () => {
      const add = (address: Omit<NewAddress, 'index'>): string[] => {
        const whole = { index, ...address };
        assert.equal(netlink.addAddress(whole), true);
        const seen = lines(sh('ip address show dev v0').replaceAll(/\n\s+valid/g, ' valid'));
        assert.deepEqual([netlink.deleteAddress(whole), netlink.deleteAddress(whole)], [true, false]);
        return seen.filter((line) => line.includes(` ${address.address}`));
      };
      assert.deepEqual(add({ address: '10.60.0.1', prefix: 24, peer: '10.61.0.2', label: 'v0:1' }), [
        'inet 10.60.0.1 peer 10.61.0.2/24 scope global v0:1 valid_lft forever preferred_lft forever',
      ]);
      assert.deepEqual(add({ address: '10.60.0.1', prefix: 24, noPrefixRoute: true, preferredLifetime: 0 }), [
        'inet 10.60.0.1/24 scope global deprecated noprefixroute v0 valid_lft forever preferred_lft forever',
      ]);
      const six = { address: 'fd60::1', prefix: 64, nodad: true };
      assert.deepEqual(add({ ...six, home: true, mngTmpAddr: true, noPrefixRoute: true }), [
        'inet6 fd60::1/64 scope global nodad home mngtmpaddr noprefixroute valid_lft forever preferred_lft forever',
      ]);
      assert.deepEqual(add({ ...six, preferredLifetime: 1_000 }), [
        'inet6 fd60::1/64 scope global nodad valid_lft forever preferred_lft 1000sec',
      ]);
      assert.deepEqual(add({ ...six, peer: 'fd61::1', deprecated: true }), [
        'inet6 fd60::1 peer fd61::1/64 scope global nodad deprecated valid_lft forever preferred_lft 0sec',
      ]);
      assert.deepEqual(add({ address: '239.1.2.3', prefix: 32, autoJoin: true }), [
        'inet 239.1.2.3/32 scope global autojoin v0 valid_lft forever preferred_lft forever',
      ]);
    });

    it("shows a point-to-point address's other end", () => {
      sh('ip address add 10.62.0.1 peer 10.62.0.2/32 dev v0');
      assert.deepEqual(
        netlink.addresses().filter(({ address }) => address === '10.62.0.1'),
        [{ index, address: '10.62.0.1', prefix: 32, label: 'v0', peer: '10.62.0.2' }],
      );
      sh('ip address delete 10.62.0.1 peer 10.62.0.2/32 dev v0');
    });
  });
}
