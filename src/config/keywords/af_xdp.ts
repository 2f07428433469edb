/** What global_defs says of the threads that forward where the data path is af_xdp. */
import { integer } from '../row_builders.ts';

export const afXdpKeywords = {
  xlb_af_xdp_busy_poll: integer(
    'microseconds for which a thread of af_xdp goes on asking the driver for frames (busy polling) before it sleeps; ' +
      '0: it waits for interrupts',
    { default: 0, max: 1_000_000, strict: true },
  ),
  xlb_af_xdp_rt_priority: integer(
    'threads of af_xdp are real-time threads (SCHED_FIFO) of this priority; 0: they are as others',
    { default: 0, max: 99, strict: true },
  ),
} as const;
