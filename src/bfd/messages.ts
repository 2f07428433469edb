/** Everything that crosses the boundary between the main thread and the BFD worker, as two closed unions. */
import type { LogRecord } from '../base/forward_log.ts';
import type { SessionStates } from '../base/sessions.ts';
import type { BfdInstanceConfig, ThreadSchedulingConfig } from '../config/model.ts';
import type { SessionState } from './status.ts';

export type ToBfdWorker =
  /**
   * All sessions. `wereUp`: those of a worker that died: they count as up for a while, as their neighbours are no
   * worse for that.
   */
  | {
      readonly kind: 'configure';
      readonly instances: readonly BfdInstanceConfig[];
      readonly wereUp: readonly string[];
      /** Of the worker's thread. */
      readonly scheduling?: ThreadSchedulingConfig | undefined;
    }
  | { readonly kind: 'read'; readonly request: number }
  /** Tell the neighbours, and end. */
  | { readonly kind: 'stop' };

export type FromBfdWorker =
  | { readonly kind: 'log'; readonly record: LogRecord }
  | { readonly kind: 'states'; readonly states: SessionStates }
  | { readonly kind: 'status'; readonly request: number; readonly sessions: readonly SessionState[] }
  /** The worker is of no use any more and ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' };
