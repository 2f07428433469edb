import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeHost } from '../helpers/fake_host.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { configWith, instancesOn, pair, syncGroup, vip } from './instances_samples.ts';

const one = vrrpInstanceConfig({ name: 'one', priority: 150, addresses: [vip('10.0.0.1')] });
const two = { ...one, name: 'two', virtualRouterId: 52, addresses: [vip('10.0.0.2')] };

/** Master of everything after four seconds. */
function alone() {
  const host = new FakeHost();
  return { host, ...instancesOn(host) };
}

describe('a reload of virtual routers', () => {
  it('renames one, which keeps its role, its addresses and its timers, as in keepalived', () => {
    const { clock, host, instances, lines, news } = alone();
    instances.configure({ ...configWith(one), vrrpSyncGroups: [syncGroup('one')] });
    clock.advance(5_000);
    host.takeDone();
    lines.splice(0);
    news.splice(0);
    instances.configure({ ...configWith({ ...one, name: 'other' }), vrrpSyncGroups: [syncGroup('other')] });
    assert.deepEqual(
      { done: host.done, lines, news, status: instances.status().map(({ name, role }) => `${name} ${role}`) },
      {
        done: [],
        lines: ['info (other) is the new name of one, and keeps its role'],
        news: [
          { news: 'role', instance: 'other', role: 'MASTER' },
          { news: 'role', instance: 'one', role: 'INIT' },
        ],
        status: ['other MASTER'],
      },
    );
  });

  it('gives the name of one to another, which is not the same virtual router', () => {
    const { clock, instances } = alone();
    instances.configure(configWith(one));
    clock.advance(4_000);
    instances.configure(configWith({ ...two, name: 'one' }, { ...one, name: 'two' }));
    assert.deepEqual(
      instances.status().map(({ name, role, virtualRouterId }) => `${name} ${virtualRouterId} ${role}`),
      ['one 52 BACKUP', 'two 51 BACKUP'],
    );
  });

  it('removes a sync group, of which nothing is told, and its members, of which FAULT is told, as keepalived', () => {
    const { clock, instances, news } = alone();
    instances.configure({ ...configWith(one, two), vrrpSyncGroups: [syncGroup('one', 'two')] });
    clock.advance(5_000);
    const told = () =>
      news.splice(0).flatMap((what) => {
        if (what.news !== 'notification') return [];
        const { event } = what;
        return 'state' in event ? [`${event.kind} ${event.name} ${event.state}`] : [];
      });
    told();
    instances.configure(configWith(one, two));
    clock.advance(5_000);
    const withoutGroup = told();
    instances.configure({ ...configWith(one, two), vrrpSyncGroups: [syncGroup('one', 'two')] });
    clock.advance(5_000);
    const withGroup = told();
    instances.configure(configWith());
    clock.advance(5_000);
    assert.deepEqual(
      { withoutGroup, withGroup, withoutAll: told() },
      {
        withoutGroup: [],
        withGroup: ['group both MASTER'],
        withoutAll: ['instance one FAULT', 'instance two FAULT'],
      },
    );
  });

  it('swaps the VRIDs of two', () => {
    const { clock, instances } = alone();
    instances.configure(configWith(one, two));
    clock.advance(4_000);
    instances.configure(configWith({ ...one, virtualRouterId: 52 }, { ...two, virtualRouterId: 51 }));
    clock.advance(4_000);
    assert.deepEqual(
      instances
        .status()
        .map(({ name, virtualRouterId, role, faults }) => [`${name} ${virtualRouterId} ${role}`, faults]),
      [
        ['one 52 MASTER', []],
        ['two 51 MASTER', []],
      ],
    );
  });

  it('takes a moved line for no change', () => {
    const { clock, first, network } = pair();
    first.instances.configure(configWith(one));
    clock.advance(4_000);
    first.host.takeDone();
    network.takeSent();
    const below = { ...span, line: span.line + 7 };
    first.instances.configure(
      configWith({ ...one, span: below, addresses: [vip('10.0.0.1', { span: below })] }),
    );
    assert.deepEqual([first.host.done, network.sent], [[], []]);
  });

  it('adds a member to a sync group whose others stay masters meanwhile', () => {
    const { clock, host, instances, lines } = alone();
    instances.configure({ ...configWith(one), vrrpSyncGroups: [syncGroup('one')] });
    clock.advance(5_000);
    host.takeDone();
    lines.splice(0);
    instances.configure({ ...configWith(one, two), vrrpSyncGroups: [syncGroup('one', 'two')] });
    clock.advance(3_000);
    const roles = () => instances.status().map(({ role }) => role);
    assert.deepEqual(roles(), ['MASTER', 'BACKUP']);
    clock.advance(1_000);
    assert.deepEqual(
      [roles(), host.done.filter((what) => what.startsWith('delete'))],
      [['MASTER', 'MASTER'], []],
    );
  });

  it('has its effect where only what the sync group tracks is another', () => {
    const { clock, instances } = alone();
    const group = syncGroup('one');
    instances.configure({ ...configWith(one), vrrpSyncGroups: [group] });
    clock.advance(4_000);
    const interfaces = [{ name: 'eth9', weight: 0, reverse: false, span }];
    const tracking = { ...group.tracking, interfaces };
    instances.configure({ ...configWith(one), vrrpSyncGroups: [{ ...group, tracking }] });
    assert.deepEqual(instances.status()[0]?.faults, ['tracked interface eth9 is down']);
  });
});
