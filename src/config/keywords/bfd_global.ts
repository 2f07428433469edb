/** Keywords of global_defs that are about the thread of BFD. */
import { alias, flag, integer } from '../row_builders.ts';
import { processorsRow, threadLimitRow } from './vrrp_global.ts';

export const bfdGlobalKeywords = {
  bfd_priority: integer('nice value of BFD', { min: -20, max: 19 }),
  bfd_no_swap: flag('the code of the process stays in memory', { default: false }),
  bfd_rt_priority: integer('real-time priority of BFD', { min: 1, max: 99, clamp: true }),
  bfd_cpu_affinity: processorsRow('processors that BFD may run on'),
  bfd_rlimit_rttime: threadLimitRow(),
} as const;

export const bfdGlobalAliases = { bfd_rlimit_rtime: alias('bfd_rlimit_rttime') } as const;
