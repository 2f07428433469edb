import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import { onStandby } from '../../src/daemon/standby.ts';

const web: VirtualServerSpec = {
  protocol: 'TCP',
  address: '10.0.0.1',
  port: 80,
  scheduler: 'rr',
  destinations: [
    { address: '10.0.0.2', weight: 1 },
    { address: '10.0.0.3', weight: 2 },
  ],
};
const weights = (servers: readonly VirtualServerSpec[]) =>
  servers.map(({ destinations }) => destinations.map(({ weight }) => weight));

describe('a virtual server whose address another director has', () => {
  it('stays as it is, to be ready', () => {
    const facts = { elsewhere: new Set(['10.0.0.1']), local: () => new Set(['10.0.0.9']) };
    assert.deepEqual(onStandby([web], facts), [web]);
  });

  it('goes to this host alone where it is one of the real servers, so that nothing goes round', () => {
    const facts = { elsewhere: new Set(['10.0.0.1']), local: () => new Set(['10.0.0.3']) };
    assert.deepEqual(weights(onStandby([web], facts)), [[0, 2]]);
  });

  it('is spread by the one that has the address, real server or not', () => {
    const facts = { elsewhere: new Set(['10.0.0.7']), local: () => new Set(['10.0.0.3']) };
    assert.deepEqual(weights(onStandby([web], facts)), [[1, 2]]);
  });
});
