/** A compact text of the model for golden files: one line a thing, every value that is not absent. */
import { formatEndpoint } from '../../src/base/address.ts';
import type {
  CheckConfig,
  Config,
  RealServerConfig,
  VirtualAddressConfig,
  VirtualServerConfig,
  VrrpInstanceConfig,
} from '../../src/config/model.ts';

export function printConfig(config: Config): string {
  const { global } = config;
  return [
    line('global', {
      router_id: global.routerId,
      garp: `${global.garpMasterRepeat} after ${global.garpMasterDelayMs} ms`,
      flow_table_size: global.flowTableSize,
      interfaces: global.interfaces.map(({ name }) => name).join(',') || undefined,
      xdp_mode: global.xdpMode,
    }),
    ...config.vrrpInstances.flatMap(printInstance),
    ...config.virtualServers.flatMap(printVirtualServer),
  ].join('\n');
}

function printInstance(instance: VrrpInstanceConfig): string[] {
  return [
    line(`vrrp_instance ${instance.name}`, {
      state: instance.state,
      interface: instance.interface.name,
      vrid: instance.virtualRouterId,
      priority: instance.priority,
      advert_int: `${instance.advertIntMs} ms`,
    }),
    ...instance.addresses.map(printAddress),
  ];
}

function printAddress(address: VirtualAddressConfig): string {
  return line(`  ${address.address}/${address.prefix}`, {
    dev: address.interface,
    label: address.label,
    brd: address.broadcast,
    scope: address.scope,
  });
}

function printVirtualServer(server: VirtualServerConfig): string[] {
  return [
    line(`virtual_server ${server.protocol} ${formatEndpoint(server.address, server.port)}`, {
      lb_algo: server.scheduler,
      delay_loop: `${server.delayLoopMs} ms`,
    }),
    ...server.realServers.flatMap(printRealServer),
  ];
}

function printRealServer(server: RealServerConfig): string[] {
  return [
    line(`  real_server ${formatEndpoint(server.address, server.port)}`, {
      weight: server.weight,
      inhibit_on_failure: server.inhibitOnFailure,
    }),
    ...server.checks.map(printCheck),
  ];
}

function printCheck(check: CheckConfig): string {
  return line(`    ${check.kind} ${formatEndpoint(check.connectIp, check.connectPort)}`, {
    bindto: check.bindto,
    bind_port: check.bindPort,
    timeout: `${check.connectTimeoutMs} ms`,
    retry: `${check.retry} after ${check.delayBeforeRetryMs} ms`,
    loop: `${check.delayLoopMs} ms`,
    warmup: `${check.warmupMs} ms`,
  });
}

function line(
  title: string,
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const written = Object.entries(values).filter(([, value]) => value !== undefined);
  return `${title}: ${written.map(([name, value]) => `${name} = ${value}`).join(', ')}`;
}
