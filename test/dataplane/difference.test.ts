import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import { difference, nameOf, realServersOf, specOf } from '../../src/dataplane/difference.ts';
import { tableOf } from '../helpers/fake_host.ts';

function spec(port: number, ...servers: readonly string[]): VirtualServerSpec {
  const destinations = servers.map((address) => ({ address, weight: 1 }));
  return { protocol: 'TCP', address: '10.0.0.1', port, scheduler: 'rr', destinations };
}

const key = (port: number) => ({ protocol: 'TCP', address: '10.0.0.1', port }) as const;

const nothing = { set: [], remove: [] };

describe('the difference of two wishes', () => {
  it('is nothing where they are equal', () => {
    const wanted = [spec(80, '10.0.0.2')];
    assert.deepEqual(difference([spec(80, '10.0.0.2')], wanted), {
      release: nothing,
      set: [],
      remove: [],
      wanted,
    });
  });

  it('names what is new, what has changed and what goes', () => {
    const wanted = [spec(80, 'a'), spec(81, 'b'), spec(83)];
    assert.deepEqual(difference([spec(80, 'a'), spec(81, 'a'), spec(82, 'a')], wanted), {
      release: nothing,
      set: [spec(81, 'b'), spec(83)],
      remove: [key(82)],
      wanted,
    });
  });

  it('sees every setting of a virtual server and of a destination', () => {
    const before = spec(80, 'a');
    const changed: VirtualServerSpec[] = [
      { ...before, scheduler: 'sh' },
      { ...before, schedulerFlags: 2 },
      { ...before, persistence: { seconds: 360, netmask: '255.255.255.255' } },
      { ...before, onePacket: true },
      { ...before, members: [key(81)] },
      { ...before, destinations: [{ address: 'a', weight: 2 }] },
      { ...before, destinations: [{ address: 'a', weight: 1, upperThreshold: 10 }] },
      { ...before, destinations: [{ address: 'a', weight: 1, lowerThreshold: 5 }] },
    ];
    assert.deepEqual(
      changed.map((after) => difference([before], [after]).set),
      changed.map((after) => [after]),
    );
    const persistent = changed[2] ?? before;
    const longer = { ...before, persistence: { seconds: 360, netmask: '255.255.255.0' } };
    assert.deepEqual(difference([persistent], [longer]).set, [longer]);
  });

  it('takes what is not written for what it is by default', () => {
    const written: VirtualServerSpec = {
      ...spec(80),
      schedulerFlags: 0,
      onePacket: false,
      members: [],
      destinations: [{ address: 'a', weight: 1, upperThreshold: 0, lowerThreshold: 0 }],
    };
    assert.deepEqual(difference([written], [spec(80, 'a')]).set, []);
  });

  it('sees a changed order: it is the order of scheduling', () => {
    assert.deepEqual(difference([spec(80, 'a', 'b')], [spec(80, 'b', 'a')]).set, [spec(80, 'b', 'a')]);
  });

  it('knows a real server once, however many virtual servers share it', () => {
    assert.deepEqual(realServersOf([spec(80, 'a', 'b'), spec(81, 'b')]), new Set(['a', 'b']));
  });

  it('names a virtual server with IPv6 in brackets', () => {
    assert.equal(nameOf({ protocol: 'UDP', address: 'fd00::1', port: 53 }), 'UDP [fd00::1]:53');
  });

  it('names a fwmark by its number and family', () => {
    const mark = { protocol: 'FWM', port: 0, fwmark: 7 } as const;
    assert.deepEqual(
      [nameOf({ ...mark, address: '0.0.0.0' }), nameOf({ ...mark, address: '::' })],
      ['FWM 7', 'FWM 7 IPv6'],
    );
    const before: VirtualServerSpec = { ...spec(0, 'a'), ...mark, address: '::' };
    assert.deepEqual(difference([before], []).remove, [{ ...mark, address: '::' }]);
  });
});

describe('a group of addresses', () => {
  const group = (...ports: readonly number[]): VirtualServerSpec => {
    const [first = 0, ...others] = ports;
    return { ...spec(first, 'a'), members: others.map(key) };
  };

  it('is the same in whatever order its members stand', () => {
    assert.deepEqual(difference([group(80, 81, 82)], [group(82, 80, 81)]).set, []);
  });

  it('keeps its key, and with it pool and flows, when its first member goes to another place', () => {
    const { release, set, remove } = difference([group(80, 81)], [group(79, 80, 82)]);
    assert.deepEqual({ release, set, remove }, { release: nothing, set: [group(80, 79, 82)], remove: [] });
  });

  it('gives up a member before another virtual server takes it', () => {
    const { release, set, remove } = difference([group(80, 81, 82)], [spec(81, 'b'), group(80, 82)]);
    assert.deepEqual(
      { release, set, remove },
      { release: { set: [group(80, 82)], remove: [] }, set: [spec(81, 'b')], remove: [] },
    );
  });

  it('leaves its key to the virtual server that has it now, and its other members to another', () => {
    const { release, set, remove } = difference([group(80, 81)], [spec(80, 'b'), group(82, 81)]);
    assert.deepEqual(
      { release, set, remove },
      {
        release: { set: [group(80)], remove: [] },
        set: [spec(80, 'b'), group(82, 81)],
        remove: [],
      },
    );
  });

  it('takes in what were virtual servers of their own, which go first', () => {
    const { release, set, remove } = difference([spec(80, 'a'), spec(81, 'a')], [group(80, 81)]);
    assert.deepEqual(
      { release, set, remove },
      { release: { set: [], remove: [key(81)] }, set: [group(80, 81)], remove: [] },
    );
  });
});

describe('what the tables hold, as a wish', () => {
  it('has all settings, and not the destinations that are gone', () => {
    const wanted: VirtualServerSpec = {
      protocol: 'FWM',
      address: '0.0.0.0',
      port: 0,
      fwmark: 7,
      scheduler: 'mh',
      schedulerFlags: 3,
      persistence: { seconds: 60, netmask: '255.255.255.0' },
      onePacket: true,
      members: [{ protocol: 'FWM', address: '0.0.0.0', port: 0, fwmark: 8 }],
      destinations: [{ address: 'a', weight: 1, upperThreshold: 9, lowerThreshold: 3 }],
    };
    const { destinations } = tableOf({ ...wanted, destinations: [{ address: 'b', weight: 1 }] });
    const table = tableOf(wanted);
    const gone = destinations.map((one) => ({ ...one, gone: true }));
    assert.deepEqual(specOf({ ...table, destinations: [...table.destinations, ...gone] }), wanted);
  });
});
