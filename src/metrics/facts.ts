/** What one scrape reads, collected before any metric is asked. */
import type { VerdictCount } from '../addon/addon.ts';
import type { VipIgnored } from '../addon/vip_prober.ts';
import type { CheckLatency } from '../check/latencies.ts';
import type { Status } from '../control/status.ts';

export interface Facts {
  readonly status: Status;
  /** Every verdict, also those that never occurred. Empty while the dataplane worker is being restarted. */
  readonly verdicts: readonly VerdictCount[];
  /** Worker threads that died and were started again, by the worker's name. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly reload: ReloadFacts;
  /** Whole passes of the sweeper since the dataplane worker began; absent while that is being restarted. */
  readonly sweeps?: number | undefined;
  /** By kind of check; none before the first. */
  readonly latencies?: readonly CheckLatency[];
  /** Frames that could have answered xlb_check_vip; absent before the first check. */
  readonly ignoredByProbes?: VipIgnored;
}

/** What became of the reloads, the start included. */
export interface ReloadFacts {
  readonly lastSuccessful: boolean;
  /** Wall clock, milliseconds. */
  readonly lastSuccessMs: number;
}
