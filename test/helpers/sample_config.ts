import type {
  Config,
  DataplaneConfig,
  RealServerConfig,
  Span,
  TcpCheckConfig,
  VirtualServerConfig,
} from '../../src/config/model.ts';

export const span: Span = { file: 'test.conf', line: 1, column: 1, length: 1 };

/** keepalived's defaults, but a delay_loop of 6 s. */
export function tcpCheckConfig(changes: Partial<TcpCheckConfig> = {}): TcpCheckConfig {
  return {
    kind: 'TCP_CHECK',
    connectIp: '10.0.0.2',
    connectPort: 80,
    connectTimeoutMs: 5_000,
    retry: 1,
    delayBeforeRetryMs: 1_000,
    delayLoopMs: 6_000,
    warmupMs: 6_000,
    span,
    ...changes,
  };
}

/** A real server with one TCP_CHECK. */
export function realServerConfig(address: string, changes: Partial<RealServerConfig> = {}): RealServerConfig {
  return {
    address,
    port: 80,
    weight: 1,
    inhibitOnFailure: false,
    checks: [tcpCheckConfig({ connectIp: address })],
    span,
    ...changes,
  };
}

/** 10.0.0.1:80 TCP, rr, with the given real servers. */
export function virtualServerConfig(
  realServers: readonly RealServerConfig[],
  changes: Partial<VirtualServerConfig> = {},
): VirtualServerConfig {
  return {
    address: '10.0.0.1',
    port: 80,
    protocol: 'TCP',
    scheduler: 'rr',
    delayLoopMs: 6_000,
    realServers,
    span,
    ...changes,
  };
}

/** What a file says that says nothing about it. */
export const dataplaneConfig: DataplaneConfig = {
  timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
  connReuseMode: 1,
  expireNodestConn: false,
  expireQuiescentTemplate: false,
  sloppyTcp: false,
  secureTcp: false,
  resetDead: false,
  adoptFlows: true,
  icmpPerSecond: 1_000,
};

export function configOf(virtualServers: readonly VirtualServerConfig[]): Config {
  return {
    file: 'test.conf',
    global: {
      garpMasterDelayMs: 5_000,
      garpMasterRepeat: 5,
      flowTableSize: 1_000,
      persistenceTableSize: 1_000,
      dataplane: dataplaneConfig,
      interfaces: [],
      xdpMode: 'auto',
    },
    vrrpInstances: [],
    virtualServers,
    markRules: [],
  };
}
