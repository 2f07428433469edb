/** What a director at work needs of its host, so that a test can play it. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { BfdClient } from '../bfd/client.ts';
import type { CheckChange } from '../check/owner.ts';
import type { CheckService } from '../check/service.ts';
import type { ThreadSchedulingConfig } from '../config/model.ts';
import type { DataplaneClient } from '../dataplane/client.ts';
import type { VrrpClient } from '../vrrp/client.ts';
import type { EventLog } from './event_log.ts';
import type { MakeNotifier } from './notifications.ts';
import type { InstancePaths } from './paths.ts';
import type { RunScript } from './run_script.ts';

/** A check has changed its mind; `result`: the attempt that did it. */
export type CheckNews = Pick<CheckChange, 'key' | 'healthy' | 'weight'> &
  Partial<Pick<CheckChange, 'result'>>;

export interface RunningShell {
  readonly dataplane: DataplaneClient;
  readonly vrrp: VrrpClient;
  readonly bfd: BfdClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly paths: InstancePaths;
  readonly makeNotifier: MakeNotifier;
  readonly runScript: RunScript;
  /** What it is, in a few words, each time that changes. */
  readonly onSummary: (summary: string) => void;
  /** Of this host. */
  readonly localAddresses: () => ReadonlySet<string>;
  /** Makes the checks; called when forwarding is up, so that loading them delays nothing. */
  readonly startChecks: (
    onChange: (change: CheckNews) => void,
    scheduling?: ThreadSchedulingConfig,
  ) => Promise<CheckService>;
  /** Of what happens from now on. */
  readonly events: EventLog;
  /** By the outlet's name. */
  readonly eventsLost: () => Readonly<Record<string, number>>;
}
