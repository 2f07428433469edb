import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import { addressesElsewhere, onStandby } from '../../src/daemon/standby.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';

const vip = (address: string) => ({ address, prefix: 32, interface: 'eth0', span });
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

describe('the addresses that another director has', () => {
  it('are those of every virtual router that is not master here: backup, in fault or starting', () => {
    const one = vrrpInstanceConfig({ name: 'one', addresses: [vip('10.0.0.1'), vip('10.0.0.2')] });
    const two = vrrpInstanceConfig({ name: 'two', addresses: [vip('10.0.0.2'), vip('10.0.0.3')] });
    assert.deepEqual(
      [addressesElsewhere([one, two], new Set()), addressesElsewhere([one, two], new Set(['two']))],
      [new Set(['10.0.0.1', '10.0.0.2', '10.0.0.3']), new Set(['10.0.0.1'])],
    );
  });
});

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
