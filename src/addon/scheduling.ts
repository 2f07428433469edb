/** How a thread is scheduled: what a configuration says, as the addon takes it. */
import type { ThreadScheduling } from './vrrp_socket.ts';

/** ThreadSchedulingConfig. */
interface WantedScheduling {
  readonly realTimePriority?: number;
  readonly realTimeLimitUs?: number;
  readonly nice?: number;
  readonly processors?: readonly number[];
  readonly noSwap?: true;
}

export function threadScheduling(wanted: WantedScheduling): ThreadScheduling {
  const { nice, noSwap, processors, realTimeLimitUs: limitUs, realTimePriority: priority } = wanted;
  return {
    ...(priority === undefined
      ? {}
      : { realTime: { priority, ...(limitUs === undefined ? {} : { limitUs }) } }),
    ...(nice === undefined ? {} : { nice }),
    ...(processors === undefined ? {} : { processors }),
    ...(noSwap === true ? { lockMemory: true } : {}),
  };
}
