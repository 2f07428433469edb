/** Numbers of the command line. */
import { InvalidArgumentError } from 'commander';

/** 0 and up; nine digits are enough for all that is asked for, and none of them overflows anything. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of at most nine digits.');
}
