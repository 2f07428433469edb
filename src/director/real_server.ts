/** A real server in one virtual server's pool: its checks, and whether it is alive. Pure. */
import type { CheckConfig, RealServerConfig, VirtualServerConfig } from '../config/model.ts';
import type { Ramp } from './slow_start.ts';

export interface RealServerState {
  readonly config: RealServerConfig;
  /** Keys of the checks that say it is down; alive while there are none. */
  readonly failedChecks: readonly string[];
  /** What checks make of the weight, by their keys. */
  readonly checkWeights?: Readonly<Record<string, CheckWeight>>;
  /** A weight given by hand, until it is undone. */
  readonly byHand?: number;
  /** It has returned, and its share of new flows grows. */
  readonly ramp?: Ramp;
}

/** What a check makes of the weight: sets it, or adds to it. */
export type CheckWeight = { readonly set: number } | { readonly add: number };

/** A check of one real server in one virtual server. */
export interface RealServerCheck {
  readonly key: string;
  readonly check: CheckConfig;
}

/** What names a virtual server. A group keeps its name whatever its members are. */
export type VirtualServerAddress = Pick<
  VirtualServerConfig,
  'address' | 'port' | 'protocol' | 'fwmark' | 'group'
>;

/**
 * `[10.0.0.1]:tcp:80` and `FWM 7`, as keepalived's log names virtual and real servers; a group is `[NAME]:tcp`,
 * where keepalived counts the virtual servers of a group: `[NAME]:0`.
 */
export function virtualServerName({ address, port, protocol, fwmark, group }: VirtualServerAddress): string {
  const family = protocol === 'FWM' && address === '::' ? ' IPv6' : '';
  if (group !== undefined) return `[${group}]:${protocolName(protocol)}${family}`;
  if (fwmark !== undefined) return `FWM ${fwmark}${family}`;
  return `[${address}]:${protocolName(protocol)}:${port}`;
}

/** The protocol is the virtual server's. */
export function realServerName(
  { address, port }: Pick<RealServerConfig, 'address' | 'port'>,
  { protocol }: Pick<VirtualServerConfig, 'protocol'>,
): string {
  return `[${address}]:${protocolName(protocol)}:${port}`;
}

/** keepalived's word for what a mark may stand for is "none". */
function protocolName(protocol: VirtualServerConfig['protocol']): string {
  return protocol === 'FWM' ? 'none' : protocol.toLowerCase();
}

/**
 * The checks of a real server under keys that stay the same over a reload as long as the same thing is
 * probed for the same real server of the same virtual server. Times, retries and limits may change under a
 * key.
 */
export function realServerChecks(
  virtualServer: VirtualServerAddress,
  realServer: RealServerConfig,
): readonly RealServerCheck[] {
  const owner = `${virtualServerName(virtualServer)} ${realServerName(realServer, virtualServer)}`;
  const before = known.get(realServer);
  if (before?.owner === owner) return before.checks;
  const checks = keyed(owner, realServer);
  known.set(realServer, { owner, checks });
  return checks;
}

/** Asked for at every look at ten thousand real servers, whose configurations never change. */
const known = new WeakMap<RealServerConfig, { owner: string; checks: readonly RealServerCheck[] }>();

function keyed(owner: string, realServer: RealServerConfig): RealServerCheck[] {
  const timesSeen = new Map<string, number>();
  return realServer.checks.map((check) => {
    const key = `${owner} ${probe(check)}`;
    const seen = (timesSeen.get(key) ?? 0) + 1;
    timesSeen.set(key, seen);
    return { key: seen === 1 ? key : `${key} #${seen}`, check };
  });
}

export function isAlive({ failedChecks }: RealServerState): boolean {
  return failedChecks.length === 0;
}

const MAX_WEIGHT = 2 ** 31 - 1;

/** While it is alive: by hand, else what a check sets, else the configured one; and what checks add to it. */
export function ownWeight({ byHand, checkWeights, config }: RealServerState): number {
  if (byHand !== undefined) return byHand;
  if (checkWeights === undefined) return config.weight;
  let weight = config.weight;
  let added = 0;
  for (const said of Object.values(checkWeights)) {
    if ('set' in said) weight = said.set;
    else added += said.add;
  }
  return Math.min(MAX_WEIGHT, Math.max(0, weight + added));
}

export function effectiveWeight(realServer: RealServerState): number {
  return isAlive(realServer) ? ownWeight(realServer) : 0;
}

/** Of a real server that the configuration brings: one with alpha is down until its checks have passed. */
export function startRealServer(
  virtualServer: VirtualServerAddress,
  config: RealServerConfig,
): RealServerState {
  const waiting = realServerChecks(virtualServer, config).filter(({ check }) => check.alpha);
  return { config, failedChecks: waiting.map(({ key }) => key) };
}

/** Settings of a check that are about when, how often or how patiently, or where they were read. */
const notProbed: ReadonlySet<string> = new Set([
  'span',
  'connectTimeoutMs',
  'timeoutMs',
  'retry',
  'delayBeforeRetryMs',
  'delayLoopMs',
  'warmupMs',
  'alpha',
  'logAllFailures',
  'identity',
  // The group's addresses: one more does not make a server that is down another one.
  'vip',
]);

/** What is probed: every other setting. */
function probe(check: CheckConfig): string {
  const settings = Object.entries(check)
    .filter(([name, value]) => name !== 'kind' && value !== undefined && !notProbed.has(name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${settingText(value)}`);
  return [check.kind, ...settings].join(' ');
}

function settingText(value: unknown): string {
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (name, inner: unknown) => (name === 'span' ? undefined : inner));
}
