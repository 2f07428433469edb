/** What main.ts and the process of a scenario say to one another. Both are of the same build. */
import type { Measured } from './scenario.ts';

export interface Order {
  readonly rounds?: number;
  readonly options: Readonly<Record<string, string>>;
}

export type Answer =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'left_out'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };
