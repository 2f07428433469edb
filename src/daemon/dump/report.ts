/** What a dump is made of. */
import type { CheckState } from '../../check/runner.ts';
import type { Config, VrrpInstanceConfig } from '../../config/model.ts';
import type { VirtualServerSnapshot } from '../../director/snapshot.ts';
import type { InstanceStatus } from '../../vrrp/status.ts';
import { completeRouter, type VirtualRouter } from '../../vrrp/virtual_router.ts';

export interface Report {
  readonly config: Config;
  /** None while the VRRP worker is being restarted. */
  readonly instances: readonly InstanceStatus[];
  readonly virtualServers: readonly VirtualServerSnapshot[];
  readonly checks: readonly CheckState[];
}

/** A virtual router as configured, as it works, and as it is now. */
export interface ReportedInstance {
  readonly config: VrrpInstanceConfig;
  readonly router: VirtualRouter;
  readonly status: InstanceStatus;
}

/** In the order of the configuration. */
export function reportedInstances({ config, instances }: Report): ReportedInstance[] {
  return config.vrrpInstances.flatMap((one) => {
    const status = instances.find(({ name }) => name === one.name);
    if (status === undefined) return [];
    return [
      {
        config: one,
        router: completeRouter({ ...one, address: '', startupDelayMs: 0, synced: false }),
        status,
      },
    ];
  });
}

/** Its addresses are on the host. */
export function holds({ role, leaving }: InstanceStatus): boolean {
  return role === 'MASTER' || leaving;
}
