/** Pure: from the values of the rounds to a figure. */
import type { Figure } from './scenario.ts';

export interface Summary {
  readonly rounds: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of an even number of values: the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Four digits at least, and tenths where those are fewer. */
export function rounded(value: number): number {
  const size = Math.abs(value);
  const scale = size >= 1000 ? 1 : size >= 10 ? 10 : 1000;
  return Math.round(value * scale) / scale;
}

export function summary(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('Cannot summarise a figure: it was never measured');
  return {
    rounds: values.length,
    median: rounded(median(values)),
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
  };
}

type Described = Omit<Figure, keyof Summary | 'ok'>;

/** The figure with whether its bound holds. */
export function judged(figure: Omit<Figure, 'ok'>): Figure {
  const { bound, better, median: middle } = figure;
  if (bound === undefined) return figure;
  return { ...figure, ok: better === 'less' ? middle <= bound : middle >= bound };
}

export function figure(described: Described, values: readonly number[]): Figure {
  return judged({ ...described, ...summary(values) });
}

/** For a reader: 1234567 as 1,234,567. */
export function printed(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

/** 'ok', 'NOT OK', or nothing where there is no bound; with the bound. */
export function verdict({ bound, better, ok }: Figure): string {
  if (bound === undefined) return '';
  return `${better === 'less' ? '<=' : '>='} ${printed(bound)} ${ok === true ? 'ok' : 'NOT OK'}`;
}
