import type {
  CommonCheckConfig,
  Config,
  DataplaneConfig,
  MiscCheckConfig,
  RealServerConfig,
  Span,
  TcpCheckConfig,
  VirtualServerConfig,
  VrrpGlobalConfig,
  VrrpInstanceConfig,
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

/** What PING_CHECK, UDP_CHECK, DNS_CHECK and SMTP_CHECK share here: 127.0.0.1, at once, for 5 s. */
export const commonCheckConfig: CommonCheckConfig = {
  connectIp: '127.0.0.1',
  connectPort: 80,
  connectTimeoutMs: 5_000,
  retry: 1,
  delayBeforeRetryMs: 1_000,
  delayLoopMs: 6_000,
  warmupMs: 0,
  span,
};

/** Runs /bin/true for 10.0.0.2, every 6 s. */
export function miscCheckConfig(changes: Partial<MiscCheckConfig> = {}): MiscCheckConfig {
  return {
    kind: 'MISC_CHECK',
    script: { command: '/bin/true', user: 'root', span },
    timeoutMs: 6_000,
    dynamic: false,
    security: false,
    address: '10.0.0.2',
    retry: 0,
    delayBeforeRetryMs: 1_000,
    delayLoopMs: 6_000,
    warmupMs: 0,
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

export const vrrpGlobalConfig: VrrpGlobalConfig = {
  startupDelayMs: 0,
  delayAfterBootMs: 0,
  dynamicInterfaces: false,
  logUnknownVrids: false,
  maxAutoPriority: 0,
  noSwap: false,
  processors: [],
  scriptSecurity: false,
  startupScriptTimeoutMs: 10_000,
  shutdownScriptTimeoutMs: 10_000,
  fifos: [],
  fifoStatesOnReload: false,
};

/** VI_1 on eth0, virtual router 51, as a file says it that leaves everything else out. */
export function vrrpInstanceConfig(changes: Partial<VrrpInstanceConfig> = {}): VrrpInstanceConfig {
  return {
    name: 'VI_1',
    interface: { name: 'eth0', span },
    family: 4,
    version: 2,
    virtualRouterId: 51,
    priority: 100,
    state: 'BACKUP',
    advertIntMs: 1_000,
    preempt: true,
    preemptDelayMs: 0,
    strict: false,
    accept: true,
    skipCheckAdvAddr: false,
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    ownerIgnoreAdverts: false,
    downTimerAdverts: 3,
    transport: {
      trackSource: false,
      multicastGroup: '224.0.0.18',
      peers: [],
      unicast: false,
      unicastTtl: 255,
      faultWithoutPeers: false,
      checkUnicastSource: false,
      oldUnicastChecksum: 'auto',
      v3ChecksumAsV2: false,
    },
    garp: {
      masterDelayMs: 5_000,
      masterRepeat: 5,
      masterRefreshMs: 0,
      masterRefreshRepeat: 1,
      lowerPrioDelayMs: 5_000,
      lowerPrioRepeat: 5,
      arpIntervalMs: 0,
      naIntervalMs: 0,
      extraInterfacesMs: 0,
      extraInterfacesAll: false,
    },
    tracking: { scripts: [], interfaces: [], files: [], processes: [], bfds: [] },
    trackPrimary: true,
    notify: { sayDeleted: false, priorityChanges: false, mail: false },
    promoteSecondaries: false,
    addresses: [],
    routes: [],
    rules: [],
    span,
    ...changes,
  };
}

export function configOf(virtualServers: readonly VirtualServerConfig[]): Config {
  return {
    file: 'test.conf',
    global: {
      vrrp: vrrpGlobalConfig,
      mail: { to: [], connectTimeoutMs: 30_000, faults: true },
      flowTableSize: 1_000,
      persistenceTableSize: 1_000,
      dataplane: dataplaneConfig,
      interfaces: [],
      http: { host: '127.0.0.1', port: 9112 },
      events: [],
      logFormat: 'text',
      dump: { jsonVersion: 1, usesInstance: false },
      datapath: 'auto',
    },
    vrrpInstances: [],
    vrrpSyncGroups: [],
    vrrpScripts: [],
    trackFiles: [],
    trackProcesses: [],
    bfdInstances: [],
    static: { addresses: [], routes: [], rules: [], trackGroups: [] },
    virtualServers,
    markRules: [],
  };
}

/** One virtual server and one virtual router. */
export function configWith(...realServers: readonly string[]): Config {
  const address = { address: '10.0.0.1', prefix: 32, interface: 'eth0', span };
  return {
    ...configOf([virtualServerConfig(realServers.map((one) => realServerConfig(one)))]),
    vrrpInstances: [vrrpInstanceConfig({ priority: 255, addresses: [address] })],
  };
}
