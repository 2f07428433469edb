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

/** Of real servers and sorry servers. */
export function serverAddresses({ virtualServers }: Config): string[] {
  return virtualServers.flatMap(({ realServers, sorryServer }) =>
    [...realServers, ...(sorryServer ? [sorryServer] : [])].map((one) => one.address),
  );
}

/** `config` with the virtual routers of `before`, and what they track. */
export function withVrrpOf(before: Config, config: Config): Config {
  const { global: vrrp, ...routers } = vrrpConfig(before);
  return { ...config, ...routers, global: { ...config.global, vrrp } };
}

/** '2 virtual servers, 1 real server'. */
export function serverCounts({ virtualServers }: Config): string {
  const realServers = virtualServers.reduce((sum, server) => sum + server.realServers.length, 0);
  return `${count(virtualServers.length, 'virtual server')}, ${count(realServers, 'real server')}`;
}

/** '2 virtual servers, master of 1 of 2 virtual routers'. */
export function summaryOf({ virtualServers, vrrpInstances }: Config, masters: number): string {
  const routers =
    vrrpInstances.length === 0
      ? []
      : [`master of ${masters} of ${count(vrrpInstances.length, 'virtual router')}`];
  return [count(virtualServers.length, 'virtual server'), ...routers].join(', ');
}

/** '1 real server', '2 real servers'. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
