/** Keywords of global_defs that are about the threads of health checks. */
import { alias, flag, integer } from '../row_builders.ts';
import { processorsRow, threadLimitRow } from './vrrp_global.ts';

export const checkerGlobalKeywords = {
  checker_priority: integer('nice value of health checks', { min: -20, max: 19 }),
  checker_no_swap: flag('the code of the process stays in memory', { default: false }),
  checker_rt_priority: integer('real-time priority of health checks', { min: 1, max: 99, clamp: true }),
  checker_cpu_affinity: processorsRow('processors that health checks may run on'),
  checker_rlimit_rttime: threadLimitRow(),
} as const;

export const checkerGlobalAliases = { checker_rlimit_rtime: alias('checker_rlimit_rttime') } as const;
