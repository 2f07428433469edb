/** keepalived's names for what a signal makes it do (--signum), and the numbers on Linux with glibc (signal(7)). */
export const signalNumbers = {
  STOP: 15,
  RELOAD: 1,
  DATA: 10,
  STATS: 12,
  /** SIGRTMAX-1. */
  STATS_CLEAR: 63,
  /** SIGRTMIN+2. */
  JSON: 36,
} as const;

export type SignalFunction = keyof typeof signalNumbers;
