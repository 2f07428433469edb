/** Options of scenarios that are numbers. */
import { XlbError } from '../src/base/errors.ts';
import type { Context } from './scenario.ts';

interface Limits {
  readonly otherwise: number;
  readonly least: number;
  readonly most: number;
}

export function numberOf({ option }: Pick<Context, 'option'>, name: string, limits: Limits): number {
  const text = option(name);
  if (text === undefined) return limits.otherwise;
  const value = Number(text);
  if (text.trim() !== '' && value >= limits.least && value <= limits.most) return value;
  throw new XlbError(
    'USAGE',
    `Cannot take --${name} ${text}: it is not a number from ${limits.least} to ${limits.most}`,
  );
}

export function secondsOf(context: Pick<Context, 'option'>, otherwise: number): number {
  return numberOf(context, 'seconds', { otherwise, least: 0.5, most: 3_600 });
}
