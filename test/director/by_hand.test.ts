import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerKey, VirtualServerSpec } from '../../src/addon/addon.ts';
import {
  changeByHand,
  follow,
  type HandChange,
  type HandTables,
  startTables,
} from '../../src/director/by_hand.ts';

const key: VirtualServerKey = { protocol: 'TCP', address: '10.0.0.1', port: 80 };
const other: VirtualServerKey = { ...key, port: 81 };
const [A, B, C] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const;

function web(...addresses: readonly string[]): VirtualServerSpec {
  return { ...key, scheduler: 'rr', destinations: addresses.map((address) => ({ address, weight: 1 })) };
}

function made(tables: HandTables, ...changes: readonly HandChange[]): HandTables {
  const done = changeByHand(tables, changes);
  assert.deepEqual(
    done.results,
    changes.map(() => undefined),
  );
  return done.tables;
}

/** 'TCP 10.0.0.1:80 rr: 10.0.0.2=1 10.0.0.3=0' */
function lists({ services }: HandTables): string[] {
  return [...services.values()].map(({ protocol, address, port, fwmark, scheduler, destinations }) =>
    [
      `${protocol} ${fwmark ?? `${address}:${port}`} ${scheduler}:`,
      ...destinations.map((one) => `${one.address}=${one.weight}`),
    ].join(' '),
  );
}

const refused = (tables: HandTables, change: HandChange): string | undefined =>
  changeByHand(tables, [change]).results[0];

const add = (address: string, weight = 1, where = key): HandChange => ({
  change: 'add_destination',
  key: where,
  destination: { address, weight },
});
const edit = (address: string, weight: number): HandChange => ({
  change: 'edit_destination',
  key,
  destination: { address, weight },
});
const remove = (address: string): HandChange => ({ change: 'delete_destination', key, address });
const addService = (where: VirtualServerKey, scheduler = 'wlc'): HandChange => ({
  change: 'add_service',
  service: { ...where, scheduler },
});

describe('a change by hand', () => {
  const tables = startTables([web(A, B)]);

  it('puts a new destination at the head of the list, as ip_vs_add_dest does', () => {
    assert.deepEqual(lists(made(tables, add(C, 5))), [`TCP 10.0.0.1:80 rr: ${C}=5 ${A}=1 ${B}=1`]);
  });

  it('edits a destination where it stands, and takes thresholds and weight as a whole', () => {
    const limited = { address: B, weight: 3, upperThreshold: 9, lowerThreshold: 4 };
    const after = made(tables, { change: 'edit_destination', key, destination: limited });
    assert.deepEqual([...after.services.values()][0]?.destinations, [{ address: A, weight: 1 }, limited]);
  });

  it('adds a virtual server behind those of the configuration, and deletes it', () => {
    const after = made(tables, addService(other), add(C, 2, other));
    assert.deepEqual(lists(after), [`TCP 10.0.0.1:80 rr: ${A}=1 ${B}=1`, `TCP 10.0.0.1:81 wlc: ${C}=2`]);
    assert.deepEqual(lists(made(after, { change: 'delete_service', key: other })), lists(tables));
    assert.deepEqual(lists(made(after, { change: 'clear' })), []);
  });

  it('edits all settings of a virtual server at once: what is not said takes its default', () => {
    const persistent = {
      ...web(A),
      persistence: { seconds: 50, netmask: '255.255.255.255' },
      schedulerFlags: 2,
    };
    const after = made(startTables([persistent]), {
      change: 'edit_service',
      service: { ...key, scheduler: 'sh', onePacket: false },
    });
    assert.deepEqual([...after.services.values()], [{ ...web(A), scheduler: 'sh', onePacket: false }]);
  });

  it('of a member of a group changes the pool that all members share', () => {
    const group = { ...web(A), members: [other] };
    const after = made(startTables([group]), add(B, 1, other));
    assert.deepEqual([...after.services.values()], [{ ...web(B, A), members: [other] }]);
  });

  it('deletes one member of a group and leaves the others', () => {
    const group = { ...web(A), members: [other] };
    const after = made(startTables([group]), { change: 'delete_service', key });
    assert.deepEqual([...after.services.values()], [{ ...web(A), ...other }]);
    assert.equal(refused(after, { change: 'delete_service', key }), 'No such service');
    assert.deepEqual(lists(made(after, addService(key))), [
      `TCP 10.0.0.1:81 rr: ${A}=1`,
      'TCP 10.0.0.1:80 wlc:',
    ]);
  });

  it('tells fwmark services apart by mark and family', () => {
    const mark = (fwmark: number, address: string): VirtualServerKey => ({
      protocol: 'FWM',
      address,
      port: 0,
      fwmark,
    });
    const after = made(
      startTables([]),
      addService(mark(7, '0.0.0.0')),
      addService(mark(8, '0.0.0.0')),
      addService(mark(7, '::')),
      add('fd00::2', 1, mark(7, '::')),
    );
    assert.deepEqual(lists(after), ['FWM 7 wlc:', 'FWM 8 wlc:', 'FWM 7 wlc: fd00::2=1']);
    assert.equal(refused(after, addService(mark(8, '0.0.0.0'))), 'Service already exists');
  });

  const refusals: readonly (readonly [what: string, change: HandChange, said: string])[] = [
    ['a service that is there', addService(key), 'Service already exists'],
    ['a service that is there, even with a wrong scheduler', addService(key, 'x'), 'Service already exists'],
    ['a scheduler that is none', addService(other, 'nosuch'), 'Scheduler or persistence engine not found'],
    [
      'to edit what is not there',
      { change: 'edit_service', service: { ...other, scheduler: 'x' } },
      'No such service',
    ],
    ['to delete what is not there', { change: 'delete_service', key: other }, 'No such service'],
    ['a destination of no service', add(C, 1, other), 'Service not defined'],
    ['a destination that is there', add(A), 'Destination already exists'],
    ['to edit a destination that is not there', edit(C, 1), 'No such destination'],
    ['to delete a destination that is not there', remove(C), 'No such destination'],
    [
      'a lower threshold above the upper one, even of a destination that is there',
      {
        change: 'add_destination',
        key,
        destination: { address: A, weight: 1, upperThreshold: 5, lowerThreshold: 6 },
      },
      'Numerical result out of range',
    ],
    [
      'a destination that no host can be',
      add('224.0.0.1'),
      'Invalid operation.  Possibly wrong module version, address not unicast, ...',
    ],
  ];
  for (const [what, change, said] of refusals)
    it(`is refused in the kernel’s words: ${what}`, () => {
      const { tables: after, results } = changeByHand(tables, [change]);
      assert.deepEqual([lists(after), results], [lists(tables), [said]]);
    });
});

describe('the configuration and its checks after a change by hand', () => {
  it('change what they change, and nothing else', () => {
    const changed = made(startTables([web(A, B)]), edit(A, 7), add(C), addService(other));
    const reloaded = { ...web(A, B), scheduler: 'wrr' as const };
    assert.deepEqual(lists(follow(changed, [reloaded])), [
      `TCP 10.0.0.1:80 wrr: ${C}=1 ${A}=7 ${B}=1`,
      'TCP 10.0.0.1:81 wlc:',
    ]);
  });

  it('take a real server out whose check fails, and put it back at the head with its configured weight', () => {
    const changed = made(startTables([web(A, B)]), edit(B, 7));
    const down = follow(changed, [web(A)]);
    assert.deepEqual(lists(down), [`TCP 10.0.0.1:80 rr: ${A}=1`]);
    assert.deepEqual(lists(follow(down, [web(B, A)])), [`TCP 10.0.0.1:80 rr: ${B}=1 ${A}=1`]);
  });

  it('put a real server back that was deleted by hand when its check passes again, not before', () => {
    const changed = made(startTables([web(A, B)]), remove(B));
    assert.deepEqual(lists(follow(changed, [web(A, B)])), [`TCP 10.0.0.1:80 rr: ${A}=1`]);
    const down = follow(changed, [web(A)]);
    assert.deepEqual(lists(follow(down, [web(B, A)])), [`TCP 10.0.0.1:80 rr: ${B}=1 ${A}=1`]);
  });

  it('leave a virtual server deleted that was deleted by hand', () => {
    const changed = made(startTables([web(A, B)]), { change: 'clear' });
    assert.deepEqual(lists(follow(changed, [web(A)])), []);
  });

  it('bring one again that left the configuration and came back', () => {
    const changed = made(startTables([web(A)]), { change: 'clear' });
    assert.deepEqual(lists(follow(follow(changed, []), [web(B)])), [`TCP 10.0.0.1:80 rr: ${B}=1`]);
  });

  it('take over one that was made by hand, with what it has of its own behind', () => {
    const changed = made(startTables([]), addService(key), add(C), add(A, 9));
    assert.deepEqual(lists(follow(changed, [web(A, B)])), [`TCP 10.0.0.1:80 rr: ${B}=1 ${A}=1 ${C}=1`]);
    assert.deepEqual(lists(follow(follow(changed, [web(A, B)]), [])), []);
  });
});
