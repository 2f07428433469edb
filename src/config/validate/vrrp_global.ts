/** global_defs: the process that runs the virtual routers, its scripts, FIFOs and mail. */
import type { Diagnostics } from '../diagnostic.ts';
import type { Field } from '../keyword.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { FifoLine } from '../keywords/notification.ts';
import type { ScriptLine } from '../keywords/script.ts';
import type { FifoConfig, MailConfig, Span, VrrpGlobalConfig } from '../model.ts';
import { buildScript } from './script.ts';

export function buildVrrpGlobal(fields: GlobalDefs): VrrpGlobalConfig {
  const {
    vrrp_rt_priority: realTime,
    vrrp_priority: nice,
    vrrp_rlimit_rttime: limit,
    script_user: user,
  } = fields;
  const { startup_script: startup, shutdown_script: shutdown } = fields;
  return {
    startupDelayMs: fields.vrrp_startup_delay.value,
    delayAfterBootMs: fields.vrrp_delay_after_boot.value,
    dynamicInterfaces: fields.dynamic_interfaces?.value ?? false,
    logUnknownVrids: fields.log_unknown_vrids.value,
    ...(realTime ? { realTimePriority: realTime.value } : {}),
    maxAutoPriority: Math.max(0, fields.max_auto_priority.value),
    ...(nice ? { nice: nice.value } : {}),
    noSwap: fields.vrrp_no_swap.value,
    processors: fields.vrrp_cpu_affinity?.value ?? [],
    ...(limit ? { realTimeLimitUs: limit.value } : {}),
    scriptSecurity: fields.enable_script_security.value,
    ...(user ? { scriptUser: user.value.user } : {}),
    ...(user?.value.group === undefined ? {} : { scriptGroup: user.value.group }),
    ...(startup ? { startupScript: buildScript(startup.value, fields) } : {}),
    startupScriptTimeoutMs: fields.startup_script_timeout.value,
    ...(shutdown ? { shutdownScript: buildScript(shutdown.value, fields) } : {}),
    shutdownScriptTimeoutMs: fields.shutdown_script_timeout.value,
    fifos: buildFifos(fields),
    fifoStatesOnReload: fields.fifo_write_vrrp_states_on_reload.value,
  };
}

function buildFifos(fields: GlobalDefs): FifoConfig[] {
  const fifo = (
    of: FifoConfig['of'],
    line: Field<FifoLine> | undefined,
    script: Field<ScriptLine> | undefined,
  ): FifoConfig[] => {
    if (!line) return [];
    const { path, at } = line.value;
    return [{ of, path, ...(script ? { script: buildScript(script.value, fields) } : {}), span: at }];
  };
  return [
    ...fifo('all', fields.notify_fifo, fields.notify_fifo_script),
    ...fifo('vrrp', fields.vrrp_notify_fifo, fields.vrrp_notify_fifo_script),
    ...fifo('lvs', fields.lvs_notify_fifo, fields.lvs_notify_fifo_script),
  ];
}

/** `wanted`: the first that sends mail. */
export function buildMail(
  fields: GlobalDefs,
  wanted: Span | undefined,
  diagnostics: Diagnostics,
): MailConfig {
  const to = fields.notification_email.flat();
  const { notification_email_from: from, smtp_server: server, smtp_helo_name: helo } = fields;
  const ofCheckers = fields.smtp_alert_checker ?? fields.smtp_alert;
  if (wanted && (to.length === 0 || !server))
    diagnostics.warning('EMPTY', wanted, {
      message: `Cannot send mail of smtp_alert: there is no ${to.length === 0 ? 'notification_email' : 'smtp_server'}`,
      help: to.length === 0 ? 'write notification_email { you@example.org }' : 'write smtp_server 127.0.0.1',
    });
  return {
    to,
    ...(from ? { from: from.value } : {}),
    ...(server ? { server: server.value } : {}),
    connectTimeoutMs: fields.smtp_connect_timeout.value,
    ...(helo ? { helo: helo.value } : {}),
    ...(ofCheckers ? { ofCheckers: ofCheckers.value } : {}),
    faults: !fields.no_email_faults.value,
    ...(fields.no_checker_emails.value ? { notOfChecks: true } : {}),
  };
}
