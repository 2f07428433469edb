/** reload_time_file: when to reload, as keepalived writes it. Pure. */

export type ReloadTime =
  /** Of the wall clock. `dated`: it is for once, whatever reload_repeat says. */
  | { readonly atMs: number; readonly dated: boolean }
  /** 'is in the past'. */
  | { readonly wrong: string };

const DAY_MS = 86_400_000;

/** `HH:MM:SS`, today or else tomorrow, or `[YY]YY-MM-DD HH:MM:SS`; local time, or UTC where a Z follows. */
export function reloadTime(text: string, nowMs: number): ReloadTime {
  const found = /^(?:((?:\d\d)?\d\d)-(\d\d)-(\d\d) )?(\d\d):(\d\d):(\d\d)(Z?)$/.exec(text);
  if (found === null)
    return { wrong: 'is not HH:MM:SS or YYYY-MM-DD HH:MM:SS, with or without a Z behind it' };
  const [, year, month, day, hour, minute, second, zulu] = found;
  const utc = zulu === 'Z';
  const now = new Date(nowMs);
  const today = utc
    ? [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
    : [now.getFullYear(), now.getMonth(), now.getDate()];
  const date = year === undefined ? today : [fullYear(year), Number(month) - 1, Number(day)];
  const parts = [...date, Number(hour), Number(minute), Number(second)];
  const atMs = moment(parts, utc);
  if (atMs === undefined) return { wrong: 'is no time that there is' };
  if (atMs > nowMs) return { atMs, dated: year !== undefined };
  if (year !== undefined) return { wrong: 'is in the past' };
  const [y = 0, m = 0, d = 0, ...time] = parts;
  const tomorrow = new Date(Date.UTC(y, m, d) + DAY_MS);
  const next = [tomorrow.getUTCFullYear(), tomorrow.getUTCMonth(), tomorrow.getUTCDate(), ...time];
  return { atMs: moment(next, utc) ?? atMs + DAY_MS, dated: false };
}

/** strptime(3): 69 to 99 are of the last century. */
function fullYear(year: string): number {
  const number = Number(year);
  if (year.length === 4) return number;
  return number + (number < 69 ? 2000 : 1900);
}

/** Undefined for the 30th of February, and for an hour that summer time leaves out. */
function moment([y = 0, m = 0, d = 0, hour = 0, minute = 0, second = 0]: number[], utc: boolean) {
  const date = utc
    ? new Date(Date.UTC(y, m, d, hour, minute, second))
    : new Date(y, m, d, hour, minute, second);
  const is = utc
    ? [date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  return is.every((value, at) => value === [m, d, hour, minute, second][at]) ? date.getTime() : undefined;
}
