/** Pure: addresses, routes, rules and scripts as keepalived's dumps write them (2.2's format_ipaddress and others). */
import { parseCommandLine } from '../../base/script/command_line.ts';
import type {
  NextHopConfig,
  RouteConfig,
  RuleConfig,
  ScriptConfig,
  VirtualAddressConfig,
} from '../../config/model.ts';

/** RTPROT_KEEPALIVED. */
const PROTOCOL = 18;
const MAIN_TABLE = 254;
/** rtnetlink(7). */
const scopes: Readonly<Record<number, string>> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};

/** `10.0.0.100/24 dev eth0 scope global set`: `set` while it is on the host. */
export function addressLine(one: VirtualAddressConfig, isSet: boolean): string {
  const { address, prefix, broadcast, label, macvlan, noTrack, peer, preferredLifetime, scope = 0 } = one;
  const isIpv6 = address.includes(':');
  const device = macvlan === undefined ? one.interface : `${macvlan.name}@${macvlan.parent}`;
  return [
    prefix === (isIpv6 ? 128 : 32) ? address : `${address}/${prefix}`,
    ...option('peer', peer),
    ...option('brd', broadcast),
    `dev ${device} scope ${scopes[scope] ?? scope}`,
    ...option('label', label),
    ...(isIpv6 ? [`preferred_lft ${preferredLifetime ?? (prefix === 128 ? 0 : 'forever')}`] : []),
    ...(noTrack === true ? ['no_track'] : []),
    ...(isSet ? ['set'] : []),
  ].join(' ');
}

/** Routes with a next hop go before others of their destination (NLM_F_APPEND is not set): `prepend`. */
export function routeLine(route: RouteConfig): string {
  const { destination, gateway, metric, noTrack, scope, source, table = MAIN_TABLE, type } = route;
  const isPlain = type === 'unicast';
  return [
    isPlain ? 'prepend' : `add ${type}`,
    destination,
    ...option('src', source),
    ...hopWords({ gateway, interface: route.interface?.name }),
    ...(table === MAIN_TABLE ? [] : [`table ${table}`]),
    `proto ${route.protocol ?? PROTOCOL}`,
    ...option('scope', scope),
    ...option('metric', metric),
    ...(route.nextHops ?? []).map((hop) => ['nexthop', ...hopWords(hop), `weight ${hop.weight}`].join(' ')),
    ...(noTrack === true || !isPlain ? ['no_track'] : []),
  ].join(' ');
}

type Hop = { readonly [Word in 'gateway' | 'interface']?: NextHopConfig[Word] | undefined };

function hopWords({ gateway, interface: on }: Hop): string[] {
  const family = gateway?.includes(':') === true ? 'inet6' : 'inet';
  return [...(gateway === undefined ? [] : [`via ${family} ${gateway}`]), ...option('dev', on)];
}

export function ruleLine(rule: RuleConfig): string {
  const { action, from, fwmark, fwmask, inputInterface, outputInterface, priority, to, tos = 0 } = rule;
  const mask = fwmask === undefined ? '' : `/${hex(fwmask)}`;
  return [
    ...(rule.not === true ? ['not'] : []),
    `from ${from === undefined ? 'all' : plain(from)}`,
    ...option('to', to === undefined ? undefined : plain(to)),
    ...option('priority', priority),
    `tos ${hex(tos)}`,
    ...(fwmark === undefined ? [] : [`fwmark ${hex(fwmark)}${mask}`]),
    ...option('iif', inputInterface),
    ...option('oif', outputInterface),
    `protocol ${rule.protocol ?? PROTOCOL}`,
    ...ruleAction(action, rule),
  ].join(' ');
}

function ruleAction(action: RuleConfig['action'], { table, target }: RuleConfig): string[] {
  if (action === 'lookup') return [`lookup ${table ?? MAIN_TABLE}`];
  return action === 'goto' ? [`goto ${target ?? 0}`] : [`type ${action}`];
}

/** `'/usr/bin/notify' 'master'`. */
export function scriptLine({ command }: Pick<ScriptConfig, 'command'>): string {
  return wordsOf(command)
    .map((word) => `'${word}'`)
    .join(' ');
}

function wordsOf(command: string): readonly string[] {
  try {
    return parseCommandLine(command).words;
  } catch {
    return [command];
  }
}

/** A host's own prefix is not written. */
function plain(prefix: string): string {
  return prefix.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '');
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name} ${value}`];
}
