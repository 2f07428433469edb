import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readChanges } from '../../src/control/read_changes.ts';

const key = { protocol: 'TCP', address: '10.0.0.1', port: 80 };
const service = { ...key, scheduler: 'rr', schedulerFlags: 0, onePacket: false };
const destination = { address: '10.0.0.2', weight: 1, upperThreshold: 0, lowerThreshold: 0 };

describe('the body of POST /ipvsadm', () => {
  it('is taken where every field is right', () => {
    const changes = [
      { change: 'add_service', service },
      { change: 'edit_service', service: { ...service, persistence: { seconds: 9, netmask: '255.0.0.0' } } },
      { change: 'add_destination', key, destination },
      { change: 'delete_destination', key, address: '10.0.0.2' },
      { change: 'delete_service', key: { protocol: 'FWM', address: '::', port: 0, fwmark: 7 } },
      { change: 'clear' },
      { change: 'zero' },
      { change: 'zero', key },
      { change: 'set_timeouts', tcp: 0, tcpFin: 1, udp: 2 },
    ];
    assert.deepEqual(readChanges(changes), changes);
  });

  const wrong: readonly (readonly [body: unknown, said: RegExp])[] = [
    [{}, /^The body must be an array of changes$/],
    [[7], /^Change 1: the change must be an object$/],
    [[{ change: 'clear' }, { change: 'x' }], /^Change 2: change must be the name of one$/],
    [
      [{ change: 'add_service', service: { ...service, port: 65_536 } }],
      /^Change 1: port must be a whole number/,
    ],
    [
      [{ change: 'add_service', service: { ...service, protocol: 'SCTP' } }],
      /protocol must be TCP, UDP or FWM/,
    ],
    [[{ change: 'add_service', service: { ...service, address: 'www' } }], /address must be an IP address/],
    [
      [{ change: 'add_service', service: { ...service, persistence: { seconds: 0, netmask: '255.0.0.0' } } }],
      /seconds must be a whole number from 1 to 1966020/,
    ],
    [
      [{ change: 'add_service', service: { ...service, persistence: { seconds: 1, netmask: '64' } } }],
      /netmask must be a mask for IPv4/,
    ],
    [[{ change: 'add_destination', key, destination: { ...destination, weight: -1 } }], /weight must be/],
    [[{ change: 'delete_service', key: { ...key, protocol: 'FWM' } }], /fwmark's address must be/],
    [Array(10_001).fill({ change: 'clear' }), /at most 10000 changes/],
  ];
  for (const [body, said] of wrong)
    it(`is refused by the field that is wrong: ${said.source}`, () => {
      const answer = readChanges(body);
      assert.match(typeof answer === 'string' ? answer : 'it was taken', said);
    });
});
