import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Neighbour, NeighbourState, Nexthop } from '../../src/addon/addon.ts';
import { nexthopOf, type Path, pathOf } from '../../src/host/nexthop.ts';
import { linkOf } from '../helpers/fake_host.ts';

const eth0 = linkOf(2, 'eth0');
const path: Path = { kind: 'neighbour', index: 2, address: '10.0.0.2' };
const unresolved: Nexthop = { kind: 'unresolved' };
const known: Nexthop = { kind: 'link', index: 2, mac: '02:00:00:00:00:aa', source: eth0.mac, mtu: 1500 };

function neighbour(state: NeighbourState, mac = '02:00:00:00:00:aa'): Neighbour {
  return { index: 2, address: '10.0.0.2', mac, state };
}

describe('the path to a real server', () => {
  it('leads through its own neighbour on its link', () => {
    assert.deepEqual(pathOf('10.0.0.2', { kind: 'unicast', index: 2 }), path);
  });

  it('leads through the neighbour of its gateway behind one', () => {
    assert.deepEqual(pathOf('192.168.9.9', { kind: 'unicast', index: 2, gateway: '10.0.0.2' }), path);
  });

  it('ends here where the real server is the director itself', () => {
    assert.deepEqual(pathOf('10.0.0.254', { kind: 'local', index: 1 }), { kind: 'local' });
  });

  it('does not exist where the route says so', () => {
    assert.deepEqual(pathOf('10.9.9.9', { kind: 'blackhole', index: 0 }), {
      kind: 'none',
      reason: 'its route is of kind blackhole',
    });
  });
});

describe('the next hop', () => {
  it('is the neighbour in every state in which the kernel would send to it', () => {
    for (const state of ['reachable', 'stale', 'delay', 'probe', 'permanent', 'noarp'] as const)
      assert.deepEqual(
        nexthopOf(path, { link: eth0, neighbour: neighbour(state) }, unresolved),
        known,
        state,
      );
  });

  it('is unresolved while the neighbour has not answered', () => {
    assert.deepEqual(
      nexthopOf(path, { link: eth0, neighbour: neighbour('incomplete', '') }, unresolved),
      unresolved,
    );
  });

  it('stays what it was when the neighbour stops answering', () => {
    assert.deepEqual(nexthopOf(path, { link: eth0, neighbour: neighbour('failed', '') }, known), known);
  });

  it('does not stay when the path has moved to another link', () => {
    const elsewhere: Path = { ...path, index: 3 };
    assert.deepEqual(
      nexthopOf(elsewhere, { link: linkOf(3, 'eth1'), neighbour: undefined }, known),
      unresolved,
    );
  });

  it('follows the MAC of the link that frames leave from', () => {
    const link = linkOf(2, 'eth0', { mac: '02:00:00:00:00:bb' });
    assert.deepEqual(nexthopOf(path, { link, neighbour: undefined }, known), { ...known, source: link.mac });
  });

  it("takes packets of its route's MTU, or of its link's where the route has none", () => {
    const link = linkOf(2, 'eth0', { mtu: 9000 });
    const through = (route: Path) =>
      nexthopOf(route, { link, neighbour: neighbour('reachable') }, unresolved);
    assert.deepEqual(
      [through(path), through(pathOf('10.0.0.2', { kind: 'unicast', index: 2, mtu: 1300 }))],
      [
        { ...known, mtu: 9000 },
        { ...known, mtu: 1300 },
      ],
    );
  });

  it('takes packets of the MTU that there is now while the neighbour does not answer', () => {
    const link = linkOf(2, 'eth0', { mtu: 1400 });
    assert.deepEqual(nexthopOf(path, { link, neighbour: undefined }, known), { ...known, mtu: 1400 });
  });

  it('is unresolved on a link without MACs', () => {
    const tunnel = linkOf(2, 'tun0', { mac: '' });
    assert.deepEqual(
      nexthopOf(path, { link: tunnel, neighbour: neighbour('noarp') }, unresolved),
      unresolved,
    );
  });

  it('is local for the director itself', () => {
    assert.deepEqual(nexthopOf({ kind: 'local' }, { link: undefined, neighbour: undefined }, known), {
      kind: 'local',
    });
  });
});
