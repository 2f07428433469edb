import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Neighbour, Nexthop } from '../../src/addon/addon.ts';
import { type KeptNeighbour, keyOf } from '../../src/host/kept_neighbours.ts';
import { Links } from '../../src/host/links.ts';
import { Neighbours } from '../../src/host/neighbours.ts';
import { FakeHost, linkOf } from '../helpers/fake_host.ts';

/** A memory without a file. */
function kept(...before: readonly KeptNeighbour[]) {
  const all = new Map(before.map((one) => [keyOf(one), one]));
  return {
    all: () => [...all.values()],
    add: (...items: readonly KeptNeighbour[]) => {
      for (const item of items) all.set(keyOf(item), item);
    },
    delete: (...items: readonly KeptNeighbour[]) => {
      for (const item of items) all.delete(keyOf(item));
    },
  };
}

function neighboursOf(host: FakeHost, known: ReadonlyMap<string, Nexthop> = new Map(), memory = kept()) {
  const netlink = new (host.addon().Netlink)();
  const links = new Links(() => netlink.links());
  const changes: string[] = [];
  const neighbours = new Neighbours(netlink, links, {
    known,
    kept: memory,
    changed: (address, nexthop) =>
      changes.push(
        `${address} ${nexthop.kind === 'link' ? `${nexthop.mac} on ${nexthop.index}` : nexthop.kind}`,
      ),
  });
  return { neighbours, links, changes };
}

function entry(mac: string, changes: Partial<Neighbour> = {}): Neighbour {
  return { index: 2, address: '10.0.0.2', mac, state: mac === '' ? 'failed' : 'reachable', ...changes };
}

describe('neighbours', () => {
  it('follow a real server from its first answer to a new MAC', () => {
    const host = new FakeHost();
    const { neighbours, changes } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    neighbours.take({ kind: 'neighbour', removed: false, ...entry('02:00:00:00:00:aa') });
    neighbours.take({ kind: 'neighbour', removed: false, ...entry('02:00:00:00:00:aa', { state: 'stale' }) });
    neighbours.take({ kind: 'neighbour', removed: false, ...entry('02:00:00:00:00:bb') });
    assert.deepEqual(changes, [
      '10.0.0.2 unresolved',
      '10.0.0.2 02:00:00:00:00:aa on 2',
      '10.0.0.2 02:00:00:00:00:bb on 2',
    ]);
  });

  it('are asked for once when real servers share a gateway, and given back with the last of them', () => {
    const host = new FakeHost();
    for (const address of ['192.168.9.1', '192.168.9.2'])
      host.routes.set(address, { kind: 'unicast', index: 2, gateway: '10.0.0.7' });
    const { neighbours } = neighboursOf(host);
    neighbours.follow(['192.168.9.1', '192.168.9.2']);
    neighbours.keepOnly(new Set(['192.168.9.2']));
    neighbours.keepOnly(new Set());
    assert.deepEqual(host.done, ['ensure 10.0.0.7 on 2', 'release 10.0.0.7 on 2']);
  });

  it('move with the route, the new one asked for before the old one is given back', () => {
    const host = new FakeHost();
    const { neighbours } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    host.routes.set('10.0.0.2', { kind: 'unicast', index: 3 });
    neighbours.routesChanged();
    assert.deepEqual(host.done, ['ensure 10.0.0.2 on 2', 'ensure 10.0.0.2 on 3', 'release 10.0.0.2 on 2']);
  });

  it('are what an earlier process left, until the kernel says otherwise', () => {
    const nexthop: Nexthop = {
      kind: 'link',
      index: 2,
      mac: '02:00:00:00:00:aa',
      source: '02:00:00:00:00:02',
    };
    const { neighbours, changes } = neighboursOf(new FakeHost(), new Map([['10.0.0.2', nexthop]]));
    neighbours.follow(['10.0.0.2']);
    assert.deepEqual(changes, ['10.0.0.2 02:00:00:00:00:aa on 2']);
  });

  it('of an earlier process are given back when nobody follows them now', () => {
    const host = new FakeHost();
    const memory = kept({ index: 2, address: '10.0.0.9' }, { index: 2, address: '10.0.0.2' });
    const { neighbours } = neighboursOf(host, new Map(), memory);
    neighbours.follow(['10.0.0.2']);
    neighbours.keepOnly(new Set(['10.0.0.2']));
    assert.deepEqual(host.done, ['ensure 10.0.0.2 on 2', 'release 10.0.0.9 on 2']);
    assert.deepEqual(memory.all(), [{ index: 2, address: '10.0.0.2' }]);
  });

  it('are asked again while they do not answer, and when the entry was removed', () => {
    const host = new FakeHost();
    const { neighbours } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    neighbours.askUnresolved();
    neighbours.take({ kind: 'neighbour', removed: false, ...entry('02:00:00:00:00:aa') });
    neighbours.askUnresolved();
    neighbours.take({ kind: 'neighbour', removed: true, ...entry('02:00:00:00:00:aa') });
    assert.deepEqual(host.done, Array(3).fill('ensure 10.0.0.2 on 2'));
  });

  it('are asked again in turn, a limited number a round', () => {
    const host = new FakeHost();
    const addresses = Array.from({ length: 100 }, (_, at) => `10.0.0.${at + 1}`);
    const { neighbours } = neighboursOf(host);
    neighbours.follow(addresses);
    host.takeDone();
    neighbours.askUnresolved();
    assert.equal(host.done.length, 64);
    neighbours.askUnresolved();
    assert.deepEqual(
      host.done,
      addresses.map((address) => `ensure ${address} on 2`),
    );
  });

  it('are asked again from time to time where the kernel does not keep them itself', () => {
    const host = new FakeHost();
    host.neighbourUpkeep = 'probed';
    const { neighbours } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    neighbours.askProbed();
    assert.deepEqual(host.done, ['ensure 10.0.0.2 on 2', 'ensure 10.0.0.2 on 2']);
  });

  it('send from the MAC that their link has now', () => {
    const host = new FakeHost();
    host.neighbours = [entry('02:00:00:00:00:aa')];
    const { neighbours, links } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    links.take({ ...linkOf(2, 'eth0', { mac: '02:00:00:00:00:cc' }), kind: 'link', removed: false });
    neighbours.linkChanged(2, { cameUp: false });
    assert.deepEqual(neighbours.nexthop('10.0.0.2'), {
      kind: 'link',
      index: 2,
      mac: '02:00:00:00:00:aa',
      source: '02:00:00:00:00:cc',
      mtu: 1500,
    });
  });

  it('take the MTU that their route, or else their link, has now', () => {
    const host = new FakeHost();
    host.neighbours = [entry('02:00:00:00:00:aa')];
    const { neighbours, links } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    const mtu = () => {
      const nexthop = neighbours.nexthop('10.0.0.2');
      return nexthop.kind === 'link' ? nexthop.mtu : nexthop.kind;
    };
    const seen = [mtu()];
    links.take({ ...linkOf(2, 'eth0', { mtu: 1400 }), kind: 'link', removed: false });
    neighbours.linkChanged(2, { cameUp: false });
    seen.push(mtu());
    host.routes.set('10.0.0.2', { kind: 'unicast', index: 2, mtu: 1300 });
    neighbours.routesChanged();
    seen.push(mtu());
    host.routes.delete('10.0.0.2');
    neighbours.routesChanged();
    assert.deepEqual([...seen, mtu()], [1500, 1400, 1300, 1400]);
    assert.deepEqual(host.done, ['ensure 10.0.0.2 on 2']);
  });

  it('name the addresses that no route leads to', () => {
    const host = new FakeHost();
    host.routes.set('10.0.0.2', { kind: 'unreachable', index: 0 });
    const { neighbours } = neighboursOf(host);
    neighbours.follow(['10.0.0.2']);
    assert.deepEqual(neighbours.unreachable(), new Map([['10.0.0.2', 'its route is of kind unreachable']]));
  });
});
