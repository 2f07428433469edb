/** Pure: from how late things were to what is said of it. */

/** In milliseconds. */
export interface Lateness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Sorts `late`. */
export function latenessOf(late: number[]): Lateness {
  late.sort((a, b) => a - b);
  const percentile = (part: number) => Math.round(10 * (late[Math.floor(part * late.length)] ?? 0)) / 10;
  return { p50: percentile(0.5), p99: percentile(0.99), max: Math.round(late.at(-1) ?? 0) };
}
