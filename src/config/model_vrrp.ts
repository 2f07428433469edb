/**
 * What a configuration file says about VRRP: virtual routers and what they track. Everything a block may leave to
 * global_defs is already taken from there.
 */
import type { NamedInterface, Span } from './model.ts';
import type { RouteConfig, RuleConfig, VirtualAddressConfig } from './model_network.ts';
import type { FifoConfig, NotifyConfig, ScriptConfig } from './model_notify.ts';

/** An entry of track_script and the like; the weight is the entry's own or its target's. */
export interface TrackConfig {
  /** Of the script, file, process or BFD session, or the interface. */
  readonly name: string;
  /** 0: a failure is a fault. Of a file: multiplies the number in it. */
  readonly weight: number;
  readonly reverse: boolean;
  readonly span: Span;
}

/** What an instance or a sync group tracks. What is not defined was reported and is not here. */
export interface TrackingConfig {
  readonly scripts: readonly TrackConfig[];
  readonly interfaces: readonly TrackConfig[];
  readonly files: readonly TrackConfig[];
  readonly processes: readonly TrackConfig[];
  readonly bfds: readonly TrackConfig[];
}

export interface GarpConfig {
  /** After becoming master: the second burst; 0: none. */
  readonly masterDelayMs: number;
  readonly masterRepeat: number;
  /** While master; 0: none. */
  readonly masterRefreshMs: number;
  readonly masterRefreshRepeat: number;
  /** After an advert of lower priority. */
  readonly lowerPrioDelayMs: number;
  readonly lowerPrioRepeat: number;
  /** Between two gratuitous ARPs, and two unsolicited neighbour adverts, on one interface; 0: none. */
  readonly arpIntervalMs: number;
  readonly naIntervalMs: number;
  /** garp_extra_if: announced so often on interfaces that no adverts leave by; 0: never. */
  readonly extraInterfacesMs: number;
  /** Also on those that are no macvlans. */
  readonly extraInterfacesAll: boolean;
}

export interface UnicastPeerConfig {
  readonly address: string;
  /** Adverts with another TTL are dropped; absent: not looked at. */
  readonly minTtl?: number;
  readonly maxTtl?: number;
  readonly span: Span;
}

/** How adverts travel. */
export interface TransportConfig {
  /** mcast_src_ip or unicast_src_ip; absent: the interface's primary address. */
  readonly sourceAddress?: string;
  /** track_src_ip: a fault while the interface lacks sourceAddress. */
  readonly trackSource: boolean;
  readonly multicastGroup: string;
  /** One or more: adverts go to these, not to the group. */
  readonly peers: readonly UnicastPeerConfig[];
  /** A keyword of unicast is written; without peers, adverts go to the group, or it is a fault (faultWithoutPeers). */
  readonly unicast: boolean;
  readonly unicastTtl: number;
  readonly faultWithoutPeers: boolean;
  readonly checkUnicastSource: boolean;
  readonly oldUnicastChecksum: 'auto' | 'always' | 'never';
  readonly v3ChecksumAsV2: boolean;
  /** Absent: the kernel's. */
  readonly receiveBufferBytes?: number;
}

export interface VmacConfig {
  /** Of the macvlan: as written, else vrrp.VRID. */
  readonly name: string;
  /** As written, else 00:00:5e:00:01:VRID (IPv6 02). */
  readonly mac: string;
  /** vmac_xmit_base: adverts leave by the interface itself. */
  readonly transmitFromBase: boolean;
  readonly group?: number;
}

export interface VrrpInstanceConfig {
  readonly name: string;
  readonly interface: NamedInterface;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 255: the owner of the addresses. */
  readonly priority: number;
  readonly state: 'MASTER' | 'BACKUP';
  readonly advertIntMs: number;
  /** PASS, at most 8 bytes, version 2 only. */
  readonly password?: string;
  readonly preempt: boolean;
  /** 0: none. */
  readonly preemptDelayMs: number;
  readonly strict: boolean;
  /** Packets to the virtual addresses are taken; false: to be dropped while not the owner, which nothing does yet. */
  readonly accept: boolean;
  readonly skipCheckAdvAddr: boolean;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly downTimerAdverts: number;
  readonly transport: TransportConfig;
  /** use_vmac. */
  readonly vmac?: VmacConfig;
  readonly garp: GarpConfig;
  readonly tracking: TrackingConfig;
  /** Not dont_track_primary. */
  readonly trackPrimary: boolean;
  readonly notify: NotifyConfig;
  readonly promoteSecondaries: boolean;
  readonly addresses: readonly VirtualAddressConfig[];
  readonly routes: readonly RouteConfig[];
  readonly rules: readonly RuleConfig[];
  readonly span: Span;
}

export interface VrrpScriptConfig {
  readonly name: string;
  readonly script: ScriptConfig;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  /** Counts as failed before its first result. */
  readonly initFail: boolean;
}

export interface TrackFileConfig {
  readonly name: string;
  readonly path: string;
  /** init_file: the number to create it with, where it is missing or `overwrite`. */
  readonly initial?: { readonly value: number; readonly overwrite: boolean };
  readonly span: Span;
}

export interface TrackProcessConfig {
  readonly name: string;
  readonly command: string;
  /** Absent: the parameters do not count. */
  readonly parameters?: readonly string[];
  readonly match: 'exact' | 'initial' | 'partial';
  /** So many processes must run; at most quorumMax where it is there. */
  readonly quorum: number;
  readonly quorumMax?: number;
  readonly forkDelayMs: number;
  readonly terminateDelayMs: number;
  /** The whole command line is compared, not the program's name. */
  readonly fullCommand: boolean;
  readonly span: Span;
}

/** Members change role together. */
export interface VrrpSyncGroupConfig {
  readonly name: string;
  /** Names of instances, each once; all exist. */
  readonly instances: readonly string[];
  readonly tracking: TrackingConfig;
  /** sync_group_tracking_weight: weights of the members count. */
  readonly memberWeights: boolean;
  readonly notify: NotifyConfig;
  readonly span: Span;
}

/** interface_up_down_delays. */
export interface LinkDelayConfig {
  readonly interface: string;
  readonly downMs: number;
  readonly upMs: number;
}

/** global_defs: of the process that runs the virtual routers, and of the scripts it starts. */
export interface VrrpGlobalConfig {
  readonly startupDelayMs: number;
  /** Counts from the boot of the host. */
  readonly delayAfterBootMs: number;
  /** Absent where there are none. */
  readonly linkDelays?: readonly LinkDelayConfig[];
  /** A missing interface is waited for. */
  readonly dynamicInterfaces: boolean;
  readonly logUnknownVrids: boolean;
  /** SCHED_RR priority from the start. */
  readonly realTimePriority?: number;
  /** The priority to rise to by itself when timers are late; 0: no. */
  readonly maxAutoPriority: number;
  /** Nice value, -20 to 19. */
  readonly nice?: number;
  readonly noSwap: boolean;
  /** Of vrrp_cpu_affinity. */
  readonly processors: readonly number[];
  /** What vrrp_rlimit_rttime sets, in microseconds. */
  readonly realTimeLimitUs?: number;
  /** enable_script_security: a script that others than root can change is not run as root. */
  readonly scriptSecurity: boolean;
  readonly scriptUser?: string;
  readonly scriptGroup?: string;
  readonly startupScript?: ScriptConfig;
  readonly startupScriptTimeoutMs: number;
  readonly shutdownScript?: ScriptConfig;
  readonly shutdownScriptTimeoutMs: number;
  readonly fifos: readonly FifoConfig[];
  /** fifo_write_vrrp_states_on_reload. */
  readonly fifoStatesOnReload: boolean;
}
