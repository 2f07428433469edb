/** Scripts and notifications: fields -> model. */
import type { Field } from '../keyword.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { ScriptLine } from '../keywords/script.ts';
import type { NotifyConfig, ScriptConfig } from '../model.ts';

/** With the user that it runs as, where one is named: its own, else script_user. */
export function buildScript(
  { command, own, span }: ScriptLine,
  { script_user: general }: Pick<GlobalDefs, 'script_user'>,
): ScriptConfig {
  return { command, ...(own ?? general?.value), span };
}

type Lines = Pick<
  RootFields['vrrp_sync_group'][number]['fields'],
  | 'notify_master'
  | 'notify_backup'
  | 'notify_fault'
  | 'notify_stop'
  | 'notify'
  | 'notify_priority_changes'
  | 'smtp_alert'
> &
  Partial<
    Pick<RootFields['vrrp_instance'][number]['fields'], 'notify_deleted' | 'notify_master_rx_lower_pri'>
  >;

export function buildNotify(fields: Lines, globals: GlobalDefs): NotifyConfig {
  const of = (field: Field<ScriptLine> | undefined, key: keyof NotifyConfig) =>
    field ? { [key]: buildScript(field.value, globals) } : {};
  const deleted = fields.notify_deleted?.value;
  return {
    ...of(fields.notify_master, 'master'),
    ...of(fields.notify_backup, 'backup'),
    ...of(fields.notify_fault, 'fault'),
    ...of(fields.notify_stop, 'stop'),
    ...(deleted?.script ? { deleted: buildScript(deleted.script, globals) } : {}),
    sayDeleted: deleted !== undefined,
    ...of(fields.notify_master_rx_lower_pri, 'masterReceivesLowerPriority'),
    ...of(fields.notify, 'any'),
    priorityChanges: (fields.notify_priority_changes ?? globals.vrrp_notify_priority_changes).value,
    mail: (fields.smtp_alert ?? globals.smtp_alert_vrrp ?? globals.smtp_alert)?.value ?? false,
  };
}
