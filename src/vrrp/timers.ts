/** How long a virtual router waits. Pure; milliseconds, with fractions. */

/** What the waiting depends on. */
export interface TimerSettings {
  readonly version: 2 | 3;
  /** down_timer_adverts: so many adverts must be missing (3 in the RFCs). */
  readonly downTimerAdverts: number;
}

/**
 * The higher its priority, the sooner a backup acts, so that the best one is first (Skew_Time). v2 counts in
 * seconds whatever the interval (RFC 3768 §6.1), v3 in parts of the master's interval (RFC 5798 §6.1).
 */
export function skewTimeMs({ version }: TimerSettings, priority: number, masterAdvertMs: number): number {
  return ((256 - priority) / 256) * (version === 2 ? 1000 : masterAdvertMs);
}

/** The silence after which the master counts as gone (Master_Down_Interval). */
export function masterDownMs(settings: TimerSettings, priority: number, masterAdvertMs: number): number {
  return settings.downTimerAdverts * masterAdvertMs + skewTimeMs(settings, priority, masterAdvertMs);
}

/** How long a resigned master may wait for a successor: the slowest one there can be has priority 1. */
export function successorBoundMs(settings: TimerSettings, advertIntMs: number): number {
  return skewTimeMs(settings, 1, advertIntMs);
}

/**
 * How long a timer of the master's silence that fired late is given again. A pause of the thread (or of the whole
 * VM) also kept adverts from arriving, so its silence proves nothing; a master that lives is heard within one
 * interval of its own, and the skew keeps the order among the backups.
 */
export function listenAgainMs(settings: TimerSettings, priority: number, masterAdvertMs: number): number {
  return masterAdvertMs + skewTimeMs(settings, priority, masterAdvertMs);
}

/** Of the first election: vrrp_startup_delay, or what is left of the other one since the host was booted. */
export function startupDelayMs(
  global: { readonly startupDelayMs: number; readonly delayAfterBootMs: number },
  uptimeMs: number,
): number {
  return Math.max(global.startupDelayMs, global.delayAfterBootMs - uptimeMs, 0);
}
