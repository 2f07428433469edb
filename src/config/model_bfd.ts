/** What a configuration file says about BFD: sessions with neighbours (RFC 5880). */
import type { Span } from './model.ts';

/** bfd_instance. Intervals are microseconds, as in the packets. */
export interface BfdInstanceConfig {
  readonly name: string;
  /** neighbor_ip. */
  readonly neighbor: string;
  /** source_ip, of the neighbour's family. Absent: the kernel's choice. */
  readonly source?: string;
  readonly minRxUs: number;
  readonly minTxUs: number;
  /** Between packets while the session is not up. */
  readonly idleTxUs: number;
  readonly multiplier: number;
  /** Says nothing before the neighbour does. */
  readonly passive: boolean;
  /** Or hop limit: that of packets sent, and, less maxHops, the least of packets taken. */
  readonly ttl: number;
  readonly maxHops: number | 'any';
  /** RFC 5883: another port. */
  readonly multihop: boolean;
  readonly span: Span;
}

/** bfd_rt_priority, checker_rt_priority and the like: how threads are scheduled; what is absent is left as it is. */
export interface ThreadSchedulingConfig {
  /** Of SCHED_RR. */
  readonly realTimePriority?: number;
  /** -20 to 19. */
  readonly nice?: number;
  readonly processors?: readonly number[];
  readonly noSwap?: true;
}
