/** Which check belongs to which real server. Pure. */
import type { CheckConfig, Config, VirtualServerConfig } from '../config/model.ts';
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

/** Of virtual servers that a reload leaves as they are, nothing is worked out again. */
const known = new WeakMap<VirtualServerConfig, readonly CheckOwner[]>();

/** By the checks' keys. */
export function checkOwners({ virtualServers }: Config): Map<string, CheckOwner> {
  const owners = new Map<string, CheckOwner>();
  for (const virtualServer of virtualServers) {
    const own = known.get(virtualServer) ?? ownersOf(virtualServer);
    known.set(virtualServer, own);
    for (const owner of own) owners.set(owner.key, owner);
  }
  return owners;
}

function ownersOf(config: VirtualServerConfig): CheckOwner[] {
  const virtualServer = virtualServerName(config);
  return config.realServers.flatMap((one) => {
    const { address } = one;
    const realServer = realServerName(one, config);
    return realServerChecks(config, one).map((check) => ({ ...check, address, realServer, virtualServer }));
  });
}
