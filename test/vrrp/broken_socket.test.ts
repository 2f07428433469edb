import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkOf } from '../helpers/fake_host.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { configWith, holds, pair, vip } from './instances_samples.ts';

const config = configWith(vrrpInstanceConfig({ addresses: [vip('10.0.0.1')] }));

describe('a virtual router whose socket breaks', () => {
  it('goes on with another at once; where that breaks too it is in FAULT, not deaf, and tries each second', () => {
    const { clock, first, network } = pair();
    first.instances.configure(config);
    const state = () => first.instances.status().map(({ role, faults }) => [role, faults])[0];
    network.breakSockets('Cannot read: no');
    const once = state();
    network.breakSockets('Cannot read: no');
    first.instances.hostChanged([{ kind: 'link', removed: false, ...linkOf(3, 'eth1') }]);
    assert.deepEqual([once, state(), network.sockets], [['BACKUP', []], ['FAULT', ['Cannot read: no']], 0]);
    clock.advance(1_000);
    assert.deepEqual([state(), network.sockets], [['BACKUP', []], 1]);
    clock.advance(4_000);
    assert.deepEqual([state(), holds(first, '10.0.0.1')], [['MASTER', []], true]);
  });

  it('tries each second to open one that the kernel refuses', () => {
    const { clock, first, network } = pair();
    network.refusing = true;
    first.instances.configure(config);
    clock.advance(5_000);
    const refused = first.instances.status().map(({ role, faults }) => [role, faults]);
    network.refusing = false;
    clock.advance(5_000);
    assert.deepEqual(
      [refused, first.instances.status().map(({ role, faults }) => [role, faults])],
      [[['FAULT', ['Cannot open: no']]], [['MASTER', []]]],
    );
  });
});
