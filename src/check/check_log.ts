/** What the log says of checks: keepalived's phrases, which people search their logs for. */
import type { Logger } from '../base/log.ts';
import type { CheckConfig } from '../config/model.ts';
import type { AttemptResult, CheckPhrases } from './checker.ts';
import { localCheckers } from './local_registry.ts';
import type { Owner } from './owner.ts';
import { checkers } from './registry.ts';

export interface Said {
  readonly check: CheckConfig;
  readonly owners: readonly Owner[];
  readonly result: AttemptResult;
}

/** Real servers are called up or down. `retries` are those made before giving up. */
export function logVerdict(
  logger: Logger,
  { check, owners, result }: Said,
  { healthy, retries }: { readonly healthy: boolean; readonly retries: number },
): void {
  const phrases = phrasesOf(check);
  const after = retries === 0 ? '' : ` after ${retries} retries`;
  const { code, detail } = result;
  for (const service of services(owners)) {
    const about = {
      event: healthy ? 'check_passed' : 'check_failed',
      real_server: service,
      check: check.kind,
    };
    if (healthy) {
      logger.info(phrases.passed(service, check), undefined, about);
      continue;
    }
    const said = phrases.failed?.(service, check, result);
    const text = `${said ?? `${phrases.title ?? check.kind} on service ${service} failed`}${after}.`;
    logger.warn(text, { code, detail }, about);
  }
}

/** log_all_failures: an attempt has failed. */
export function logAttempt(logger: Logger, { check, owners, result }: Said): void {
  const { attemptFailed } = phrasesOf(check);
  if (check.logAllFailures !== true || attemptFailed === undefined) return;
  const { code, detail } = result;
  for (const service of services(owners))
    logger.info(attemptFailed(service, check, result), { code, detail });
}

export function logNoSocket(logger: Logger, { check, owners, result }: Said): void {
  for (const service of services(owners))
    logger.warn(`Cannot make the socket of ${check.kind} on service ${service}: ${result.detail}`);
}

/** A real server of many virtual servers is named once. */
function services(owners: readonly Owner[]): ReadonlySet<string> {
  return new Set(owners.map(({ target }) => target.realServer));
}

function phrasesOf({ kind }: CheckConfig): CheckPhrases<CheckConfig> {
  return { ...checkers, ...localCheckers }[kind] as CheckPhrases<CheckConfig>;
}
