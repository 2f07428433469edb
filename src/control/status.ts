/** What GET /api/v1/status answers and `xlb status` shows. Times are ISO 8601, counters totals since they were made. */

import type {
  AfXdpCounts,
  FlowTableState,
  Nexthop,
  Persistence,
  SchedulerName,
  VirtualServerKey,
  XdpMode,
} from '../addon/addon.ts';
import type { Datapath } from '../config/model.ts';

/** What GET /api/v1/status may be asked for besides: `?history&virtual_server=10.0.0.1:80`. */
export interface StatusQuestion {
  /** Checks with their last results, and when real servers went up and down. */
  readonly history?: boolean;
  /** Only those that it names, as an operator writes it: `10.0.0.1:80`, `fwmark:7`, `group:WEB`. */
  readonly virtualServer?: string;
}

export interface Status {
  readonly instance: string;
  readonly pid: number;
  readonly version: string;
  /** The configuration file in force. */
  readonly config: string;
  readonly since: string;
  /** False while the dataplane worker is being restarted: forwarding goes on, the tables cannot be read. */
  readonly dataplane: boolean;
  /** False while the VRRP worker is being restarted: addresses stay as they are. */
  readonly vrrp: boolean;
  readonly interfaces: readonly InterfaceStatus[];
  readonly virtual_servers: readonly VirtualServerStatus[];
  /** Empty while the VRRP worker is being restarted. */
  readonly vrrp_instances: readonly VrrpInstanceStatus[];
  /** Absent where no bfd_instance is configured, and while the BFD worker is being restarted. */
  readonly bfd_sessions?: readonly BfdSessionStatus[];
  readonly flows: Pick<FlowTableState, 'slots' | 'used' | 'expired' | 'evicted'>;
  /** Of persistence. */
  readonly templates: FlowTableState['templates'];
  /** As xlb_datapath has it, or `xlb datapath set`. */
  readonly datapath?: Datapath;
  /** Frames of AF_XDP by what became of them; those that never occurred are left out. */
  readonly af_xdp?: Readonly<Record<string, number>>;
  /** Why packets are dropped that could wait for the neighbour of their real server; absent where they wait. */
  readonly not_held?: string;
  /** Verdicts that packets had, by name; those that never occurred are left out. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Those of them whose packets were dropped; absent where none was. */
  readonly drops?: Readonly<Record<string, number>>;
  /** What nobody was told since the last change of notification; absent where nothing was lost. */
  readonly notifications_lost?: NotificationsLost;
  /** Events that an outlet of xlb_events has not taken since the daemon began, by its name; absent without any. */
  readonly events_lost?: Readonly<Record<string, number>>;
}

export interface NotificationsLost {
  readonly mails: number;
  /** By the path of the FIFO. */
  readonly fifo_lines: Readonly<Record<string, number>>;
}

export interface InterfaceStatus {
  readonly name: string;
  readonly mode: XdpMode;
  /** Why not native. */
  readonly reason?: string;
  /** Its packets go through AF_XDP sockets. */
  readonly af_xdp?: { readonly queues: number; readonly zero_copy: boolean };
  /** Queues whose packets can wait for the neighbour of their real server, where the kernel forwards. */
  readonly holding_queues?: number;
}

export interface VirtualServerStatus {
  readonly protocol: VirtualServerKey['protocol'];
  /** Of a group: of its first member. Of a fwmark: '0.0.0.0' or '::'. */
  readonly address: string;
  readonly port: number;
  readonly fwmark?: number;
  readonly group?: string;
  /** How many further addresses and ports a group has. */
  readonly members?: number;
  readonly scheduler: SchedulerName;
  /** By name, as `sh-port`. */
  readonly scheduler_flags?: readonly string[];
  readonly persistence?: Persistence;
  readonly one_packet?: true;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  /** Where one is written, or the default one is lost. */
  readonly quorum?: QuorumStatus;
  /** ha_suspend: checks rest, another director is master of the address. */
  readonly suspended?: true;
  readonly destinations: readonly DestinationStatus[];
}

export interface QuorumStatus {
  readonly up: boolean;
  /** Of the live real servers together. */
  readonly weight: number;
  readonly quorum: number;
  readonly hysteresis: number;
}

export interface DestinationStatus {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
  /** Persistence templates. */
  readonly persistent: number;
  readonly upper_threshold?: number;
  readonly lower_threshold?: number;
  /** It has had as many connections as its upper threshold says, and gets no new ones for now. */
  readonly overloaded: boolean;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  /** Out of service while flows of it remain in the table. */
  readonly gone: boolean;
  /** What the checks say; a real server that is down may still be in service with weight 0. */
  readonly up: boolean;
  /** Which checks it fails at present, and why: `TCP_CHECK: connection refused or unreachable: ECONNREFUSED`. */
  readonly failures?: readonly string[];
  /** How long its last checks took: the longest of them. */
  readonly latency_ms?: number;
  /** Checks that say nothing about it at present, and why: `MISC_CHECK: check disabled: ...`. */
  readonly unchecked?: readonly string[];
  /** What checks have seen that is wrong with it, though it passes: that it answers ARP for the address. */
  readonly warnings?: readonly string[];
  /** The sorry server; up: it serves. */
  readonly sorry?: true;
  /** Until it is undone; 0: drained. */
  readonly weight_by_hand?: number;
  /** xlb_slow_start: it has returned, and has this part of its weight for now. */
  readonly slow_start_percent?: number;
  readonly nexthop: Nexthop;
  /** Of a real server: since when it has been up or down, or there. */
  readonly since?: string;
  /** When it went up and down last, the newest first; only where history is asked for. */
  readonly transitions?: readonly TransitionStatus[];
  /** Only where history is asked for. */
  readonly checks?: readonly CheckStatus[];
}

export interface TransitionStatus {
  readonly at: string;
  readonly up: boolean;
  /** What a check said. */
  readonly why?: string;
}

export interface CheckStatus {
  /** The block's keyword. */
  readonly kind: string;
  /** What it makes of the real server. */
  readonly up: boolean;
  readonly since: string;
  /** When the next attempt is made; absent while one is under way. */
  readonly next?: string;
  /** Of the results that passed, in milliseconds. */
  readonly latency_ms?: { readonly min: number; readonly avg: number; readonly max: number };
  /** The newest first, 16 at most; fewer in an answer about more than 1,024 checks. */
  readonly results: readonly CheckResultStatus[];
}

export interface CheckResultStatus {
  readonly at: string;
  /** Such as L4OK; docs/checks.md has them all. */
  readonly code: string;
  readonly detail?: string;
  readonly latency_ms: number;
}

export interface VrrpInstanceStatus {
  readonly name: string;
  readonly state: 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';
  /** It has resigned and keeps the addresses until its successor is heard. */
  readonly leaving?: true;
  readonly interface: string;
  readonly virtual_router_id: number;
  /** Effective. */
  readonly priority: number;
  readonly addresses: readonly string[];
  /** As far as this director knows; itself included. */
  readonly master?: { readonly address: string; readonly priority: number };
  /** Another that says it is master, too. */
  readonly rival?: { readonly address: string; readonly priority: number };
  /** Why it is in FAULT. */
  readonly faults?: readonly string[];
  /** What it should track and does not: a script that cannot run. */
  readonly untracked?: readonly string[];
  /** By keepalived's names, as in keepalived.stats; those that never occurred are left out. */
  readonly statistics: Readonly<Record<string, number>>;
}

/** Of a bfd_instance; states in the words of RFC 5880. */
export interface BfdSessionStatus {
  readonly name: string;
  readonly neighbor: string;
  readonly state: 'AdminDown' | 'Down' | 'Init' | 'Up';
  /** As the neighbour last said. */
  readonly remote_state: BfdSessionStatus['state'];
  /** Why it was last down; absent: no diagnostic. */
  readonly diagnostic?: string;
  /** After so long a silence it is down; absent before the neighbour was heard. */
  readonly detection_time_ms?: number;
  readonly transmit_interval_ms: number;
  /** In this state. */
  readonly since: string;
  /** Why packets of the neighbour are discarded, or none can be sent. */
  readonly trouble?: string;
}

/** Frames of AF_XDP, as status and metrics call them. */
export const afXdpNames: Readonly<Record<keyof AfXdpCounts, string>> = {
  receiveFull: 'receive_full',
  fillEmpty: 'fill_empty',
  receiveOther: 'receive_other',
  transmitFull: 'transmit_full',
  transmitFailed: 'transmit_failed',
  handedBack: 'handed_back',
  handbackLost: 'handback_lost',
  sentSlowly: 'sent_slowly',
  held: 'held',
};
