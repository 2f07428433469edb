/** What the virtual routers tell the rest of the director: closed unions, which cross the thread's boundary as such. */
import type { NotifyConfig } from '../config/model.ts';
import type { NotifyState } from './virtual_router.ts';

export type Role = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';

interface About {
  /** Of the vrrp_instance or the vrrp_sync_group. */
  readonly name: string;
  /** As it was when this happened: a reload may have taken it away since. */
  readonly notify: NotifyConfig;
}

/** For scripts, FIFOs and mail, in keepalived's words. */
export type VrrpNotification =
  | (About & {
      readonly kind: 'instance';
      readonly state: NotifyState | 'DELETED';
      readonly priority: number;
    })
  | (About & { readonly kind: 'group'; readonly state: NotifyState })
  /** A master heard an advert of lower priority: notify_master_rx_lower_pri. */
  | (About & { readonly kind: 'lower_priority'; readonly priority: number })
  | (About & { readonly kind: 'priority'; readonly role: 'MASTER' | 'BACKUP'; readonly priority: number });

export type VrrpNews =
  /** A master that leaves is MASTER until its successor is heard. */
  | { readonly news: 'role'; readonly instance: string; readonly role: Role }
  | { readonly news: 'notification'; readonly event: VrrpNotification };
