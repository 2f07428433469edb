/** How a thread is scheduled: what a configuration says, as the addon takes it. */
import type { ThreadScheduling } from './vrrp_socket.ts';

/** ThreadSchedulingConfig. */
interface WantedScheduling {
  readonly realTimePriority?: number;
  readonly nice?: number;
  readonly processors?: readonly number[];
  readonly noSwap?: true;
}

export function threadScheduling(wanted: WantedScheduling): ThreadScheduling {
  const { nice, noSwap, processors, realTimePriority: priority } = wanted;
  return {
    ...(priority === undefined ? {} : { realTime: { priority } }),
    ...(nice === undefined ? {} : { nice }),
    ...(processors === undefined ? {} : { processors }),
    ...(noSwap === true ? { lockMemory: true } : {}),
  };
}
