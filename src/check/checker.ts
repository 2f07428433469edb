/** What a checker is, and what it can answer. */
import type { CheckConfig } from '../config/model.ts';

/** `healthy` is undefined where the check says nothing about the real server. */
export const checkResults = {
  L4OK: { healthy: true, meaning: 'connection accepted' },
  L4TOUT: { healthy: false, meaning: 'no answer in time' },
  L4CON: { healthy: false, meaning: 'connection refused or unreachable' },
  SOCKERR: { healthy: undefined, meaning: 'the director could not make the socket of the check' },
  NOTRUN: { healthy: undefined, meaning: 'the check could not run' },
} as const satisfies Record<string, { readonly healthy: boolean | undefined; readonly meaning: string }>;

export type CheckCode = keyof typeof checkResults;

export interface CheckResult {
  readonly code: CheckCode;
  /** What the system said, such as ECONNREFUSED. */
  readonly detail?: string;
}

/** One kind of probe. It makes one attempt and remembers nothing. */
export interface Checker<Config extends CheckConfig> {
  /** The block's keyword. */
  readonly keyword: Config['kind'];
  /** What the log says when a real server passes for the first time or again. */
  passed(service: string): string;
  /** One attempt. Ends soon after `signal` is aborted, which means that the time is up. */
  run(check: Config, signal: AbortSignal): Promise<CheckResult>;
}
