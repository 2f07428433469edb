/** Numbers and times as people read them at a glance. Pure. */

const steps = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** '0', '0.4', '12', '1.2 k', '34.5 M': three digits at most. */
export function short(value: number): string {
  for (const [size, unit] of steps) if (value >= size * 0.9995) return `${digits(value / size)} ${unit}`;
  return value === 0 || value >= 9.95 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

/** Bytes a second as '1.2 Mbit/s'. */
export function bits(bytesPerSecond: number): string {
  return withUnit(bytesPerSecond * 8, 'bit/s');
}

/** '12 B', '1.2 kB'. */
export function withUnit(value: number, unit: string): string {
  const text = short(value);
  return `${text}${/[a-z]$/i.test(text) ? '' : ' '}${unit}`;
}

function digits(value: number): string {
  return value < 99.95 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

/** '12,345,678'. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** '4 s', '12 min', '3 h 5 min', '12 d 4 h'. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair([hours, 'h'], [minutes % 60, 'min']);
  const days = Math.floor(hours / 24);
  return pair([days, 'd'], [days < 30 ? hours % 24 : 0, 'h']);
}

type Part = readonly [count: number, unit: string];

function pair(big: Part, small: Part): string {
  return (small[0] === 0 ? [big] : [big, small]).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** A latency: '0.3 ms', '12 ms', '1.2 s'. */
export function took(ms: number): string {
  if (ms >= 1000) return `${Math.round(ms / 100) / 10} s`;
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

/** '14:03:07' of the reader's own clock. */
export function timeOfDay(at: string | number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}
