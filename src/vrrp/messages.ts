/** Everything that crosses the boundary between the main thread and the VRRP worker, as two closed unions. */
import type { LogRecord } from '../base/log.ts';
import type { VrrpConfig } from './instances.ts';
import type { VrrpNews } from './news.ts';
import type { InstanceStatus } from './status.ts';

export interface VrrpOptions {
  /** Remembers which addresses xlb put on the host. */
  readonly addressesFile: string;
  /** The same for routes and rules. */
  readonly routingFile: string;
  /** The kernel settings that it changed, as they were. */
  readonly sysctlsFile: string;
  /** The director's instance: its macvlans say so. */
  readonly owner: string;
}

export type ToVrrpWorker =
  | ({ readonly kind: 'open' } & VrrpOptions)
  /** The complete configuration; answered with its revision once the addresses are as it says. */
  | { readonly kind: 'configure'; readonly revision: number; readonly config: VrrpConfig }
  /** `clear`: what was counted begins anew, after the answer. */
  | { readonly kind: 'read'; readonly request: number; readonly clear?: boolean }
  /** Resign, wait for the successors, withdraw, end. */
  | { readonly kind: 'stop' };

export type FromVrrpWorker =
  | { readonly kind: 'configured'; readonly revision: number }
  | { readonly kind: 'log'; readonly record: LogRecord }
  | { readonly kind: 'news'; readonly news: VrrpNews }
  | { readonly kind: 'status'; readonly request: number; readonly instances: readonly InstanceStatus[] }
  /** The worker is of no use any more and ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' };
