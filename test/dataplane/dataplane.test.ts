import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import { Dataplane } from '../../src/dataplane/dataplane.ts';
import type { Wanted } from '../../src/dataplane/messages.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost, linkOf, tableOf } from '../helpers/fake_host.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-dataplane-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

const web: VirtualServerSpec = {
  protocol: 'TCP',
  address: '10.0.0.1',
  port: 80,
  scheduler: 'rr',
  destinations: [{ address: '10.0.0.2', weight: 1 }],
};
const dns: VirtualServerSpec = {
  ...web,
  protocol: 'UDP',
  port: 53,
  destinations: [{ address: '10.0.0.3', weight: 2 }],
};

function wish(virtualServers: readonly VirtualServerSpec[], names: readonly string[] = ['eth0']): Wanted {
  const interfaces = { names, addresses: [], datapath: 'auto' } as const;
  return { virtualServers, realServers: [], interfaces, markRules: [], settings: {} };
}

function dataplaneOn(host: FakeHost) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const neighboursFile = join(directory, `${++files}.json`);
  const options = { pinDirectory: '/pins', neighboursFile, limits: { flowSlots: 2_000 } };
  const log = (level: string, message: string) => void lines.push(`${level} ${message}`);
  return {
    dataplane: new Dataplane(host.addon(), options, { clock, log, tell: () => undefined }),
    clock,
    lines,
  };
}

describe('a dataplane', () => {
  it('sets next hops before virtual servers, and both before the program is attached', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    const applied = dataplane.want(wish([web]));
    assert.deepEqual(host.done, [
      'ensure 10.0.0.2 on 2',
      'nexthop 10.0.0.2: unresolved',
      'set TCP 10.0.0.1:80 rr: 10.0.0.2=1',
      'attach 2 auto',
    ]);
    assert.deepEqual(applied, { interfaces: [{ name: 'eth0', mode: 'native' }], problems: [] });
  });

  it('removes what is no longer wanted only after the rest is done', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.takeDone();
    dataplane.want(wish([dns], ['eth1']));
    assert.deepEqual(host.done, [
      'ensure 10.0.0.3 on 2',
      'nexthop 10.0.0.3: unresolved',
      'set UDP 10.0.0.1:53 rr: 10.0.0.3=2',
      'attach 3 auto',
      'remove TCP 10.0.0.1:80',
      'detach 2',
      'release 10.0.0.2 on 2',
    ]);
  });

  it('keeps a real server resolved that is out of service', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    dataplane.want({ ...wish([web]), realServers: ['10.0.0.2'] });
    host.takeDone();
    dataplane.want({ ...wish([{ ...web, destinations: [] }]), realServers: ['10.0.0.2'] });
    assert.deepEqual(host.done, ['set TCP 10.0.0.1:80 rr: ']);
  });

  it('leaves alone what it adopted and what is wanted as it is', () => {
    const host = new FakeHost();
    const nexthop = {
      kind: 'link',
      index: 2,
      mac: '02:00:00:00:00:aa',
      source: '02:00:00:00:00:02',
    } as const;
    host.adopted = true;
    host.tables = [tableOf(web, nexthop), tableOf(dns)];
    host.attached.set(2, { index: 2, mode: 'native', adopted: true });
    const { dataplane } = dataplaneOn(host);
    dataplane.want(wish([web]));
    assert.deepEqual(host.done, [
      'ensure 10.0.0.2 on 2',
      'nexthop 10.0.0.2: 02:00:00:00:00:aa on 2',
      'attach 2 auto',
      'remove UDP 10.0.0.1:53',
    ]);
  });

  it('sets settings and mark rules at first, also after a restart, and then where they differ', () => {
    const host = new FakeHost();
    const rule = { fwmark: 7, prefix: '10.9.0.0/16' };
    const first = { ...wish([web]), settings: { connReuseMode: 1 } };
    const second = { ...wish([web]), settings: { connReuseMode: 0 }, markRules: [rule] };
    const { dataplane } = dataplaneOn(host);
    for (const wanted of [first, first, second, second]) dataplane.want(wanted);
    dataplaneOn(host).dataplane.want(second);
    assert.deepEqual(
      { settings: host.settings, markRules: host.markRules },
      {
        settings: [{ connReuseMode: 1 }, { connReuseMode: 0 }, { connReuseMode: 0 }],
        markRules: [[], [rule], [rule]],
      },
    );
  });

  it('tries settings again that were refused', () => {
    const host = new FakeHost();
    const { dataplane, clock } = dataplaneOn(host);
    host.failing.add('set settings');
    assert.deepEqual(dataplane.want(wish([web])).problems, ['Cannot set settings: no']);
    host.failing.clear();
    clock.advance(1_000);
    assert.deepEqual(host.settings, [{}]);
  });

  it('frees the address of a group before another virtual server takes it', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    const other = { protocol: 'TCP', address: '10.0.0.1', port: 81 } as const;
    dataplane.want(wish([{ ...web, members: [other] }]));
    host.takeDone();
    dataplane.want(wish([{ ...web, ...other }, web]));
    assert.deepEqual(host.done, ['set TCP 10.0.0.1:80 rr: 10.0.0.2=1', 'set TCP 10.0.0.1:81 rr: 10.0.0.2=1']);
  });

  it('carries out the rest of a wish of which one part fails, and tries that part again with the next', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    const setWeb = 'set TCP 10.0.0.1:80 rr: 10.0.0.2=1';
    host.failing.add(setWeb);
    assert.deepEqual(dataplane.want(wish([web, dns])).problems, [`Cannot ${setWeb}: no`]);
    host.failing.clear();
    host.takeDone();
    dataplane.want(wish([web, dns]));
    assert.deepEqual(host.done, [setWeb]);
  });

  it('removes a virtual server also where the last change of it failed', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.failing.add('set TCP 10.0.0.1:80 rr: 10.0.0.2=5');
    dataplane.want(wish([{ ...web, destinations: [{ address: '10.0.0.2', weight: 5 }] }]));
    host.takeDone();
    dataplane.want(wish([dns]));
    assert.deepEqual(
      host.done.filter((line) => line.startsWith('remove')),
      ['remove TCP 10.0.0.1:80'],
    );
  });

  it('tries again by itself what failed, and tells the failure once', () => {
    const host = new FakeHost();
    const { dataplane, clock, lines } = dataplaneOn(host);
    const setWeb = 'set TCP 10.0.0.1:80 rr: 10.0.0.2=1';
    host.failing.add(setWeb);
    dataplane.want(wish([web]));
    clock.advance(2_000);
    host.failing.clear();
    clock.advance(5_000);
    assert.equal(host.done.filter((what) => what === setWeb).length, 4);
    assert.deepEqual(lines, ['info Attached XDP on eth0, native']);
  });

  it('says that an interface lost its carrier, and that it has it again', () => {
    const host = new FakeHost();
    const { dataplane, lines } = dataplaneOn(host);
    dataplane.want(wish([]));
    for (const running of [false, true])
      host.tell({ ...linkOf(2, 'eth0', { running }), kind: 'link', removed: false });
    assert.deepEqual(lines.slice(1), [
      'warn Interface eth0 is down: nothing is forwarded there',
      'info Interface eth0 is up',
    ]);
  });

  it('sets a next hop again that the tables refused', () => {
    const host = new FakeHost();
    const { dataplane, clock, lines } = dataplaneOn(host);
    dataplane.want(wish([web]));
    const mac = '02:00:00:00:00:bb';
    const setNexthop = `nexthop 10.0.0.2: ${mac} on 2`;
    host.failing.add(setNexthop);
    host.tell({ kind: 'neighbour', removed: false, index: 2, address: '10.0.0.2', mac, state: 'reachable' });
    clock.advance(1_000);
    host.failing.clear();
    clock.advance(3_000);
    assert.equal(host.done.filter((what) => what === setNexthop).length, 3);
    assert.deepEqual(lines.slice(1), [`warn Cannot reach 10.0.0.2: Cannot ${setNexthop}: no`]);
  });

  it('says that the neighbour table is too small, once', () => {
    const host = new FakeHost();
    const many = Array.from({ length: 200 }, (_, at) => ({ address: `10.0.1.${at + 1}`, weight: 1 }));
    const { dataplane, clock, lines } = dataplaneOn(host);
    dataplane.want(wish([{ ...web, destinations: many }], []));
    for (let second = 0; second < 3; second++) {
      for (const { address } of many)
        host.tell({ kind: 'neighbour', removed: true, index: 2, address, mac: '', state: 'failed' });
      clock.advance(1_000);
    }
    assert.deepEqual(lines, [
      "warn The kernel's neighbour table has no room for all real servers: " +
        'raise net.ipv4.neigh.default.gc_thresh3 and net.ipv6.neigh.default.gc_thresh3',
    ]);
  });

  it('puts a new MAC into the table at once', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.takeDone();
    const mac = '02:00:00:00:00:bb';
    host.tell({ kind: 'neighbour', removed: false, index: 2, address: '10.0.0.2', mac, state: 'reachable' });
    assert.deepEqual(host.done, ['nexthop 10.0.0.2: 02:00:00:00:00:bb on 2']);
  });

  it('asks for routes again once they have settled', () => {
    const host = new FakeHost();
    const { dataplane, clock } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.takeDone();
    host.routes.set('10.0.0.2', { kind: 'local', index: 1 });
    host.tell({ kind: 'route' });
    clock.advance(49);
    host.tell({ kind: 'route' });
    clock.advance(49);
    assert.deepEqual(host.takeDone(), []);
    clock.advance(1);
    assert.deepEqual(host.done, ['nexthop 10.0.0.2: local', 'release 10.0.0.2 on 2']);
  });

  it('takes frames for the new MAC of an interface', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    dataplane.want(wish([]));
    host.takeDone();
    const changed = linkOf(2, 'eth0', { mac: '02:00:00:00:00:cc' });
    for (const _ of [1, 2]) host.tell({ ...changed, kind: 'link', removed: false });
    assert.deepEqual(host.done, ['mac 02:00:00:00:00:cc on 2']);
  });

  it('takes over a new MTU of an interface, for what comes in and for what leaves', () => {
    const host = new FakeHost();
    const mac = '02:00:00:00:00:aa';
    host.neighbours = [{ index: 2, address: '10.0.0.2', mac, state: 'reachable' }];
    const { dataplane } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.takeDone();
    const changed = linkOf(2, 'eth0', { mtu: 9000 });
    for (const _ of [1, 2]) host.tell({ ...changed, kind: 'link', removed: false });
    assert.deepEqual(host.done, [
      `nexthop 10.0.0.2: ${mac} on 2, mtu 9000`,
      'mac 02:00:00:00:00:02 on 2, mtu 9000',
    ]);
  });

  it('attaches to an interface that comes back', () => {
    const host = new FakeHost();
    const { dataplane, lines } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.takeDone();
    host.attached.clear();
    host.tell({ ...linkOf(2, 'eth0'), kind: 'link', removed: true });
    host.tell({ ...linkOf(7, 'eth0'), kind: 'link', removed: false });
    assert.deepEqual(
      host.done.filter((what) => what.startsWith('attach')),
      ['attach 7 auto'],
    );
    assert.deepEqual(lines, [
      'info Attached XDP on eth0, native',
      'warn Interface eth0 does not exist: traffic that arrives on it is not balanced',
      'warn Interface eth0 was removed: nothing is forwarded there',
      'info Attached XDP on eth0, native',
      'info Interface eth0 is up',
    ]);
  });

  it('follows an address without a vrrp_instance to the interface that holds it', () => {
    const host = new FakeHost();
    const { dataplane } = dataplaneOn(host);
    dataplane.want({
      virtualServers: [],
      realServers: [],
      interfaces: { names: [], addresses: ['10.0.0.1'], datapath: 'skb' },
      markRules: [],
      settings: {},
    });
    host.tell({ kind: 'address', removed: false, index: 3, address: '10.0.0.1', prefix: 32 });
    assert.deepEqual(host.done, ['attach 3 generic']);
  });

  it('says that a real server cannot be reached, once', () => {
    const host = new FakeHost();
    host.routes.set('10.0.0.2', { kind: 'unreachable', index: 0 });
    const { dataplane, clock, lines } = dataplaneOn(host);
    dataplane.want(wish([web], []));
    clock.advance(5_000);
    assert.deepEqual(lines, ['warn Cannot reach real server 10.0.0.2: its route is of kind unreachable']);
  });

  it('leaves nothing behind when it is stopped', () => {
    const host = new FakeHost();
    const { dataplane, clock } = dataplaneOn(host);
    dataplane.want(wish([web]));
    host.takeDone();
    assert.deepEqual(dataplane.stop(), []);
    assert.deepEqual(host.done, [
      'release 10.0.0.2 on 2',
      'detach 2',
      'close the tables',
      'remove pins /pins',
    ]);
    assert.equal(clock.pending, 0);
  });
});
