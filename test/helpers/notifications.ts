import type { NotifyConfig, ScriptConfig } from '../../src/config/model.ts';
import type { NotifiedState } from '../../src/notify/event.ts';
import { span } from './fake_spawn.ts';

export const runs = (command: string): ScriptConfig => ({ command, span });

export const silent: NotifyConfig = { sayDeleted: false, priorityChanges: false, mail: false };

/** Everybody is told of everything. */
export const loud: NotifyConfig = {
  master: runs('/master'),
  backup: runs('/backup'),
  fault: runs('/fault'),
  stop: runs('/stop'),
  deleted: runs('/deleted'),
  sayDeleted: true,
  masterReceivesLowerPriority: runs('/lower'),
  any: runs('/any own'),
  priorityChanges: true,
  mail: true,
};

export const instance = (state: NotifiedState, notify: NotifyConfig = loud, name = 'VI_1') =>
  ({ kind: 'instance', name, state, priority: 100, notify }) as const;

export const group = (state: Exclude<NotifiedState, 'DELETED'>, notify: NotifyConfig = loud) =>
  ({ kind: 'group', name: 'VG', state, notify }) as const;
