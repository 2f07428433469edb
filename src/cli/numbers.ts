/** Numbers of the command line. */
import { InvalidArgumentError } from 'commander';

/** 0 and up. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
