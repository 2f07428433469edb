import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RouteConfig, RuleConfig } from '../../src/config/model.ts';
import { ownedAddresses } from '../../src/vrrp/owned_addresses.ts';
import { FakeHost, linkOf } from '../helpers/fake_host.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { configWith, holds, instancesOn, owning, pair, syncGroup, vip } from './instances_samples.ts';

describe('vrrp instances', () => {
  it('of an owner bring up their addresses and announce them, five times at once and five times later', () => {
    const host = new FakeHost();
    const { instances, clock, lines } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1')));
    assert.deepEqual(host.takeDone(), ['add 10.0.0.1/32 to 2', 'announce 10.0.0.1 on 2 5 times']);
    clock.advance(5_000);
    assert.deepEqual(host.done, ['announce 10.0.0.1 on 2 5 times']);
    assert.deepEqual(lines, [
      'info (VI_1) Entering MASTER STATE',
      'info (VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.1',
      'info (VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.1',
    ]);
  });

  it('announce one at a time where an interval is configured', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    const { garp } = vrrpInstanceConfig();
    const spaced = { ...garp, arpIntervalMs: 100, masterRepeat: 2, masterDelayMs: 0 };
    instances.configure(
      configWith(
        vrrpInstanceConfig({ priority: 255, garp: spaced, addresses: [vip('10.0.0.1'), vip('10.0.0.2')] }),
      ),
    );
    clock.advance(150);
    assert.deepEqual(host.done.slice(2), ['announce 10.0.0.1 on 2 2 times']);
    clock.advance(1_000);
    assert.deepEqual(host.done.slice(2), [
      'announce 10.0.0.1 on 2 2 times',
      'announce 10.0.0.2 on 2 2 times',
    ]);
  });

  it('make IPv6 usable at once, and not preferred where it is a /128', () => {
    const host = new FakeHost();
    const { instances } = instancesOn(host);
    instances.configure(owning(vip('fd00::1', { prefix: 128 })));
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
    const before = host.addresses;
    host.addresses = [...before, { index: 2, address: '10.0.0.9', prefix: 32 }];
    const { instances, clock } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1'), vip('10.0.0.9')));
    void instances.stop();
    clock.advance(1_000);
    assert.deepEqual(host.addresses, [...before, { index: 2, address: '10.0.0.9', prefix: 32 }]);
  });

  it('listen for a master before they become one (RFC 5798 §6.4.1)', () => {
    const host = new FakeHost();
    const { instances, clock, news } = instancesOn(host);
    instances.configure(configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] })));
    clock.advance(3_609);
    assert.deepEqual(host.done, []);
    clock.advance(1);
    assert.deepEqual(host.takeDone(), ['add 10.0.0.1/32 to 2', 'announce 10.0.0.1 on 2 5 times']);
    assert.deepEqual(
      news.flatMap((one) => (one.news === 'role' ? [one.role] : [])),
      ['BACKUP', 'MASTER'],
    );
  });

  it('hand over with the addresses on both until the successor has spoken', () => {
    const { clock, first, second } = pair();
    first.instances.configure(
      configWith(vrrpInstanceConfig({ priority: 150, addresses: [vip('10.0.0.1')] })),
    );
    second.instances.configure(configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] })));
    clock.advance(10_000);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [true, false]);
    assert.deepEqual(second.instances.status()[0]?.master, { address: '10.0.0.11', priority: 150 });
    void first.instances.stop();
    clock.advance(600);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [true, false]);
    clock.advance(10);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [false, true]);
  });

  it('own again what a process that died had brought, and take away what is not wanted any more', () => {
    const host = new FakeHost();
    const { instances, file } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1'), vip('10.0.0.2')));
    const { instances: next, clock } = instancesOn(host, { file });
    host.takeDone();
    next.configure(owning(vip('10.0.0.1')));
    void next.stop();
    clock.advance(1_000);
    assert.deepEqual(
      host.done.filter((what) => what.startsWith('delete')),
      ['delete 10.0.0.2/32 from 2', 'delete 10.0.0.1/32 from 2'],
    );
    assert.deepEqual(ownedAddresses(file, memoryLog().logger).all(), []);
  });

  it('keep what a process that died had brought until another is heard as master', () => {
    const { clock, first, second } = pair();
    const config = configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] }));
    ownedAddresses(first.file, memoryLog().logger).add({
      interface: 'eth0',
      address: '10.0.0.1',
      prefix: 32,
    });
    first.host.addresses = [...first.host.addresses, { index: 2, address: '10.0.0.1', prefix: 32 }];
    const again = instancesOn(first.host, { clock, file: first.file });
    again.instances.configure(config);
    clock.advance(3_000);
    assert.equal(holds(first, '10.0.0.1'), true);
    second.instances.configure(owning(vip('10.0.0.1')));
    clock.advance(1);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [false, true]);
  });

  it('of a sync group give up what a process that died had brought when another member is in fault', () => {
    const host = new FakeHost();
    const { instances, file } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1')));
    const { instances: next } = instancesOn(host, { file });
    const lost = { name: 'VI_2', virtualRouterId: 52, interface: { name: 'eth9', span } };
    next.configure({
      ...configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] }), vrrpInstanceConfig(lost)),
      vrrpSyncGroups: [syncGroup('VI_1', 'VI_2')],
    });
    assert.deepEqual(
      [next.status().map(({ role }) => role), holds({ host }, '10.0.0.1')],
      [['FAULT', 'FAULT'], false],
    );
  });

  it('announce on a reload only what is new, and never what went meanwhile', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1')));
    host.takeDone();
    instances.configure(owning(vip('10.0.0.2', { interface: 'eth1' })));
    clock.advance(5_000);
    assert.deepEqual(host.done, [
      'add 10.0.0.2/32 to 3',
      'announce 10.0.0.2 on 3 5 times',
      'delete 10.0.0.1/32 from 2',
      'announce 10.0.0.2 on 3 5 times',
    ]);
  });

  it('are not disturbed by a reload that changes nothing of them', () => {
    const { clock, first, second, network } = pair();
    const config = configWith(vrrpInstanceConfig({ priority: 150, addresses: [vip('10.0.0.1')] }));
    first.instances.configure(config);
    second.instances.configure(configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] })));
    clock.advance(10_000);
    first.host.takeDone();
    network.takeSent();
    first.instances.configure(structuredClone(config));
    assert.deepEqual([first.host.done, network.sent], [[], []]);
  });

  it('take another priority at a reload at once', () => {
    const { clock, first, network } = pair();
    const one = vrrpInstanceConfig({ priority: 150, addresses: [vip('10.0.0.1')] });
    first.instances.configure(configWith(one));
    clock.advance(10_000);
    network.takeSent();
    first.instances.configure(configWith({ ...one, priority: 90 }));
    assert.equal(first.instances.status()[0]?.priority, 90);
    clock.advance(1_000);
    assert.equal(network.sent.at(-1), '10.0.0.11 > 224.0.0.18 vrid 51 prio 90');
  });

  it('change a prefix: a new IPv4 address before the old one goes, an IPv6 address at its place', () => {
    const host = new FakeHost();
    const { instances, file } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1'), vip('fd00::1', { prefix: 128 })));
    host.takeDone();
    instances.configure(owning(vip('10.0.0.1', { prefix: 24 }), vip('fd00::1', { prefix: 64 })));
    assert.deepEqual(host.done, [
      'delete fd00::1/128 from 2',
      'add 10.0.0.1/24 to 2',
      'add fd00::1/64 to 2',
      'announce 10.0.0.1 on 2 5 times',
      'announce fd00::1 on 2 5 times',
      'delete 10.0.0.1/32 from 2',
    ]);
    assert.deepEqual(
      ownedAddresses(file, memoryLog().logger)
        .all()
        .map(({ address, prefix }) => `${address}/${prefix}`),
      ['10.0.0.1/24', 'fd00::1/64'],
    );
  });

  it('put back an address that somebody removed: at once, then once a second at most', () => {
    const host = new FakeHost();
    const { instances, clock, lines } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1')));
    clock.advance(10_000);
    host.takeDone();
    const gone = { kind: 'address', removed: true, index: 2, address: '10.0.0.1', prefix: 32 } as const;
    const remove = () => {
      host.addresses = host.addresses.filter(({ address }) => address !== '10.0.0.1');
      instances.hostChanged([gone]);
    };
    remove();
    const put = ['add 10.0.0.1/32 to 2', 'announce 10.0.0.1 on 2 5 times'];
    assert.deepEqual(host.takeDone(), put);
    remove();
    clock.advance(999);
    assert.deepEqual(host.takeDone(), []);
    clock.advance(1);
    assert.deepEqual(host.takeDone(), put);
    const said = 'warn (VI_1) 10.0.0.1/32 on eth0 was removed, and not by xlb: it is put back';
    assert.deepEqual(
      lines.filter((line) => line.startsWith('warn')),
      [said, said],
    );
  });

  it('give up everything when their interface loses its carrier, and begin again with it', () => {
    const { clock, first, second } = pair();
    first.instances.configure(owning(vip('10.0.0.1')));
    second.instances.configure(configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] })));
    clock.advance(1_000);
    const link = (running: boolean) => {
      first.host.links = first.host.links.map((one) => (one.index === 2 ? { ...one, running } : one));
      first.instances.hostChanged([{ kind: 'link', removed: false, ...linkOf(2, 'eth0', { running }) }]);
    };
    link(false);
    assert.deepEqual(
      [first.instances.status()[0]?.role, first.instances.status()[0]?.faults, holds(first, '10.0.0.1')],
      ['FAULT', ['interface eth0 is down'], false],
    );
    clock.advance(4_000);
    assert.equal(holds(second, '10.0.0.1'), true);
    link(true);
    clock.advance(10);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [true, false]);
  });

  it('of a sync group are master together, and in fault together', () => {
    const { clock, first } = pair();
    const members = [
      vrrpInstanceConfig({ name: 'inside', addresses: [vip('10.0.0.1')] }),
      vrrpInstanceConfig({
        name: 'outside',
        virtualRouterId: 52,
        interface: { name: 'eth1', span },
        addresses: [vip('10.1.0.1', { interface: 'eth1' })],
      }),
    ];
    const group = syncGroup('inside', 'outside');
    first.host.addresses = [...first.host.addresses, { index: 3, address: '10.1.0.11', prefix: 24 }];
    const { instances, lines, news } = instancesOn(first.host, { clock });
    instances.configure({ ...configWith(...members), vrrpSyncGroups: [group] });
    clock.advance(4_000);
    const roles = () => instances.status().map(({ role }) => role);
    assert.deepEqual(roles(), ['MASTER', 'MASTER']);
    first.host.links = first.host.links.map((one) => (one.index === 3 ? { ...one, running: false } : one));
    instances.hostChanged([{ kind: 'link', removed: false, ...linkOf(3, 'eth1', { running: false }) }]);
    clock.advance(1_000);
    assert.deepEqual([...roles(), holds(first, '10.0.0.1')], ['FAULT', 'FAULT', false]);
    assert.deepEqual(
      lines.filter((line) => line.includes('VRRP_Group')),
      [
        'info VRRP_Group(both) Syncing instances to BACKUP state',
        'info VRRP_Group(both) Syncing instances to MASTER state',
        'info VRRP_Group(both) Syncing instances to FAULT state',
      ],
    );
    void instances.stop();
    clock.advance(1_000);
    assert.deepEqual(
      news.flatMap((one) => (one.news === 'notification' ? [one.event] : [])).slice(-3),
      [
        ['instance', 'inside'],
        ['instance', 'outside'],
        ['group', 'both'],
      ].map(([kind, name]) => ({
        kind,
        name,
        notify: group.notify,
        state: 'STOP',
        ...(kind === 'group' ? {} : { priority: 100 }),
      })),
    );
  });

  it('that a reload removes hand over as well; the others go on', () => {
    const { clock, first, second } = pair();
    const one = vrrpInstanceConfig({ name: 'one', priority: 150, addresses: [vip('10.0.0.1')] });
    const two = { ...one, name: 'two', virtualRouterId: 52, addresses: [vip('10.0.0.2')] };
    first.instances.configure(configWith(one, two));
    second.instances.configure(configWith({ ...one, priority: 100 }, { ...two, priority: 100 }));
    clock.advance(10_000);
    first.instances.configure(configWith(two));
    assert.equal(holds(first, '10.0.0.1'), true);
    clock.advance(700);
    assert.deepEqual(
      ['10.0.0.1', '10.0.0.2'].map((address) => [holds(first, address), holds(second, address)]),
      [
        [false, true],
        [true, false],
      ],
    );
  });

  it('that a reload removed still hand over when the director stops meanwhile', () => {
    const { clock, first, second } = pair();
    const one = vrrpInstanceConfig({ priority: 150, addresses: [vip('10.0.0.1')] });
    first.instances.configure(configWith(one));
    second.instances.configure(configWith({ ...one, priority: 100 }));
    clock.advance(10_000);
    first.instances.configure(configWith());
    void first.instances.stop();
    clock.advance(600);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [true, false]);
    clock.advance(10);
    assert.deepEqual([holds(first, '10.0.0.1'), holds(second, '10.0.0.1')], [false, true]);
  });

  it('wait for nobody when they are told to stop again', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    instances.configure(owning(vip('10.0.0.1')));
    clock.advance(1_000);
    void instances.stop();
    const was = host.addresses.some(({ address }) => address === '10.0.0.1');
    void instances.stop();
    assert.deepEqual([was, host.addresses.some(({ address }) => address === '10.0.0.1')], [true, false]);
  });

  it('hold their routes and rules with their addresses, and static ones all the time', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    const route = (destination: string): RouteConfig => ({ family: 4, destination, type: 'unicast', span });
    const rule: RuleConfig = { family: 4, action: 'lookup', table: 7, priority: 700, not: false, span };
    const one = vrrpInstanceConfig({
      priority: 255,
      addresses: [vip('10.0.0.1')],
      routes: [route('10.8.0.0/16')],
      rules: [rule],
    });
    const fixed = {
      addresses: [vip('10.0.0.7')],
      routes: [route('10.9.0.0/16')],
      rules: [],
      trackGroups: [],
    };
    instances.configure({ ...configWith(one), static: fixed });
    void instances.stop();
    clock.advance(1_000);
    assert.deepEqual(
      host.done.filter((what) => !what.startsWith('announce')),
      [
        'add 10.0.0.7/32 to 2',
        'add route 10.9.0.0/16',
        'add 10.0.0.1/32 to 2',
        'add route 10.8.0.0/16',
        'add rule 700',
        'delete rule 700',
        'delete route 10.8.0.0/16',
        'delete 10.0.0.1/32 from 2',
        'delete route 10.9.0.0/16',
        'delete 10.0.0.7/32 from 2',
      ],
    );
  });

  it('leave a route that another of them holds as well until the last one yields', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    const routes = [{ family: 4, destination: '10.8.0.0/16', type: 'unicast', span } as const];
    const one = vrrpInstanceConfig({ priority: 255, routes });
    const two = { ...one, name: 'VI_2', virtualRouterId: 52 };
    instances.configure(configWith(one, two));
    instances.configure(configWith(two));
    clock.advance(1_000);
    const kept = host.takeDone().filter((what) => what.includes('route'));
    instances.configure(configWith());
    clock.advance(1_000);
    assert.deepEqual(
      [kept, host.done],
      [['add route 10.8.0.0/16', 'add route 10.8.0.0/16'], ['delete route 10.8.0.0/16']],
    );
  });

  it('with use_vmac have their addresses on a macvlan, which is there for a backup as well', () => {
    const host = new FakeHost();
    const { instances, clock } = instancesOn(host);
    const vmac = {
      name: 'vrrp.51',
      mac: '00:00:5e:00:01:33',
      transmitFromBase: false,
    };
    instances.configure(configWith(vrrpInstanceConfig({ vmac, addresses: [vip('10.0.0.1')] })));
    assert.deepEqual(host.takeDone(), ['add macvlan vrrp.51 on 2 with 00:00:5e:00:01:33', 'set link 4 up']);
    clock.advance(4_000);
    assert.deepEqual(host.takeDone(), ['add 10.0.0.1/32 to 4', 'announce 10.0.0.1 on 4 5 times']);
  });

  it('share one socket an interface, and go on with the others where one address cannot be added', () => {
    const { first, network } = pair();
    first.host.failing.add('add 10.0.0.1/32 to 2');
    const addresses = [vip('10.0.0.1'), vip('10.0.0.2')];
    const one = vrrpInstanceConfig({ priority: 255, addresses });
    first.instances.configure(configWith(one, { ...one, name: 'VI_2', virtualRouterId: 52, addresses: [] }));
    assert.deepEqual(
      first.lines.filter((line) => line.startsWith('error')),
      ['error (VI_1) Cannot add 10.0.0.1/32 on eth0: Cannot add 10.0.0.1/32 to 2: no'],
    );
    assert.deepEqual([holds(first, '10.0.0.2'), network.sockets], [true, 1]);
  });
});
