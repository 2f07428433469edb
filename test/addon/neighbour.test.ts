import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { addon, type HostEvent, type Netlink } from '../../src/addon/addon.ts';
import { HostEvents } from '../helpers/host_events.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

/** True for an event that shows `address` at `mac`. */
const at = (address: string, mac: string) => (event: HostEvent) =>
  event.kind === 'neighbour' && !event.removed && event.address === address && event.mac === mac;

if (await inOwnNamespace(import.meta.url)) {
  describe('a neighbour', { timeout: 300_000 }, () => {
    let netlink: Netlink;
    let index: number;
    let events: HostEvents;

    before(() => {
      vethToPeer();
      // A host that changes its MAC says so, as a real server that took over an address does.
      sh(`ip netns exec peer sh -c 'echo 1 >/proc/sys/net/ipv4/conf/p0/arp_notify
                                    echo 1 >/proc/sys/net/ipv6/conf/p0/ndisc_notify'`);
      netlink = new (addon().Netlink)();
      index = netlink.links().find(({ name }) => name === 'v0')?.index ?? 0;
    });
    after(() => netlink.close());
    beforeEach(() => {
      sh('ip -n peer link set p0 address 02:00:00:09:00:02; ip neigh flush dev v0 nud all');
      events = new HostEvents();
    });
    afterEach(() => events.close());

    const shown = (address: string) => sh(`ip neigh show ${address} dev v0 nud all`);
    const entry = (address: string) => netlink.neighbours().find((known) => known.address === address);

    for (const address of ['10.9.0.2', 'fd09::2']) {
      it(`${address} is resolved and kept by the kernel once asked for`, async () => {
        assert.equal(netlink.ensureNeighbour(index, address), 'managed');
        await events.first(at(address, '02:00:00:09:00:02'));
        const { mac, state, ...key } = entry(address) ?? assert.fail('no entry');
        assert.deepEqual([mac, key], ['02:00:00:09:00:02', { index, address }]);
        assert.ok(['reachable', 'stale', 'delay', 'probe'].includes(state), state);
        assert.match(shown(address), /\bmanaged\b/);
        assert.equal(netlink.ensureNeighbour(index, address), 'managed');
      });

      it(`${address} is followed when its MAC changes`, async () => {
        netlink.ensureNeighbour(index, address);
        await events.first(at(address, '02:00:00:09:00:02'));
        sh('ip -n peer link set p0 address 02:00:00:09:00:99');
        await events.first(at(address, '02:00:00:09:00:99'));
        assert.equal(entry(address)?.mac, '02:00:00:09:00:99');
      });

      it(`${address} becomes ordinary again when released, its MAC kept`, async () => {
        netlink.ensureNeighbour(index, address);
        await events.first(at(address, '02:00:00:09:00:02'));
        netlink.releaseNeighbour(index, address);
        assert.doesNotMatch(shown(address), /\bmanaged\b/);
        assert.equal(entry(address)?.mac, '02:00:00:09:00:02');
        netlink.releaseNeighbour(index, address);
      });

      it(`${address} set by the administrator is left as it is`, () => {
        sh(`ip neigh replace ${address} lladdr 02:00:00:00:00:77 dev v0 nud permanent`);
        const asSet = shown(address);
        assert.equal(netlink.ensureNeighbour(index, address), 'managed');
        assert.equal(shown(address), asSet);
        netlink.releaseNeighbour(index, address);
        assert.equal(shown(address), asSet);
        sh(`ip neigh delete ${address} dev v0`);
      });
    }

    it('that another daemon learned stays marked as learned', () => {
      sh('ip neigh replace 10.9.0.7 lladdr 02:00:00:00:00:07 dev v0 nud reachable extern_learn');
      assert.equal(netlink.ensureNeighbour(index, '10.9.0.7'), 'managed');
      assert.match(shown('10.9.0.7'), /managed.*extern_learn|extern_learn.*managed/);
      netlink.releaseNeighbour(index, '10.9.0.7');
      assert.match(shown('10.9.0.7'), /extern_learn/);
      sh('ip neigh delete 10.9.0.7 dev v0');
    });

    it('that nobody answers for has no MAC', () => {
      netlink.ensureNeighbour(index, '10.9.0.250');
      assert.deepEqual(entry('10.9.0.250'), { index, address: '10.9.0.250', mac: '', state: 'incomplete' });
    });

    it('that is not there, or whose interface is not, can be released', () => {
      netlink.releaseNeighbour(index, '10.9.0.251');
      netlink.releaseNeighbour(4_000, '10.9.0.251');
    });

    it('on an interface that is not there is an error', () => {
      assert.throws(() => netlink.ensureNeighbour(4_000, '10.9.0.2'), { code: 'XLB_SYSTEM', errno: 19 });
    });
  });
}
