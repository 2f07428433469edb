/**
 * What a configuration file says, parsed once and frozen. Times are milliseconds, addresses canonical text
 * (IPv4 dotted, IPv6 as RFC 5952 writes it). Everything may read this; it imports types only.
 */

/** Where a value was read. Lines and columns count from 1; `length` is in characters. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The whole line, for showing it in a message. */
  readonly text?: string;
}

export interface Config {
  /** The file that was asked for, as given. */
  readonly file: string;
  readonly global: GlobalConfig;
  readonly vrrpInstances: readonly VrrpInstanceConfig[];
  readonly virtualServers: readonly VirtualServerConfig[];
}

export interface GlobalConfig {
  readonly routerId?: string;
  /** Gratuitous ARPs after becoming master: sent at once, and again after the delay; 0 = no second burst. */
  readonly garpMasterDelayMs: number;
  readonly garpMasterRepeat: number;
  /** xlb_flow_table_size: flows the table is made for; the table has twice as many slots. */
  readonly flowTableSize: number;
  /** xlb_interfaces: those that take traffic of virtual servers besides those that hold their addresses. */
  readonly interfaces: readonly NamedInterface[];
  /** xlb_xdp_mode. */
  readonly xdpMode: 'auto' | 'native' | 'generic';
}

export interface NamedInterface {
  readonly name: string;
  readonly span: Span;
}

/** An entry of virtual_ipaddress or virtual_ipaddress_excluded. */
export interface VirtualAddressConfig {
  readonly address: string;
  readonly prefix: number;
  /** `dev`, else the instance's interface. */
  readonly interface: string;
  readonly label?: string;
  readonly broadcast?: string;
  readonly scope?: number;
  /** Of the address. */
  readonly span: Span;
  /** Of the name after `dev`, where one is written. */
  readonly interfaceSpan?: Span;
}

export interface VrrpInstanceConfig {
  readonly name: string;
  readonly interface: NamedInterface;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly state: 'MASTER' | 'BACKUP';
  readonly advertIntMs: number;
  readonly addresses: readonly VirtualAddressConfig[];
  readonly span: Span;
}

export type SchedulerKeyword = 'rr' | 'wrr' | 'lc' | 'wlc';

export interface VirtualServerConfig {
  readonly address: string;
  /** 0: every port. */
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly scheduler: SchedulerKeyword;
  readonly delayLoopMs: number;
  readonly realServers: readonly RealServerConfig[];
  readonly span: Span;
}

export interface RealServerConfig {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** A failed check sets weight 0 instead of taking the server out. */
  readonly inhibitOnFailure: boolean;
  /** All must pass; none: always up. */
  readonly checks: readonly CheckConfig[];
  readonly span: Span;
}

/** One checker block; a closed union that grows by one member a checker. */
export type CheckConfig = TcpCheckConfig;

/** What every checker has; defaults already taken from the real and the virtual server. */
export interface CommonCheckConfig {
  readonly connectIp: string;
  readonly connectPort: number;
  /** Source address and port of the check's connection. */
  readonly bindto?: string;
  readonly bindPort?: number;
  readonly connectTimeoutMs: number;
  /** Further attempts before an up server is called down. */
  readonly retry: number;
  readonly delayBeforeRetryMs: number;
  readonly delayLoopMs: number;
  /** The first check starts at a random moment within this. */
  readonly warmupMs: number;
  readonly span: Span;
}

export interface TcpCheckConfig extends CommonCheckConfig {
  readonly kind: 'TCP_CHECK';
}
