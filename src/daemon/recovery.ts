/**
 * After a crash: a real server that was out of service when the process before died stays out until a check of it
 * passes. Without this, a daemon that dies would bring dead servers back.
 */
import type { VirtualServerState } from '../addon/addon.ts';
import { checkResults } from '../check/checker.ts';
import type { CheckState } from '../check/runner.ts';
import { nameOf } from '../dataplane/difference.ts';
import type { Director } from '../director/director.ts';

type CheckKey = string;

/**
 * The checks of real servers that the adopted tables have out of service: absent, gone, or with weight 0 where the
 * configuration gives another. A virtual server that the tables do not have is new, and starts as at any start.
 */
export function outOfService(
  director: Pick<Director, 'snapshot'>,
  adopted: readonly VirtualServerState[],
): CheckKey[] {
  const adoptedByName = new Map(adopted.map((server) => [nameOf(server), server]));
  return director.snapshot().flatMap((server) => {
    const before = adoptedByName.get(nameOf(server));
    if (before === undefined) return [];
    const inService = new Set(
      before.destinations
        .filter(({ gone }) => !gone)
        .filter(({ address, weight }) => weight > 0 || weightOf(server.realServers, address) === 0)
        .map(({ address }) => address),
    );
    return server.realServers
      .filter(({ address }) => !inService.has(address))
      .flatMap(({ checks }) => checks);
  });
}

function weightOf(
  realServers: readonly { readonly address: string; readonly configuredWeight: number }[],
  address: string,
): number | undefined {
  return realServers.find((server) => server.address === address)?.configuredWeight;
}

/** Which of `waiting` have had their first answer by now, and what it says. */
export function firstAnswers(
  waiting: ReadonlySet<CheckKey>,
  states: readonly Pick<CheckState, 'key' | 'result'>[],
): Map<CheckKey, boolean> {
  const answers = new Map<CheckKey, boolean>();
  for (const { key, result } of states) {
    const healthy = result === undefined ? undefined : checkResults[result.code].healthy;
    if (waiting.has(key) && healthy !== undefined) answers.set(key, healthy);
  }
  return answers;
}
