/** Which of what happened to virtual and real servers is told to scripts, FIFOs and by mail. Pure. */
import type { CheckConfig, ScriptConfig, VirtualServerConfig } from '../config/model.ts';
import { type DirectorEvent, quorumPhrase } from './event.ts';
import { countQuorum } from './quorum.ts';
import { isAlive, realServerName, virtualServerName } from './real_server.ts';
import type { VirtualServerState } from './virtual_server.ts';

/** Names as in `[10.0.0.1]:tcp:80`. */
interface About {
  readonly virtualServer: string;
  readonly state: 'UP' | 'DOWN';
  readonly script?: ScriptConfig;
  /** Told by mail, too. */
  readonly mail: boolean;
  /** Why: a phrase for a mail's body. */
  readonly why: string;
}

export type ServerNotification =
  | (About & { readonly kind: 'real_server' | 'check'; readonly realServer: string })
  | (About & { readonly kind: 'virtual_server' });

/** `why`: of a check that passed or failed. */
export function notificationOf(
  event: DirectorEvent,
  config: VirtualServerConfig,
  why = '',
): ServerNotification | undefined {
  switch (event.kind) {
    case 'real_server_up':
    case 'real_server_down':
      return aboutRealServer(event.realServer, config, {
        state: event.kind === 'real_server_up' ? 'UP' : 'DOWN',
        why,
      });
    case 'quorum_gained':
      return aboutVirtualServer(config, { state: 'UP', why: quorumPhrase(event) });
    case 'quorum_lost':
      return aboutVirtualServer(config, { state: 'DOWN', why: quorumPhrase(event) });
    case 'real_server_added':
    case 'real_server_removed':
    case 'weight_changed':
    case 'weight_by_hand':
    case 'sorry_server_added':
    case 'sorry_server_removed':
    case 'pool_closed':
    case 'pool_opened':
    case 'checks_suspended':
    case 'checks_resumed':
    case 'scheduler_changed':
    case 'setting_changed':
    case 'members_changed':
    case 'thresholds_changed':
    case 'virtual_server_added':
    case 'virtual_server_removed':
      return undefined;
  }
}

/** With omega: at the end of xlb everything that is up goes down. */
export function farewells({ config, quorumUp, realServers }: VirtualServerState): ServerNotification[] {
  if (!config.omega) return [];
  const why = 'Shutting down';
  const down = { state: 'DOWN', why } as const;
  return [
    ...realServers
      .filter(isAlive)
      .flatMap((server) => aboutRealServer(realServerName(server.config, config), config, down) ?? []),
    ...(quorumUp ? [aboutVirtualServer(config, down)] : []),
  ];
}

/**
 * rs_init_notifies: at the start of xlb, and of a real or virtual server that a reload brings. Not by mail. `only`: the
 * name of one.
 */
export function greetings(
  { config, realServers }: VirtualServerState,
  only?: string,
): readonly ServerNotification[] {
  return realServers
    .filter(isAlive)
    .map((server) => realServerName(server.config, config))
    .filter((name) => only === undefined || only === name)
    .flatMap((name) => aboutRealServer(name, config, { state: 'UP', why: 'Starting up' }) ?? [])
    .map((notification) => ({ ...notification, mail: false }));
}

/** A reload takes it away, or of it one real server, named by `only`: what was up goes down, omega or not. */
export function partings(
  { config, quorumUp, realServers }: VirtualServerState,
  only?: string,
): readonly ServerNotification[] {
  const gone = realServers
    .filter(isAlive)
    .map((server) => realServerName(server.config, config))
    .filter((name) => only === undefined || only === name)
    .flatMap((name) => aboutRealServer(name, config, { state: 'DOWN', why: 'Removing' }) ?? []);
  if (only !== undefined || !quorumUp) return gone;
  const nothing = { ...countQuorum(config, []), weight: 0 };
  const why = quorumPhrase({ kind: 'quorum_lost', ...nothing });
  return [...gone, aboutVirtualServer(config, { state: 'DOWN', why })];
}

/** One check of a real server has passed or failed, and others say what the server is. Mail only. */
export function checkNews(
  { config, realServers }: VirtualServerState,
  { address, why }: { readonly address: string; readonly why: string },
): ServerNotification | undefined {
  const server = realServers.find((one) => one.config.address === address);
  if (server === undefined || server.config.noMail === true) return undefined;
  return {
    kind: 'check',
    virtualServer: virtualServerName(config),
    realServer: realServerName(server.config, config),
    state: isAlive(server) ? 'UP' : 'DOWN',
    mail: true,
    why,
  };
}

type News = Pick<About, 'state' | 'why'>;

function aboutRealServer(
  realServer: string,
  config: VirtualServerConfig,
  news: News,
): ServerNotification | undefined {
  const server = config.realServers.find((one) => realServerName(one, config) === realServer);
  if (server === undefined) return undefined;
  const script = news.state === 'UP' ? server.notifyUp : server.notifyDown;
  return {
    kind: 'real_server',
    realServer,
    virtualServer: virtualServerName(config),
    ...news,
    mail: server.noMail !== true,
    ...(script === undefined ? {} : { script }),
  };
}

function aboutVirtualServer(config: VirtualServerConfig, news: News): ServerNotification {
  const script = news.state === 'UP' ? config.quorumUp : config.quorumDown;
  return {
    kind: 'virtual_server',
    virtualServer: virtualServerName(config),
    ...news,
    mail: config.mail === true,
    ...(script === undefined ? {} : { script }),
  };
}

/** Everything that may be run, so that what is wrong with a script is known at the start. */
export function scriptsOf(virtualServers: readonly VirtualServerConfig[]): ScriptConfig[] {
  return virtualServers.flatMap(({ quorumUp, quorumDown, realServers }) =>
    [
      quorumUp,
      quorumDown,
      ...realServers.flatMap(({ notifyUp, notifyDown }) => [notifyUp, notifyDown]),
    ].filter((script) => script !== undefined),
  );
}

/** Those that keepalived does not name after the block. */
const phrases: Readonly<Record<string, readonly [passed: string, failed: string]>> = {
  HTTP_GET: ['CHECK succeed on service', 'CHECK failed on service : HTTP/SSL request failed'],
  SSL_GET: ['CHECK succeed on service', 'CHECK failed on service : HTTP/SSL request failed'],
  SMTP_CHECK: ['CHECK succeed on service', 'CHECK failed on service'],
  PING_CHECK: ['ICMP CHECK succeed on service', 'ICMP CHECK failed on service'],
  DNS_CHECK: ['DNS_CHECK: succeed on service', 'DNS_CHECK: failed on service'],
};

/** keepalived's words of a mail. */
export function checkPhrase(kind: CheckConfig['kind'], healthy: boolean): string {
  const name = kind.replaceAll('_', ' ');
  const [passed, failed] = phrases[kind] ?? [`${name} succeed on service`, `${name} failed on service`];
  return healthy ? passed : failed;
}
