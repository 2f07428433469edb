/** What a checker is, and what it can answer. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Spawn } from '../base/script/program.ts';
import type { SessionBoard } from '../base/sessions.ts';
import type { CheckConfig, LocalCheckConfig, NetworkCheckConfig } from '../config/model.ts';

/** `healthy` is undefined where the check says nothing about the real server. */
export const checkResults = {
  L3OK: { healthy: true, meaning: 'echo request answered' },
  L3TOUT: { healthy: false, meaning: 'no answer to an echo request in time' },
  L3ERR: { healthy: false, meaning: 'host unreachable' },
  L4OK: { healthy: true, meaning: 'connection accepted' },
  L4TOUT: { healthy: false, meaning: 'no answer in time' },
  L4CON: { healthy: false, meaning: 'connection refused or unreachable' },
  VIPTOUT: { healthy: false, meaning: 'no answer from the virtual address at its MAC in time' },
  VIPCON: { healthy: false, meaning: 'the virtual address at its MAC refused, or is unreachable' },
  L6TOUT: { healthy: false, meaning: 'no TLS handshake in time' },
  L6RSP: { healthy: false, meaning: 'TLS handshake failed' },
  L7OK: { healthy: true, meaning: 'answered as it should' },
  L7TOUT: { healthy: false, meaning: 'connected, but no complete answer in time' },
  L7RSP: { healthy: false, meaning: 'connection broken off, or an answer that makes no sense or is another' },
  L7STS: { healthy: false, meaning: 'answered with an error, or another status than expected' },
  PROCOK: { healthy: true, meaning: 'the script says so' },
  PROCTOUT: { healthy: false, meaning: 'the script was not over in time' },
  PROCERR: { healthy: false, meaning: 'the script says so, or was ended by a signal' },
  FILEOK: { healthy: true, meaning: 'the number in the file says so' },
  FILEERR: { healthy: false, meaning: 'the number in the file says so' },
  BFDUP: { healthy: true, meaning: 'the BFD session is up' },
  BFDDOWN: { healthy: false, meaning: 'the BFD session is down' },
  BFDINIT: { healthy: undefined, meaning: 'the BFD session has not been up yet' },
  SOCKERR: { healthy: undefined, meaning: 'the director could not make the socket of the check' },
  NOTRUN: { healthy: undefined, meaning: 'the check could not run' },
  DISABLED: { healthy: undefined, meaning: 'check disabled' },
} as const satisfies Record<string, { readonly healthy: boolean | undefined; readonly meaning: string }>;

export type CheckCode = keyof typeof checkResults;

/** What a check makes of its real server's weight: `set` to a number, or a number added to the configured weight. */
export type CheckWeight = { readonly set: number } | { readonly add: number };

export interface CheckResult {
  readonly code: CheckCode;
  /** What the system said, such as ECONNREFUSED. */
  readonly detail?: string;
  /** What is wrong with the real server, though not so that it fails: for the log and the status. */
  readonly warning?: string;
  /** Only where it passed. Absent: the weight stays what the check made of it before. */
  readonly weight?: CheckWeight;
}

/** What came of an attempt, and how long that took. */
export interface AttemptResult extends CheckResult {
  readonly latencyMs: number;
}

/** What the log says of a check; where one is absent, what it says of any. */
export interface CheckPhrases<Config extends CheckConfig> {
  /** A real server passes for the first time or again. */
  passed(service: string, check: Config): string;
  /** One is called down. Without the number of retries. */
  failed?(service: string, check: Config, result: CheckResult): string;
  /** log_all_failures: an attempt has failed while the server is up. Nothing is said where it is absent. */
  attemptFailed?(service: string, check: Config, result: CheckResult): string;
  /** Its name in `TCP_CHECK on service ... failed`. */
  readonly title?: string;
}

/** One kind of probe. It makes one attempt and remembers nothing. */
export interface Checker<Config extends NetworkCheckConfig> extends CheckPhrases<Config> {
  /** The block's keyword. */
  readonly keyword: Config['kind'];
  /** It holds connect_timeout itself; `signal` is never aborted then. */
  readonly keepsTime?: true;
  /** One attempt. Ends soon after `signal` is aborted, which means that the time is up. */
  run(check: Config, signal: AbortSignal): Promise<CheckResult>;
}

/** What attempts of one check after another are made by. */
export interface Attempts<Config extends CheckConfig> {
  /** Never rejects, and is over some time; not called while one is under way. `check` may have got other times. */
  run(check: Config): Promise<AttemptResult>;
  /** Ends what is under way, whose result does not count any more; resolves when nothing is left of it. */
  close(): Promise<void>;
}

export interface LocalShell {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly spawn: Spawn;
  readonly sessions: Pick<SessionBoard, 'states' | 'watch'>;
  /** The next attempt is to be made at once: something has changed. */
  readonly wake: () => void;
}

/**
 * One kind of probe that asks this host: made by the main thread. A script must end when the daemon does, whatever
 * becomes of the threads of the pool, and starting one takes milliseconds that those spend on other checks.
 */
export interface LocalChecker<Config extends LocalCheckConfig> extends CheckPhrases<Config> {
  readonly keyword: Config['kind'];
  open(check: Config, shell: LocalShell): Attempts<Config>;
}
