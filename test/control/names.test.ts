import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keyOf, orderName, titleOf } from '../../src/control/names.ts';
import { virtualServer } from '../helpers/page_status.ts';

it('names are those of the history, of people, and of the API', () => {
  const named = [
    virtualServer('fd00::1', []),
    virtualServer('0.0.0.0', [], { protocol: 'FWM', port: 0, fwmark: 7 }),
    virtualServer('10.0.0.1', [], { group: 'mail', members: 2 }),
  ];
  assert.deepEqual(
    named.map((one) => [keyOf(one), titleOf(one), orderName(one)]),
    [
      ['TCP [fd00::1]:80', 'TCP [fd00::1]:80', 'tcp:[fd00::1]:80'],
      ['FWM 7', 'fwmark 7', 'inet:fwmark:7'],
      ['TCP 10.0.0.1:80', 'mail · TCP 10.0.0.1:80 and 2 more', 'tcp:group:mail'],
    ],
  );
});
