/** What of a configuration goes to which part of the daemon. Pure. */
import type { MarkRule } from '../addon/addon.ts';
import type { Config } from '../config/model.ts';
import type { VrrpConfig } from '../vrrp/instances.ts';

export function vrrpConfig(config: Config): VrrpConfig {
  const { global, vrrpInstances, vrrpSyncGroups, vrrpScripts, trackFiles, trackProcesses } = config;
  return {
    global: global.vrrp,
    vrrpInstances,
    vrrpSyncGroups,
    vrrpScripts,
    trackFiles,
    trackProcesses,
    static: config.static,
  };
}

export function markRules({ markRules: rules }: Config): MarkRule[] {
  return rules.map(({ fwmark, prefix, protocol, ports }) => ({
    fwmark,
    prefix,
    ...(protocol === undefined ? {} : { protocol }),
    ...(ports === undefined ? {} : { ports }),
  }));
}
