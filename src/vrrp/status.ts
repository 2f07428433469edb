/** What `xlb status` shows of a virtual router. */
import type { Role } from './news.ts';
import type { StatisticsSnapshot } from './statistics.ts';

export interface InstanceStatus {
  readonly name: string;
  readonly role: Role;
  /** It has resigned and waits for its successor. */
  readonly leaving: boolean;
  /** Effective. */
  readonly priority: number;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  /** 'ADDRESS/PREFIX'. */
  readonly addresses: readonly string[];
  /** Who is master as far as this director knows; itself included. */
  readonly master?: { readonly address: string; readonly priority: number };
  /** Another one that says it is master too. */
  readonly rival?: { readonly address: string; readonly priority: number };
  /** Why it is in FAULT. */
  readonly faults: readonly string[];
  /** What it should track and does not; absent where there is nothing. */
  readonly untracked?: readonly string[];
  /** Wall clock: when its role last changed. */
  readonly changedMs: number;
  readonly statistics: StatisticsSnapshot;
}
