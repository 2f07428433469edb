/** Which check belongs to which real server. Pure. */
import type { CheckConfig, Config } from '../config/model.ts';
import { realServerChecks, realServerName, virtualServerName } from './real_server.ts';
import type { VirtualServerState } from './virtual_server.ts';

export interface CheckOwner {
  readonly key: string;
  readonly check: CheckConfig;
  /** Of the real server. */
  readonly address: string;
  /** Names as in `[10.0.0.1]:tcp:80`. */
  readonly realServer: string;
  readonly virtualServer: string;
}

export function failedChecks(states: Iterable<VirtualServerState>): ReadonlySet<string> {
  return new Set([...states].flatMap(({ realServers }) => realServers.flatMap((one) => one.failedChecks)));
}

/** By the checks' keys. */
export function checkOwners({ virtualServers }: Config): Map<string, CheckOwner> {
  const owners = new Map<string, CheckOwner>();
  for (const virtualServer of virtualServers) {
    for (const realServer of virtualServer.realServers) {
      for (const { key, check } of realServerChecks(virtualServer, realServer)) {
        owners.set(key, {
          key,
          check,
          address: realServer.address,
          realServer: realServerName(realServer, virtualServer),
          virtualServer: virtualServerName(virtualServer),
        });
      }
    }
  }
  return owners;
}
