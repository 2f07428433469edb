import assert from 'node:assert/strict';
import type { Report } from '../../src/daemon/dump/report.ts';
import { Statistics } from '../../src/vrrp/statistics.ts';
import type { InstanceStatus } from '../../src/vrrp/status.ts';
import { configWith } from './sample_config.ts';

/** What a dump is made of: one virtual router, or one of each of `names`. */
export function report(changes: Partial<InstanceStatus>, names?: readonly string[]): Report {
  const config = configWith('10.0.0.2');
  const [instance = assert.fail()] = config.vrrpInstances;
  const instances = (names ?? [instance.name]).map((name) => ({ ...instance, name }));
  const status: Omit<InstanceStatus, 'name'> = {
    role: 'BACKUP',
    leaving: false,
    priority: 90,
    interface: 'eth0',
    virtualRouterId: instance.virtualRouterId,
    version: 2,
    addresses: ['10.0.0.1/32'],
    faults: [],
    changedMs: 1_000_500,
    statistics: new Statistics().snapshot(),
    ...changes,
  };
  return {
    config: { ...config, vrrpInstances: instances },
    instances: instances.map(({ name }) => ({ ...status, name })),
    virtualServers: [],
    checks: [],
  };
}
