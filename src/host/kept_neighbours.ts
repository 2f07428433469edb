import type { Logger } from '../base/forward_log.ts';
import { Remembered } from './remembered.ts';

/** A neighbour that the kernel was asked to keep resolved. It would do so for ever, so it is remembered. */
export interface KeptNeighbour {
  readonly index: number;
  readonly address: string;
}

export type KeptNeighbours = Remembered<KeptNeighbour>;

/** The neighbours kept by this instance, as `file` remembers them. */
export function keptNeighbours(file: string, log: Pick<Logger, 'warn'>): KeptNeighbours {
  return new Remembered(file, { parse, key: keyOf }, log);
}

export function keyOf({ index, address }: KeptNeighbour): string {
  return `${index} ${address}`;
}

function parse(value: unknown): KeptNeighbour | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { index, address } = value as Record<keyof KeptNeighbour, unknown>;
  return typeof index === 'number' && typeof address === 'string' ? { index, address } : undefined;
}
