/** What a virtual router tells the rest of the director. Closed union; crosses the thread's boundary as it is. */
import type { NotifyState } from './virtual_router.ts';

export type Role = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';

export type VrrpNews =
  /** The first thing said of a new role. `LEAVING` masters are MASTER until their successor is heard. */
  | { readonly news: 'role'; readonly instance: string; readonly role: Role }
  /** For notify scripts, FIFOs and mail: entered, in keepalived's words; priority 0 for a group. */
  | {
      readonly news: 'notify';
      readonly kind: 'INSTANCE' | 'GROUP';
      readonly name: string;
      readonly state: NotifyState | 'DELETED';
      readonly priority: number;
    }
  | {
      readonly news: 'priority';
      readonly instance: string;
      readonly role: 'MASTER' | 'BACKUP';
      readonly priority: number;
    }
  /** A master heard an advert of lower priority: notify_master_rx_lower_pri. */
  | { readonly news: 'lower_priority'; readonly instance: string; readonly priority: number };
