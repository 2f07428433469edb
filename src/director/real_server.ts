/** A real server in one virtual server's pool: its checks, and whether it is alive. Pure. */
import type { CheckConfig, RealServerConfig, VirtualServerConfig } from '../config/model.ts';

export interface RealServerState {
  readonly config: RealServerConfig;
  /** Keys of the checks that say it is down; alive while there are none. */
  readonly failedChecks: readonly string[];
}

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
): RealServerCheck[] {
  const owner = `${virtualServerName(virtualServer)} ${realServerName(realServer, virtualServer)}`;
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

/** Out of the pool only when it failed, unless it is kept there with weight 0. */
export function belongsToPool(realServer: RealServerState): boolean {
  return isAlive(realServer) || realServer.config.inhibitOnFailure;
}

export function effectiveWeight(realServer: RealServerState): number {
  return isAlive(realServer) ? realServer.config.weight : 0;
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
