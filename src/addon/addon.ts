/**
 * The typed face of native/ (the C++ addon). The only file that loads it.
 *
 * Every call is synchronous and runs on the calling thread. A call that the world made fail throws an
 * `AddonError`: its message says what was attempted, on what, and why; `code` is stable.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AddressFilter } from './address_filter.ts';
import type {
  BfdListener,
  BfdReceiver,
  BfdReceiverOptions,
  BfdSender,
  BfdSenderOptions,
} from './bfd_socket.ts';
import type { HostEvent, InstanceLock, Netlink, NetlinkMonitor, SignalWatch, XdpFeatures } from './host.ts';
import type { ProbeListener, ProbeSocket, ProbeSocketOptions } from './probe_socket.ts';
import type {
  ConnectionEntry,
  DataplaneSettings,
  FlowTableState,
  MarkRule,
  Nexthop,
  VerdictCount,
  VirtualServerKey,
  VirtualServerSpec,
  VirtualServerState,
} from './tables.ts';
import type { TcpEventListener, TcpProbes } from './tcp_probes.ts';
import type { TraceCounts, TraceListener, TraceSettings, Verdict } from './trace.ts';
import type { VipListener, VipProber } from './vip_prober.ts';
import type {
  Announcer,
  ThreadScheduling,
  VrrpListener,
  VrrpSocket,
  VrrpSocketOptions,
} from './vrrp_socket.ts';

export type * from './address_filter.ts';
export type * from './bfd_socket.ts';
export type * from './host.ts';
export type * from './probe_socket.ts';
export type * from './routing.ts';
export * from './tables.ts';
export * from './tcp_probes.ts';
export * from './trace.ts';
export type * from './vip_prober.ts';
export type * from './vrrp_socket.ts';

/** What every failing addon call throws. `errno` is the positive number of the system, 0 where none applies. */
export interface AddonError extends Error {
  readonly code: 'XLB_SYSTEM' | 'XLB_LIMIT' | 'XLB_ARGUMENT' | 'XLB_INCOMPATIBLE';
  readonly errno: number;
}

export type XdpMode = 'native' | 'generic';

/** How a program came to be on an interface. `reason` says why native was not possible, where mode is generic. */
export interface Attachment {
  readonly index: number;
  readonly mode: XdpMode;
  /** True when an earlier process left it attached and only the program was replaced. */
  readonly adopted: boolean;
  readonly reason?: string;
  /** How long it was without a program, where that was there already and has changed its mode. */
  readonly gapMs?: number;
  /** Why what came meanwhile was lost, where it was not forwarded at tc. */
  readonly lost?: string;
  /** Where that is so, why the host's own stack heard it, and perhaps reset it. */
  readonly exposed?: string;
}

/** Sizes fixed when the tables are made. */
export interface TableLimits {
  readonly flowSlots: number;
  /** Powers of two, both; 2^18 where absent. */
  readonly templateSlots?: number;
}

/** An interface whose frames are looked at, where they are for this MAC. */
export interface InterfaceSpec {
  readonly index: number;
  readonly mac: string;
  /** Longer packets were put together by the kernel, and are never too big. Absent, or 0: not known. */
  readonly mtu?: number;
}

/** How the threads of the data path af_xdp run. */
export interface AfXdpOptions {
  /** Microseconds for which they go on asking the driver for frames before they sleep; absent: by interrupts. */
  readonly busyPollUs?: number;
  /** SCHED_FIFO, 1 to 99; absent: not real-time. */
  readonly realTimePriority?: number;
}

/** Interfaces with AF_XDP sockets. Counts since this process began. */
export interface AfXdpState {
  /** The kernel forwards: the sockets only take packets that wait for the neighbour of their real server. */
  readonly holds: boolean;
  /** None while one of the threads is dead. */
  readonly interfaces: readonly {
    readonly index: number;
    /** That have a socket. */
    readonly queues: number;
    /** Of all of them; else frames are copied. */
    readonly zeroCopy: boolean;
  }[];
  /**
   * What the threads go on without, and the cure, a phrase each: of AfXdpOptions what the kernel refused, and frames
   * that are too long for their buffers, which the program in the kernel forwards.
   */
  readonly refused: readonly string[];
  readonly counts: AfXdpCounts;
  /** Threads that ended by themselves: the kernel forwards until useAfXdp() or holdUnresolved() starts others. */
  readonly deaths: number;
  /** Why. */
  readonly lastDeath?: string;
}

/** Frames. All but `handedBack` (to the kernel's own stack), `sentSlowly` and `held` were lost. */
export interface AfXdpCounts {
  readonly receiveFull: number;
  readonly fillEmpty: number;
  readonly receiveOther: number;
  readonly transmitFull: number;
  readonly transmitFailed: number;
  readonly handedBack: number;
  readonly handbackLost: number;
  /** By a system call: the interface they leave by has no socket on the queue. */
  readonly sentSlowly: number;
  /** For the neighbour of their real server. */
  readonly held: number;
}

/** The loaded packet path of one instance: program, links, tables. Pinned: close() leaves it forwarding. */
export interface Forwarder {
  /** True when an earlier process's pinned tables, and with them its flows, were taken over. */
  readonly adopted: boolean;
  /** Why pinned tables that were there could not be adopted (their layout or size differs); flows were lost. */
  readonly discarded?: string;
  /**
   * 'auto': native where the driver can, but a program that is there keeps its mode. 'anew': that is tried again. Where
   * the mode cannot be had, the program stays as it was. While one that is there changes its mode, frames for virtual
   * servers are dropped: some tens of milliseconds.
   */
  attach(index: number, mode: 'auto' | 'anew' | XdpMode): Attachment;
  detach(index: number): boolean;
  attachments(): Attachment[];
  /** The interface's MAC address or MTU changed: frames for the new one are ours. */
  setInterface(spec: InterfaceSpec): void;
  setVirtualServer(spec: VirtualServerSpec): void;
  removeVirtualServer(key: VirtualServerKey): boolean;
  /** All of them; those that were set before and are not among them go. */
  setMarkRules(rules: readonly MarkRule[]): void;
  setSettings(settings: DataplaneSettings): void;
  /** ipvsadm -Z: counts from here on, for one virtual server or all. False where there is no such one. */
  zero(key?: VirtualServerKey): boolean;
  setNexthop(address: string, nexthop: Nexthop): void;
  virtualServers(): VirtualServerState[];
  verdicts(): VerdictCount[];
  flows(): FlowTableState;
  /**
   * Connections and templates, a stretch of the tables at a time: lines (see ConnectionEntry), UTF-8. Undefined after
   * the last stretch.
   */
  connections(stretch: number): Uint8Array | undefined;
  /**
   * Packets of virtual servers go to threads of this process on all attached interfaces, or go on doing so: where
   * interfaces, their queues or the options have changed, anew. Throws where that is not possible: the kernel forwards
   * then.
   */
  useAfXdp(options?: AfXdpOptions): void;
  /** The program in the kernel forwards again. */
  leaveAfXdp(): void;
  /**
   * It does (again), but packets whose real server has no resolved neighbour wait in a thread, or go on doing so: few,
   * and 3 s at most. Throws where no socket can be had: such packets are dropped then. And where another program has
   * some of the queues: then only those that come by these are, and the next call tries again.
   */
  holdUnresolved(): void;
  afXdp(): AfXdpState;
  /** Decisions that fit go to the listener from now on; called again: by other settings, to another listener. */
  startTrace(settings: TraceSettings, listener: TraceListener): void;
  /**
   * To be called every second: the packet path ends it 5 s after the last call, so that a process that dies leaves
   * nothing behind. What was not told since the start.
   */
  renewTrace(): TraceCounts;
  /** Frees all there is of it. Does nothing where nothing is traced. */
  stopTrace(): void;
  startSweeper(): void;
  stopSweeper(): void;
  close(): void;
}

/** What became of a frame that an Engine ran. */
export interface Outcome {
  readonly verdict: string;
  /** 'answer': the frame went back as an answer of the director itself (ICMP error, RST). */
  readonly action: 'forward' | 'pass' | 'drop' | 'answer';
  readonly frame: Uint8Array;
  /** An AF_XDP thread has decided about it (engine 'af_xdp'). */
  readonly steered?: true;
}

/**
 * Single frames through the packet core, over tables of its own and under a clock that the caller moves: as compiled
 * into the addon ('core', no privileges), inside the kernel by BPF_PROG_TEST_RUN ('kernel', root), or by a data path at
 * one end of a veth, frames going in and coming out by the other ('af_xdp', 'xdp' and 'skb', root). For tests and trace
 * replays. Its settings are IPVS's defaults (setSettings): what xlb does beyond IPVS is off.
 */
export interface Engine {
  /** As it was when it was made. */
  empty(): void;
  setClock(milliseconds: number): void;
  setInterface(spec: InterfaceSpec): void;
  setVirtualServer(spec: VirtualServerSpec): void;
  removeVirtualServer(key: VirtualServerKey): boolean;
  setMarkRules(rules: readonly MarkRule[]): void;
  setSettings(settings: DataplaneSettings): void;
  zero(key?: VirtualServerKey): boolean;
  setNexthop(address: string, nexthop: Nexthop): void;
  /** `ingress`: the interface index it is said to have come in by; for 'kernel' 1 (lo), on a veth its inner end. */
  run(frame: Uint8Array, ingress: number): Outcome;
  /** For 5 s of its clock. */
  trace(settings: TraceSettings): void;
  /** What was told since this was asked last: as TraceListener has it. */
  traced(): Uint8Array;
  /** Whether packets are looked at for it. */
  tracing(): boolean;
  sweep(): { readonly used: number; readonly expired: number };
  virtualServers(): VirtualServerState[];
  verdicts(): VerdictCount[];
  /** All, templates last. */
  connections(): ConnectionEntry[];
}

/** TCP frames, from `clients` addresses in turn to `servers` addresses in turn. */
export interface GeneratorOrder {
  /** Sent out of this interface; with `deliver`, received by it, through the stack: what generic XDP sees. */
  readonly index: number;
  readonly count: number;
  readonly destination: string;
  readonly source: string;
  readonly firstClient: string;
  readonly clients: number;
  readonly firstServer: string;
  readonly servers: number;
  readonly port: number;
  /** Byte 13 of the TCP header. */
  readonly flags: number;
  /** Noted flows are taken away whenever the turn of clients (a multiple of 64) begins anew. */
  readonly erase?: boolean;
  /** Any client address and port, instead of `clients` in turn. */
  readonly random?: boolean;
  readonly deliver?: boolean;
  /** 64 (where absent) to 1514. */
  readonly frameBytes?: number;
}

/**
 * For benchmarks: traffic made inside the kernel, programs to compare with, and what the program on an interface
 * has cost. While it lives, the kernel counts the run times of all BPF programs, unless `untimed`.
 */
export interface Generator {
  /**
   * 'empty' swaps MAC addresses and sends back; 'sink' drops; 'filter' drops what a Generator made. In the driver
   * unless `mode` is generic, until the interface goes.
   */
  attach(index: number, program: 'empty' | 'sink' | 'filter', mode?: XdpMode): void;
  /** All that comes to queue 0 is sent back by a thread that swaps MAC addresses and does nothing else (AF_XDP). */
  forwardBarely(index: number): void;
  /**
   * Frames for an IPv4 address go on to one MAC address, by a program that does nothing else; the rest passes. Until
   * the interface goes; a Generator that does this shall not send.
   */
  relay(
    index: number,
    relay: { readonly address: string; readonly destination: string; readonly source: string },
  ): void;
  /** Returns when all frames are sent and, on a veth, taken by the other end. */
  send(order: GeneratorOrder): void;
  runTime(index: number): { readonly nanoseconds: number; readonly packets: number };
  /** Notes where the first 8,192 flows of the table are, for `erase`; how many there are. */
  noteFlows(): number;
  /** Takes all flows away. */
  clearFlows(): void;
}

export interface Addon {
  /** What a packet can become, and the states of a flow: by their numbers in the packet path. */
  readonly verdicts: readonly Verdict[];
  readonly flowStates: readonly string[];
  /** For the program whose tables are pinned there. */
  readonly Generator: new (
    pinDirectory: string,
    options?: { readonly untimed: boolean },
  ) => Generator;
  readonly Engine: new (
    options: {
      readonly flowSlots: number;
      /** As many as flowSlots where absent. */
      readonly templateSlots?: number;
    } & (
      | { readonly kind: 'core' | 'kernel' }
      /** Interfaces of the thread's network namespace, nobody else's; the outer end has a program (attachPass). */
      | {
          readonly kind: 'af_xdp' | 'xdp' | 'skb' | 'tc';
          readonly inside: number;
          readonly outside: number;
        }
    ),
  ) => Engine;
  readonly Netlink: new () => Netlink;
  readonly NetlinkMonitor: new (onEvents: (events: HostEvent[]) => void) => NetlinkMonitor;
  /** Opens. The network namespace is the one that the thread is in. */
  readonly VrrpSocket: new (
    options: VrrpSocketOptions,
    listener: VrrpListener,
  ) => VrrpSocket;
  /** Opens, connected to the destination. Throws ENETUNREACH where there is no route, EADDRNOTAVAIL for a source. */
  readonly ProbeSocket: new (
    options: ProbeSocketOptions,
    listener: ProbeListener,
  ) => ProbeSocket;
  /** In the network namespace that the thread is in. */
  readonly TcpProbes: new (
    onEvents: TcpEventListener,
  ) => TcpProbes;
  readonly BfdReceiver: new (options: BfdReceiverOptions, listener: BfdListener) => BfdReceiver;
  readonly BfdSender: new (options: BfdSenderOptions) => BfdSender;
  /** Opens, on the interface of this index (CAP_NET_RAW). */
  readonly VipProber: new (
    index: number,
    listener: VipListener,
  ) => VipProber;
  readonly Announcer: new () => Announcer;
  readonly AddressFilter: new (options: { readonly table: string }) => AddressFilter;
  /** Opens (adopting what is pinned) or loads and pins the packet path under `pinDirectory`. */
  readonly Forwarder: new (options: {
    readonly pinDirectory: string;
    readonly limits: TableLimits;
  }) => Forwarder;
  /**
   * Attaches a program that passes every frame, native mode, to an interface of this network namespace. It lives
   * until the interface goes. For the far end of a veth: what XDP sends back (XDP_TX) is lost there without one.
   */
  attachPass(index: number): void;
  /** Removes everything pinned under `pinDirectory`, the directory included; what was removed, by path. Missing: []. */
  removePins(pinDirectory: string): string[];
  /** Of an interface of this network namespace. Undefined: Linux is older than 6.3 and cannot say. */
  xdpFeatures(index: number): XdpFeatures | undefined;
  /** Sends gratuitous ARPs (request form, RFC 5227) or unsolicited neighbour advertisements (RFC 4861 §7.2.6). */
  announce(index: number, address: string, count: number): void;
  /** Of the calling thread; `{}` undoes all that was set. */
  setThreadScheduling(scheduling: ThreadScheduling): void;
  /** Takes the lock, or answers with the pid of the process that holds it. The file is made where missing. */
  lockInstance(path: string): { readonly lock: InstanceLock } | { readonly heldBy: number };
  /** The same of a directory, which is made where missing, with the one that it is in, and stays on release. */
  lockDirectory(path: string): { readonly lock: InstanceLock } | { readonly heldBy: number };
  /** True when `path` is on a BPF file system. */
  isBpfFilesystem(path: string): boolean;
  /** Signals that Node does not know: the real-time ones (signal(7)), by number. One at a time in a process. */
  readonly SignalWatch: new (options: {
    readonly numbers: readonly number[];
    readonly onSignal: (number: number) => void;
  }) => SignalWatch;
  /** To a Unix socket, '@...' for an abstract one; never waits: EAGAIN where nobody reads. */
  sendDatagram(path: string, bytes: Uint8Array): void;
  /** The process becomes argv (argv[0]: a path) in the network namespace of that path; returns only by throwing. */
  execInNetworkNamespace(options: { readonly path: string; readonly argv: readonly string[] }): never;
}

let loaded: Addon | undefined;

/** The addon, loaded on first use. Throws where it was not built for this machine. */
export function addon(): Addon {
  loaded ??= createRequire(import.meta.url)(addonPath()) as Addon;
  return loaded;
}

/** build/xlb.node beside dist/. */
function addonPath(): string {
  return fileURLToPath(new URL('../../../build/xlb.node', import.meta.url));
}
