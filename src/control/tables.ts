/** What GET /api/v1/ipvsadm answers: the tables as ipvsadm's screens need them. */
import type { Counters, Persistence, SchedulerName, VirtualServerKey } from '../addon/addon.ts';

export interface Timeouts {
  /** In seconds: ESTABLISHED, FIN_WAIT, UDP. */
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

export interface TablesAnswer {
  readonly timeouts: Timeouts;
  readonly services: readonly TableService[];
}

/** Counters since they were zeroed; rates a second. */
export interface Counted {
  readonly counters: Counters;
  readonly rates: Counters;
}

export interface TableService extends VirtualServerKey, Counted {
  readonly scheduler: SchedulerName;
  readonly schedulerFlags: number;
  readonly persistence?: Persistence;
  readonly onePacket: boolean;
  /** Of a group: the other addresses that share everything. */
  readonly members: readonly VirtualServerKey[];
  /** Those in service, in scheduling order. */
  readonly destinations: readonly TableDestination[];
}

export interface TableDestination extends Counted {
  readonly address: string;
  /** The director itself: packets go to its own stack. */
  readonly local?: true;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly active: number;
  readonly inactive: number;
  readonly persistent: number;
}
