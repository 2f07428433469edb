/** Pure: a configuration in which what has not changed is what it was. */
import { areSameSettings, isKnownTheSame } from '../../base/same_settings.ts';
import type { Config, RealServerConfig, VirtualServerConfig } from '../../config/model.ts';
import { virtualServerName } from '../../director/real_server.ts';

/**
 * `wanted`, with the virtual servers and real servers of `running` wherever both say the same: whoever compares them
 * sees that at once, and what was worked out for them holds on. The places in the file are the older ones then.
 */
export function withUnchanged(running: Config, wanted: Config): Config {
  const before = new Map(running.virtualServers.map((one) => [virtualServerName(one), one]));
  const virtualServers = wanted.virtualServers.map((one) => {
    const old = before.get(virtualServerName(one));
    return old === undefined ? one : unchangedServer(old, one);
  });
  return { ...wanted, virtualServers };
}

function unchangedServer(old: VirtualServerConfig, wanted: VirtualServerConfig): VirtualServerConfig {
  if (isKnownTheSame(old, wanted) || areSameSettings(old, wanted)) return old;
  const before = new Map<string, RealServerConfig>(old.realServers.map((one) => [one.address, one]));
  const realServers = wanted.realServers.map((one) => {
    const known = before.get(one.address);
    return known !== undefined && areSameSettings(known, one) ? known : one;
  });
  return { ...wanted, realServers };
}
