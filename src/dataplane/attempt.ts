/** What may fail without the rest of a wish failing. */
import { reasonOf } from '../base/errors.ts';

/** Runs `action`; a failure becomes a problem, and false. */
export function attempt(problems: string[], action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    problems.push(reasonOf(error));
    return false;
  }
}
