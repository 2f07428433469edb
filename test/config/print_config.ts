/** A compact text of the model for golden files: one line a thing, every value that is not absent. */
import { isDeepStrictEqual } from 'node:util';
import { formatEndpoint } from '../../src/base/endpoint.ts';
import type {
  CheckConfig,
  CommonCheckConfig,
  Config,
  DataplaneConfig,
  MarkRuleConfig,
  RealServerConfig,
  VirtualServerConfig,
  VirtualServerKeyConfig,
  VrrpInstanceConfig,
} from '../../src/config/model.ts';
import { configOf, dataplaneConfig, vrrpInstanceConfig } from '../helpers/sample_config.ts';

export function printConfig(config: Config): string {
  const { global } = config;
  return [
    line('global', {
      router_id: global.routerId,
      flow_table_size: global.flowTableSize,
      interfaces: global.interfaces.map(({ name }) => name).join(',') || undefined,
      persistence_table_size: global.persistenceTableSize,
      datapath: global.datapath,
      af_xdp: global.afXdp && JSON.stringify(global.afXdp),
      rs_init_notifies: global.tellsOfInitialServers,
      http: printHttp(global.http),
      http_token: global.httpToken,
      http_tls: global.httpTls && `${global.httpTls.certificate} ${global.httpTls.key}`,
      http_actions: global.httpActions,
      events: printEvents(global.events),
    }),
    ...printDataplane(global.dataplane),
    ...printOthers('global', global.vrrp, plain.global.vrrp),
    ...(global.bfd === undefined ? [] : [`  bfd ${JSON.stringify(global.bfd)}`]),
    ...printOthers('mail', global.mail, plain.global.mail),
    ...printOthers('static', config.static, plain.static),
    ...config.vrrpScripts.map((one) => printThing('vrrp_script', one)),
    ...config.trackFiles.map((one) => printThing('track_file', one)),
    ...config.trackProcesses.map((one) => printThing('vrrp_track_process', one)),
    ...config.bfdInstances.map((one) => printThing('bfd_instance', one)),
    ...config.vrrpSyncGroups.map((one) => printThing('vrrp_sync_group', one)),
    ...config.vrrpInstances.flatMap(printInstance),
    ...config.virtualServers.flatMap(printVirtualServer),
    ...config.markRules.map(printMarkRule),
  ].join('\n');
}

/** Where anything differs from what it is by default. */
function printDataplane(dataplane: DataplaneConfig): string[] {
  if (isDeepStrictEqual(dataplane, dataplaneConfig)) return [];
  const { tcp, tcpFin, udp } = dataplane.timeouts;
  const text = line('  dataplane', {
    timeouts: `${tcp} ${tcpFin} ${udp}`,
    conn_reuse_mode: dataplane.connReuseMode,
    expire_nodest_conn: dataplane.expireNodestConn || undefined,
    expire_quiescent_template: dataplane.expireQuiescentTemplate || undefined,
    sloppy_tcp: dataplane.sloppyTcp || undefined,
    secure_tcp: dataplane.secureTcp || undefined,
    reset_dead: dataplane.resetDead || undefined,
    adopt_flows: dataplane.adoptFlows,
    icmp_limit: dataplane.icmpPerSecond,
  });
  return [text];
}

function printMarkRule({ fwmark, prefix, host, protocol, ports }: MarkRuleConfig): string {
  return line(`xlb_mark ${fwmark} ${prefix}`, { host, protocol, ports: ports?.join('-') });
}

function printInstance(instance: VrrpInstanceConfig): string[] {
  const { name: _, state, interface: named, virtualRouterId, priority, advertIntMs, ...rest } = instance;
  const { addresses, routes, rules, span: __, ...others } = rest;
  return [
    line(`vrrp_instance ${instance.name}`, {
      state,
      interface: named.name,
      vrid: virtualRouterId,
      priority,
      advert_int: `${advertIntMs} ms`,
    }),
    ...printOthers('  with', others, vrrpInstanceConfig()),
    ...addresses.map((one) => printThing(' ', { ...one, name: `${one.address}/${one.prefix}` })),
    ...routes.map((one) => printThing('  route', { ...one, name: one.destination })),
    ...rules.map((one) => printThing('  rule', { ...one, name: one.action })),
  ];
}

const plain = configOf([]);

/** One line for each value that differs from `usual`. */
function printOthers(title: string, values: object, usual: object): string[] {
  const defaults = new Map<string, unknown>(Object.entries(usual));
  return Object.entries(values).flatMap(([name, value]) => {
    if (isDeepStrictEqual(value, defaults.get(name))) return [];
    const inner = defaults.get(name);
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      return printOthers(`${title} ${name}`, value, inner);
    return [`${title} ${name} = ${compact(value)}`];
  });
}

function printThing(title: string, { name, ...values }: { readonly name: string }): string {
  const known = new Set(['address', 'prefix', 'destination', 'action', 'span', 'interfaceSpan']);
  const entries = Object.entries(values).filter(([key]) => !known.has(key));
  return line(`${title} ${name}`, Object.fromEntries(entries.map(([key, value]) => [key, compact(value)])));
}

/** JSON without places and quotes. */
function compact(value: unknown): string {
  const text = JSON.stringify(value, (key, inner) => (key === 'span' ? undefined : inner));
  return text.replaceAll('"', '');
}

function printVirtualServer(server: VirtualServerConfig): string[] {
  return [
    line(`virtual_server ${printKey(server)}`, {
      group: server.group,
      lb_algo: server.scheduler,
      flags: server.schedulerFlags,
      persistence: server.persistence && `${server.persistence.seconds} s of ${server.persistence.netmask}`,
      ops: server.onePacket,
      delay_loop: `${server.delayLoopMs} ms`,
    }),
    ...printLife('  ', server, virtualServerLife),
    ...(server.members ?? []).map((member) => `  and ${printKey(member)}`),
    ...server.realServers.flatMap(printRealServer),
  ];
}

function printKey({ protocol, address, port, fwmark }: VirtualServerKeyConfig): string {
  return `${protocol} ${formatEndpoint(address, port)}${fwmark === undefined ? '' : ` mark ${fwmark}`}`;
}

const virtualServerLife = [
  'quorum',
  'hysteresis',
  'quorumUp',
  'quorumDown',
  'omega',
  'haSuspend',
  'sorryServer',
  'mail',
] as const;
const realServerLife = ['notifyUp', 'notifyDown', 'slowStartMs', 'noMail'] as const;

function printLife<Name extends string>(
  indent: string,
  values: { readonly [Key in Name]?: unknown },
  names: readonly Name[],
): string[] {
  return names
    .filter((name) => values[name] !== undefined)
    .map((name) => `${indent}${name} = ${compact(values[name])}`);
}

function printRealServer(server: RealServerConfig): string[] {
  return [
    line(`  real_server ${formatEndpoint(server.address, server.port)}`, {
      weight: server.weight,
      uthreshold: server.upperThreshold,
      lthreshold: server.lowerThreshold,
      inhibit_on_failure: server.inhibitOnFailure,
    }),
    ...printLife('    ', server, realServerLife),
    ...server.checks.map(printCheck),
  ];
}

function printCheck({ kind, span: _, ...check }: CheckConfig): string {
  const { retry, delayBeforeRetryMs, delayLoopMs, warmupMs, ...rest } = check;
  const { place, values } = printProbe(rest);
  return line(`    ${kind}${place}`, {
    ...values,
    retry: `${retry} after ${delayBeforeRetryMs} ms`,
    loop: `${delayLoopMs} ms`,
    warmup: `${warmupMs} ms`,
  });
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

function printProbe(check: object): { readonly place: string; readonly values: Values } {
  const others = (rest: object) =>
    Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, compact(value)]));
  if (!('connectIp' in check)) return { place: '', values: others(check) };
  const { connectIp, connectPort, bindto, bindPort, connectTimeoutMs, ...rest } = check as CommonCheckConfig;
  return {
    place: ` ${formatEndpoint(connectIp, connectPort)}`,
    values: { bindto, bind_port: bindPort, timeout: `${connectTimeoutMs} ms`, ...others(rest) },
  };
}

function line(title: string, values: Values): string {
  const written = Object.entries(values).filter(([, value]) => value !== undefined);
  return `${title}: ${written.map(([name, value]) => `${name} = ${value}`).join(', ')}`;
}

function printEvents(outlets: Config['global']['events']): string | undefined {
  const texts = outlets.map((one) => (one.kind === 'webhook' ? one.url : `${one.kind} ${one.path}`));
  return texts.length === 0 ? undefined : texts.join(' ');
}

/** Undefined: the default. */
function printHttp(http: Config['global']['http']): string | undefined {
  if (http === 'off') return http;
  return isDeepStrictEqual(http, plain.global.http) ? undefined : `${http.host} ${http.port}`;
}
