/**
 * What is told about virtual routers, virtual servers and real servers: a closed union, and the words that keepalived
 * has for it. Pure.
 */
import type { FifoConfig, NotifyConfig, ScriptConfig } from '../config/model.ts';

export type NotifiedState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'DELETED';

interface Told {
  /** Of the vrrp_instance or the vrrp_sync_group. */
  readonly name: string;
  /** Its own. */
  readonly notify: NotifyConfig;
}

export type NotificationEvent =
  /** An instance has taken a state; `priority` is the effective one. */
  | (Told & { readonly kind: 'instance'; readonly state: NotifiedState; readonly priority: number })
  /** All members of a sync group have. */
  | (Told & { readonly kind: 'group'; readonly state: Exclude<NotifiedState, 'DELETED'> })
  /** A master heard an advert of lower priority. */
  | (Told & { readonly kind: 'lower_priority'; readonly priority: number })
  /** The effective priority has changed. */
  | (Told & { readonly kind: 'priority'; readonly role: 'MASTER' | 'BACKUP'; readonly priority: number })
  | ServerEvent;

/** Names as in `[10.0.0.1]:tcp:80`. */
interface ToldOfServer {
  readonly virtualServer: string;
  readonly state: 'UP' | 'DOWN';
  readonly script?: ScriptConfig;
  readonly mail: boolean;
  /** For a mail's body. */
  readonly why: string;
}

/** A real server went up or down, or a virtual server gained or lost its quorum. */
export type ServerEvent =
  | (ToldOfServer & { readonly kind: 'real_server'; readonly realServer: string })
  /** One check of it did, and `state` is what it was: told by mail only. */
  | (ToldOfServer & { readonly kind: 'check'; readonly realServer: string })
  | (ToldOfServer & { readonly kind: 'virtual_server' });

/** A script to run, with what is appended to its own arguments. */
export interface ScriptCall {
  readonly script: ScriptConfig;
  readonly extra: readonly string[];
}

/** In the order that keepalived starts them. */
export function scriptCalls(event: NotificationEvent): ScriptCall[] {
  switch (event.kind) {
    case 'instance':
      return [
        ...call(ofState(event.notify, event.state)),
        ...call(event.notify.any, ['INSTANCE', event.name, event.state, String(event.priority)]),
      ];
    case 'group':
      return [
        ...call(ofState(event.notify, event.state)),
        ...call(event.notify.any, ['GROUP', event.name, event.state, '0']),
      ];
    case 'lower_priority':
      return call(event.notify.masterReceivesLowerPriority);
    case 'priority':
    case 'check':
      return [];
    case 'real_server':
    case 'virtual_server':
      return call(event.script);
  }
}

function call(script: ScriptConfig | undefined, extra: readonly string[] = []): ScriptCall[] {
  return script === undefined ? [] : [{ script, extra }];
}

function ofState(notify: NotifyConfig, state: NotifiedState): ScriptConfig | undefined {
  switch (state) {
    case 'MASTER':
      return notify.master;
    case 'BACKUP':
      return notify.backup;
    case 'FAULT':
      return notify.fault;
    case 'STOP':
      return notify.stop;
    case 'DELETED':
      return notify.deleted;
  }
}

/** The line for a FIFO, without its newline. Undefined: none is written. */
export function fifoLine(event: NotificationEvent): string | undefined {
  switch (event.kind) {
    case 'instance':
      return `INSTANCE "${event.name}" ${event.state} ${event.priority}`;
    case 'group':
      return `GROUP "${event.name}" ${event.state} 0`;
    case 'lower_priority':
      return `INSTANCE "${event.name}" MASTER_RX_LOWER_PRI ${event.priority}`;
    case 'priority':
      return event.notify.priorityChanges
        ? `INSTANCE "${event.name}" ${event.role}_PRIORITY ${event.priority}`
        : undefined;
    case 'check':
      return undefined;
    case 'real_server':
      return `RS ${event.realServer} ${event.virtualServer} ${event.state}`;
    case 'virtual_server':
      return `VS ${event.virtualServer} ${event.state}`;
  }
}

/** Whose FIFOs get it, besides those for everything. */
export function fifosOf({ kind }: NotificationEvent): FifoConfig['of'] {
  return kind === 'real_server' || kind === 'check' || kind === 'virtual_server' ? 'lvs' : 'vrrp';
}

/** To whom events belong that must stay in order. */
export function receiverOf(event: NotificationEvent): string {
  switch (event.kind) {
    case 'instance':
    case 'lower_priority':
    case 'priority':
      return `INSTANCE ${event.name}`;
    case 'group':
      return `GROUP ${event.name}`;
    case 'real_server':
    case 'check':
      return `RS ${event.realServer} ${event.virtualServer}`;
    case 'virtual_server':
      return `VS ${event.virtualServer}`;
  }
}
