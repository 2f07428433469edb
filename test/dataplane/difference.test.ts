import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import { difference, nameOf, realServersOf } from '../../src/dataplane/difference.ts';

function spec(port: number, ...servers: readonly string[]): VirtualServerSpec {
  const destinations = servers.map((address) => ({ address, weight: 1 }));
  return { protocol: 'TCP', address: '10.0.0.1', port, scheduler: 'rr', destinations };
}

describe('the difference of two wishes', () => {
  it('is nothing where they are equal', () => {
    assert.deepEqual(difference([spec(80, '10.0.0.2')], [spec(80, '10.0.0.2')]), { set: [], remove: [] });
  });

  it('names what is new, what has changed and what goes', () => {
    assert.deepEqual(
      difference([spec(80, 'a'), spec(81, 'a'), spec(82, 'a')], [spec(80, 'a'), spec(81, 'b'), spec(83)]),
      {
        set: [spec(81, 'b'), spec(83)],
        remove: [{ protocol: 'TCP', address: '10.0.0.1', port: 82 }],
      },
    );
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
});
