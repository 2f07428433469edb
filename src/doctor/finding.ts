/** What the doctor finds: one line each, with what it means and what cures it. */

export type Health = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly state: Health;
  /** A fact, in one phrase. */
  readonly text: string;
  /** What comes of it; of those that are not ok. */
  readonly means?: string;
  /** A command, or what to do. */
  readonly cure?: string;
}

/** A row of a table of checks. */
export interface Check<Facts> {
  /** Short, for the first column and for machines. */
  readonly name: string;
  /** None: there is nothing to look at. */
  readonly look: (facts: Facts) => readonly Finding[];
}

export interface Examined extends Finding {
  readonly check: string;
}

export function ok(text: string): Finding {
  return { state: 'ok', text };
}

export function warn(text: string, more: Required<Pick<Finding, 'means' | 'cure'>>): Finding {
  return { state: 'warn', text, ...more };
}

export function fail(text: string, more: Required<Pick<Finding, 'means' | 'cure'>>): Finding {
  return { state: 'fail', text, ...more };
}

export function examine<Facts>(checks: readonly Check<Facts>[], facts: Facts): Examined[] {
  return checks.flatMap(({ name, look }) => look(facts).map((finding) => ({ check: name, ...finding })));
}

/** 0: nothing keeps it from working; 1: something does. */
export function exitOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
}
