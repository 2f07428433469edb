import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outOfService } from '../../src/daemon/recovery.ts';
import { createHistory, snapshotOf } from '../../src/director/snapshot.ts';
import { startVirtualServer, toSpec } from '../../src/director/virtual_server.ts';
import { tableOf } from '../helpers/fake_host.ts';
import { realServerConfig, virtualServerConfig } from '../helpers/sample_config.ts';

describe('real servers that were out of service when the process before died', () => {
  it('are found in a group that the tables have under another of its members', () => {
    const member = { protocol: 'TCP', address: '10.0.0.9', port: 80 } as const;
    const [here, gone] = [realServerConfig('10.0.0.2'), realServerConfig('10.0.0.3')];
    const state = startVirtualServer(virtualServerConfig([here, gone], { group: 'web', members: [member] }));
    const { protocol, address, port } = toSpec(state);
    const left = { ...toSpec(state), ...member, members: [{ protocol, address, port }] };
    const adopted = tableOf({ ...left, destinations: [{ address: '10.0.0.2', weight: 1 }] });
    const snapshot = () => [snapshotOf(state, createHistory(0))];
    assert.deepEqual(outOfService({ snapshot }, [adopted]), [
      '[web]:tcp [10.0.0.3]:tcp:80 TCP_CHECK connectIp=10.0.0.3 connectPort=80',
    ]);
  });
});
