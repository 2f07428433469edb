/** What POST /api/v1/ipvsadm takes and answers: changes of the tables by hand, as ipvsadm makes them. */
import type { Persistence, VirtualServerKey } from '../addon/addon.ts';

/** A virtual service as -A and -E give it: everything that is not said takes its default, also when editing. */
export interface ServiceSettings extends VirtualServerKey {
  /** Any word: one that is no scheduler is refused by the daemon, as the kernel does. */
  readonly scheduler: string;
  /** Bits 1, 2 and 4. */
  readonly schedulerFlags: number;
  readonly persistence?: Persistence;
  readonly onePacket: boolean;
}

export interface DestinationSettings {
  readonly address: string;
  readonly weight: number;
  /** 0: no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

export type TableChange =
  | { readonly change: 'add_service' | 'edit_service'; readonly service: ServiceSettings }
  | { readonly change: 'delete_service'; readonly key: VirtualServerKey }
  | { readonly change: 'clear' }
  | {
      readonly change: 'add_destination' | 'edit_destination';
      readonly key: VirtualServerKey;
      readonly destination: DestinationSettings;
    }
  | { readonly change: 'delete_destination'; readonly key: VirtualServerKey; readonly address: string }
  /** Absent: all of them. */
  | { readonly change: 'zero'; readonly key?: VirtualServerKey }
  /** In seconds; 0: as it is. */
  | {
      readonly change: 'set_timeouts';
      readonly tcp: number;
      readonly tcpFin: number;
      readonly udp: number;
    };

/** One entry a change: what ipvsadm says of a change that was refused, null where it was made. */
export interface ChangeResults {
  readonly results: readonly (string | null)[];
  /** What the tables could not take of it, one sentence each; it is tried again until it works. */
  readonly problems: readonly string[];
}
