import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { realServerName, virtualServerName } from '../../src/director/real_server.ts';

describe('the name of a virtual server', () => {
  it("is keepalived's, and no other one has it", () => {
    const address = { protocol: 'TCP', address: '10.0.0.1', port: 80 } as const;
    const mark = { protocol: 'FWM', address: '0.0.0.0', port: 0, fwmark: 7 } as const;
    assert.deepEqual(
      [
        address,
        { ...address, protocol: 'UDP', address: 'fd00::1' } as const,
        mark,
        { ...mark, address: '::' },
        { ...address, group: 'web' },
        { ...address, protocol: 'UDP', group: 'web' } as const,
        { ...mark, group: 'web' },
        { ...mark, address: '::', group: 'web' },
      ].map(virtualServerName),
      [
        '[10.0.0.1]:tcp:80',
        '[fd00::1]:udp:80',
        'FWM 7',
        'FWM 7 IPv6',
        '[web]:tcp',
        '[web]:udp',
        '[web]:none',
        '[web]:none IPv6',
      ],
    );
    assert.equal(realServerName({ address: '10.0.0.2', port: 0 }, mark), '[10.0.0.2]:none:0');
  });
});
