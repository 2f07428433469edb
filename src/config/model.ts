/**
 * What a configuration file says, parsed once and frozen. Times are milliseconds, addresses canonical text
 * (IPv4 dotted, IPv6 as RFC 5952 writes it). Everything may read this; it imports nothing but its other parts.
 */
import type { BfdInstanceConfig, ThreadSchedulingConfig } from './model_bfd.ts';
import type { CheckConfig } from './model_check.ts';
import type { RealServerLifeConfig, VirtualServerLifeConfig } from './model_life.ts';
import type { StaticConfig } from './model_network.ts';
import type { EventOutletConfig, MailConfig } from './model_notify.ts';
import type {
  TrackFileConfig,
  TrackProcessConfig,
  VrrpGlobalConfig,
  VrrpInstanceConfig,
  VrrpScriptConfig,
  VrrpSyncGroupConfig,
} from './model_vrrp.ts';

export type * from './model_bfd.ts';
export * from './model_check.ts';
export type * from './model_http.ts';
export type * from './model_life.ts';
export type * from './model_network.ts';
export type * from './model_notify.ts';
export type * from './model_vrrp.ts';

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
  /** net_namespace: the one of `ip netns` to run in; absent: that of the process. */
  readonly netNamespace?: string;
  readonly vrrpInstances: readonly VrrpInstanceConfig[];
  readonly vrrpSyncGroups: readonly VrrpSyncGroupConfig[];
  /** Those that something tracks. */
  readonly vrrpScripts: readonly VrrpScriptConfig[];
  readonly trackFiles: readonly TrackFileConfig[];
  readonly trackProcesses: readonly TrackProcessConfig[];
  /** All of them: a neighbour may want a session that nothing here tracks. */
  readonly bfdInstances: readonly BfdInstanceConfig[];
  readonly static: StaticConfig;
  readonly virtualServers: readonly VirtualServerConfig[];
  /** xlb_mark, in the order of the file. */
  readonly markRules: readonly MarkRuleConfig[];
}

export interface GlobalConfig {
  readonly routerId?: string;
  readonly vrrp: VrrpGlobalConfig;
  /** Absent where nothing of it is written. */
  readonly bfd?: ThreadSchedulingConfig;
  /** The same of health checks. */
  readonly checks?: ThreadSchedulingConfig;
  readonly mail: MailConfig;
  /** rs_init_notifies: that a real server begins in service is told as if it had come up. */
  readonly tellsOfInitialServers?: true;
  /** xlb_flow_table_size: flows the table is made for; the table has twice as many slots. */
  readonly flowTableSize: number;
  /** xlb_persistence_table_size: persistence templates the table is made for. */
  readonly persistenceTableSize: number;
  /** What holds for all virtual servers. */
  readonly dataplane: DataplaneConfig;
  /** xlb_interfaces: those that take traffic of virtual servers besides those that hold their addresses. */
  readonly interfaces: readonly NamedInterface[];
  /** xlb_http: where the status page, the API and metrics are. */
  readonly http: HttpConfig;
  /** xlb_http_token: a file. */
  readonly httpToken?: string;
  readonly httpTls?: HttpTlsConfig;
  /** xlb_http_actions. */
  readonly httpActions?: true;
  /** xlb_events: where each event is told. */
  readonly events: readonly EventOutletConfig[];
  /** xlb_log. */
  readonly logFormat: 'text' | 'json';
  readonly dump: DumpConfig;
  /** Absent where nothing of it is written. */
  readonly reload?: ReloadConfig;
  /** xlb_datapath. */
  readonly datapath: Datapath;
  /** xlb_af_xdp_*; absent where nothing of it is written. */
  readonly afXdp?: AfXdpConfig;
}

/** How the threads run that forward where the data path is af_xdp. */
export interface AfXdpConfig {
  /** Microseconds; absent: they wait for interrupts. */
  readonly busyPollUs?: number;
  /** SCHED_FIFO, 1 to 99; absent: they are not real-time. */
  readonly realTimePriority?: number;
}

export const datapaths = ['auto', 'xdp', 'af_xdp', 'skb'] as const;
/** What forwards. */
export type Datapath = (typeof datapaths)[number];

/** Paths are absolute. */
export interface ReloadConfig {
  /** reload_file: is there while a reload reads. */
  readonly marker?: string;
  /** reload_time_file: says when to reload. */
  readonly timeFile?: string;
  /** reload_repeat. */
  readonly repeat?: true;
}

/** xlb_http_tls: files in PEM. */
export interface HttpTlsConfig {
  readonly certificate: string;
  readonly key: string;
}

export type HttpConfig = { readonly host: string; readonly port: number } | 'off';

/** The files that signals make. Paths are absolute; absent ones are keepalived's own. */
export interface DumpConfig {
  /** state_dump_file, SIGUSR1. */
  readonly stateFile?: string;
  /** stats_dump_file, SIGUSR2. */
  readonly statsFile?: string;
  /** json_dump_file, SIGRTMIN+2. */
  readonly jsonFile?: string;
  readonly jsonVersion: 1 | 2;
  /** data_use_instance: the instance's name is part of the files' names. */
  readonly usesInstance: boolean;
  readonly umask?: number;
}

/** lvs_timeouts and those of xlb's own keywords that stand for a sysctl of IPVS (net.ipv4.vs.*). */
export interface DataplaneConfig {
  /** Seconds without a packet after which a flow is forgotten. */
  readonly timeouts: { readonly tcp: number; readonly tcpFin: number; readonly udp: number };
  readonly connReuseMode: number;
  readonly expireNodestConn: boolean;
  readonly expireQuiescentTemplate: boolean;
  readonly sloppyTcp: boolean;
  readonly secureTcp: boolean;
  readonly resetDead: boolean;
  readonly adoptFlows: boolean;
  /** A second and processor; 0: no limit. */
  readonly icmpPerSecond: number;
}

/** One destination and range of ports of an xlb_mark. */
export interface MarkRuleConfig {
  readonly fwmark: number;
  /** '10.9.0.0/16'. */
  readonly prefix: string;
  /** The address, where the prefix is one. */
  readonly host?: string;
  readonly protocol?: 'TCP' | 'UDP';
  /** Inclusive; every port where absent. */
  readonly ports?: readonly [first: number, last: number];
  readonly span: Span;
}

export interface NamedInterface {
  readonly name: string;
  readonly span: Span;
}

export const schedulerKeywords = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'sed',
  'nq',
  'fo',
  'ovf',
  'sh',
  'dh',
  'mh',
  'lblc',
  'lblcr',
  'twos',
] as const;
export type SchedulerKeyword = (typeof schedulerKeywords)[number];

/** How a packet is known to belong to a virtual server. */
export interface VirtualServerKeyConfig {
  /** 'FWM': by its mark. */
  readonly protocol: 'TCP' | 'UDP' | 'FWM';
  /** Of a fwmark: '0.0.0.0' or '::', for the family. */
  readonly address: string;
  /** 0: every port. */
  readonly port: number;
  /** There exactly where the protocol is 'FWM'. */
  readonly fwmark?: number;
}

export interface PersistenceConfig {
  readonly seconds: number;
  /** IPv4: '255.255.255.0', IPv6: '64'. */
  readonly netmask: string;
}

/** Of a group: the key is that of its first member. */
export interface VirtualServerConfig extends VirtualServerKeyConfig, VirtualServerLifeConfig {
  /** The group's name. */
  readonly group?: string;
  /** The group's further members. */
  readonly members?: readonly VirtualServerKeyConfig[];
  readonly scheduler: SchedulerKeyword;
  /** Bits as flag-1, flag-2 and flag-3 set them; absent: none. */
  readonly schedulerFlags?: number;
  readonly persistence?: PersistenceConfig;
  /** ops: every packet is scheduled on its own. */
  readonly onePacket?: boolean;
  readonly delayLoopMs: number;
  readonly realServers: readonly RealServerConfig[];
  readonly span: Span;
}

export interface RealServerConfig extends RealServerLifeConfig {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** A failed check sets weight 0 instead of taking the server out. */
  readonly inhibitOnFailure: boolean;
  /** uthreshold and lthreshold; absent: none. */
  readonly upperThreshold?: number;
  readonly lowerThreshold?: number;
  /** All must pass; none: always up. */
  readonly checks: readonly CheckConfig[];
  readonly span: Span;
}
