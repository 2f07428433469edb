/** What is told about virtual routers: a closed union, and the words that keepalived has for it. Pure. */
import type { NotifyConfig, ScriptConfig } from '../config/model.ts';

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
  | (Told & { readonly kind: 'priority'; readonly role: 'MASTER' | 'BACKUP'; readonly priority: number });

/** A script to run, with what is appended to its own arguments. */
export interface ScriptCall {
  readonly script: ScriptConfig;
  readonly extra: readonly string[];
}

/** In the order that keepalived starts them. */
export function scriptCalls(event: NotificationEvent): ScriptCall[] {
  const { notify } = event;
  switch (event.kind) {
    case 'instance':
      return [
        ...call(ofState(notify, event.state)),
        ...call(notify.any, ['INSTANCE', event.name, event.state, String(event.priority)]),
      ];
    case 'group':
      return [
        ...call(ofState(notify, event.state)),
        ...call(notify.any, ['GROUP', event.name, event.state, '0']),
      ];
    case 'lower_priority':
      return call(notify.masterReceivesLowerPriority);
    case 'priority':
      return [];
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
  const line = (kind: string, state: string, priority: number) =>
    `${kind} "${event.name}" ${state} ${priority}`;
  switch (event.kind) {
    case 'instance':
      return line('INSTANCE', event.state, event.priority);
    case 'group':
      return line('GROUP', event.state, 0);
    case 'lower_priority':
      return line('INSTANCE', 'MASTER_RX_LOWER_PRI', event.priority);
    case 'priority':
      return event.notify.priorityChanges
        ? line('INSTANCE', `${event.role}_PRIORITY`, event.priority)
        : undefined;
  }
}

/** To whom events belong that must stay in order. */
export function receiverOf({ kind, name }: NotificationEvent): string {
  return `${kind === 'group' ? 'GROUP' : 'INSTANCE'} ${name}`;
}
