import assert from 'node:assert/strict';
import { it } from 'node:test';
import { totalsOf } from '../../src/dataplane/totals.ts';
import { tableOf } from '../helpers/fake_host.ts';

const spec = {
  protocol: 'TCP',
  address: '10.0.0.1',
  port: 80,
  scheduler: 'rr',
  destinations: [{ address: '10.0.0.2', weight: 1 }],
} as const;

it('totals have what each virtual server counted, and the active connections of its real servers', () => {
  const table = tableOf(spec);
  const counted = {
    ...table,
    connections: 3,
    packets: 40,
    bytes: 500,
    destinations: [...table.destinations, ...table.destinations].map((one, at) => ({
      ...one,
      active: at + 1,
    })),
  };
  assert.deepEqual(totalsOf([counted], []), {
    names: ['TCP 10.0.0.1:80'],
    counted: new Float64Array([3, 40, 500, 3]),
  });
});

it('totals call a group by its first member, also where the tables have it under another', () => {
  const other = { protocol: 'TCP', address: '10.0.0.9', port: 443 } as const;
  const { protocol, address, port } = spec;
  const table = tableOf({ ...spec, ...other, members: [{ protocol, address, port }] });
  assert.deepEqual(totalsOf([table], [{ ...spec, members: [other] }]).names, ['TCP 10.0.0.1:80']);
});
