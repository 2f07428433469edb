/**
 * Everything that crosses the boundary between the main thread and the dataplane worker, as two closed unions.
 * A wish carries a revision; the worker answers with the revision it has carried out, so that an answer to an older
 * wish is never taken for one to a newer.
 */
import type {
  AfXdpCounts,
  AfXdpOptions,
  DataplaneSettings,
  FlowTableState,
  MarkRule,
  TableLimits,
  VerdictCount,
  VirtualServerSpec,
  VirtualServerState,
  XdpMode,
} from '../addon/addon.ts';
import type { Datapath } from '../config/model.ts';
import type { Question, Reply } from './questions.ts';
import type { TraceNews } from './tracing.ts';
import type { PackedWish } from './wish.ts';

/** Which interfaces take traffic: those named, and whichever hold one of `addresses` at the moment. */
export interface WantedInterfaces {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** Of `names`: those that this director makes itself a moment later. That one is missing is not worth a line. */
  readonly awaited?: readonly string[];
  readonly datapath: Datapath;
  /** Absent: as the kernel has threads and sockets by itself. */
  readonly afXdp?: AfXdpOptions;
}

/** The complete wanted state; what is not in it goes. */
export interface Wanted {
  readonly virtualServers: readonly VirtualServerSpec[];
  /** Addresses kept resolved: also of those out of service, so that they are ready when they return. */
  readonly realServers: readonly string[];
  readonly interfaces: WantedInterfaces;
  readonly markRules: readonly MarkRule[];
  readonly settings: DataplaneSettings;
}

export interface OpenOptions {
  readonly pinDirectory: string;
  readonly limits: TableLimits;
  /** Remembers which neighbours the kernel was asked to keep. */
  readonly neighboursFile: string;
}

/** What open found. `virtualServers` is what an earlier process left, when `adopted`. */
export interface Opened {
  readonly adopted: boolean;
  readonly discarded?: string;
  readonly virtualServers: readonly VirtualServerState[];
}

export interface InterfaceState {
  readonly name: string;
  readonly mode: XdpMode;
  readonly reason?: string;
  /** Its packets go through AF_XDP sockets. */
  readonly afXdp?: { readonly queues: number; readonly zeroCopy: boolean };
  /** Queues whose packets can wait for a neighbour; absent where `afXdp` is: they all can. */
  readonly holdingQueues?: number;
}

export interface DataplaneState {
  readonly interfaces: readonly InterfaceState[];
  readonly virtualServers: readonly VirtualServerState[];
  readonly verdicts: readonly VerdictCount[];
  readonly flows: FlowTableState;
  readonly afXdp: AfXdpCounts;
  /** Why packets cannot wait for a neighbour, where they cannot. */
  readonly notHeld?: string;
}

export interface Applied {
  readonly interfaces: readonly InterfaceState[];
  /** What could not be done, one sentence each; the rest of the wish is carried out. */
  readonly problems: readonly string[];
  /** Those of them that the tables are to blame for, where there are any: not an interface that is not there. */
  readonly refused?: readonly string[];
}

/**
 * Of the AF_XDP threads: one ended by itself, and the kernel forwards; and others run in place of so many. `again`: not
 * long after others had died.
 */
export type ThreadNews =
  | { readonly kind: 'thread_died'; readonly why: string; readonly again: boolean }
  | { readonly kind: 'threads_restarted'; readonly threads: number; readonly again: boolean };

export type ToWorker =
  | ({ readonly kind: 'open' } & OpenOptions)
  | { readonly kind: 'want'; readonly revision: number; readonly wanted: PackedWish }
  | { readonly kind: 'read'; readonly request: number }
  | { readonly kind: 'ask'; readonly request: number; readonly question: Question }
  /** Detach, remove the pins, end. */
  | { readonly kind: 'stop' };

export type FromWorker =
  | ({ readonly kind: 'opened' } & Opened)
  | ({ readonly kind: 'applied'; readonly revision: number } & Applied)
  | { readonly kind: 'state'; readonly request: number; readonly state: DataplaneState }
  | { readonly kind: 'reply'; readonly request: number; readonly reply: Reply }
  | TraceNews
  | ThreadNews
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly message: string }
  /** A request failed as a whole; the worker is of no use any more and ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped'; readonly problems: readonly string[] };
