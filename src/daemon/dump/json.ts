/** Pure: keepalived.json, with the members of keepalived 2.2 in its order. */
import type { NotifyConfig } from '../../config/model.ts';
import { addressLine, routeLine, ruleLine, scriptLine } from './lines.ts';
import { holds, type Report, type ReportedInstance, reportedInstances } from './report.ts';

/** VRRP_STATE_*. */
export const stateNumbers = { INIT: 0, BACKUP: 1, MASTER: 2, FAULT: 3 } as const;

/** Version 1: an array of the virtual routers; 2: an object with it. */
export function jsonText(report: Report): string {
  const instances = reportedInstances(report).map((one) => ({ data: data(one, report), stats: stats(one) }));
  return JSON.stringify(report.config.global.dump.jsonVersion === 2 ? { vrrp: instances } : instances);
}

function data(one: ReportedInstance, report: Report): object {
  const { config, router, status } = one;
  const { garp } = router;
  return {
    iname: config.name,
    dont_track_primary: number(!config.trackPrimary),
    skip_check_adv_addr: number(config.skipCheckAdvAddr),
    strict_mode: number(config.strict),
    vmac_ifname: config.vmac?.name ?? '',
    ifp_ifname: config.vmac?.name ?? config.interface.name,
    master_priority: status.role === 'BACKUP' ? (status.master?.priority ?? 0) : 0,
    last_transition: status.changedMs / 1_000,
    garp_delay: garp.masterDelayMs / 1_000,
    garp_refresh: Math.trunc(garp.masterRefreshMs / 1_000),
    garp_rep: garp.masterRepeat,
    garp_refresh_rep: garp.masterRefreshRepeat,
    garp_lower_prio_delay: Math.trunc(garp.lowerPrioDelayMs / 1_000),
    garp_lower_prio_rep: garp.lowerPrioRepeat,
    lower_prio_no_advert: number(router.lowerPrioNoAdvert),
    higher_prio_send_advert: number(router.higherPrioSendAdvert),
    vrid: config.virtualRouterId,
    base_priority: config.priority,
    effective_priority: status.priority,
    vipset: holds(status),
    promote_secondaries: config.promoteSecondaries,
    adver_int: config.advertIntMs / 1_000,
    master_adver_int: config.advertIntMs / 1_000,
    accept: number(config.accept),
    nopreempt: !router.preempt,
    preempt_delay: Math.trunc(router.preemptDelayMs / 1_000),
    state: stateNumbers[status.role],
    wantstate: stateNumbers[status.role === 'INIT' ? config.state : status.role],
    version: config.version,
    smtp_alert: config.notify.mail,
    notify_deleted: config.notify.sayDeleted,
    ...scripts(config.notify),
    ...lists(one, report),
    auth_type: config.password === undefined ? 0 : 1,
    ...(config.password === undefined ? {} : { auth_data: config.password }),
  };
}

function scripts(notify: NotifyConfig): object {
  const { any, backup, deleted, fault, master, masterReceivesLowerPriority: lower, stop } = notify;
  const named = [
    ['script_backup', backup],
    ['script_master', master],
    ['script_fault', fault],
    ['script_stop', stop],
    ['script_deleted', deleted],
    ['script', any],
    ['script_master_rx_lower_pri', lower],
  ] as const;
  return Object.fromEntries(
    named.flatMap(([name, script]) => (script === undefined ? [] : [[name, scriptLine(script)]])),
  );
}

/** Without those that are empty. */
function lists({ config, status }: ReportedInstance, { config: { vrrpScripts } }: Report): object {
  const isSet = holds(status);
  const { scripts: tracked } = config.tracking;
  const named: Readonly<Record<string, readonly string[]>> = {
    vips: config.addresses.filter(({ excluded }) => excluded !== true).map((one) => addressLine(one, isSet)),
    evips: config.addresses.filter(({ excluded }) => excluded === true).map((one) => addressLine(one, isSet)),
    vroutes: config.routes.map(routeLine),
    vrules: config.rules.map(ruleLine),
    track_ifp: config.tracking.interfaces.map(({ name }) => name),
    track_script: tracked.flatMap(({ name }) =>
      vrrpScripts.filter((script) => script.name === name).map(({ script }) => scriptLine(script)),
    ),
    track_process: config.tracking.processes.map(({ name }) => name),
  };
  return Object.fromEntries(Object.entries(named).filter(([, lines]) => lines.length > 0));
}

function stats({ status: { statistics: counts } }: ReportedInstance): object {
  return {
    advert_rcvd: counts.advert_rcvd,
    advert_sent: counts.advert_sent,
    become_master: counts.become_master,
    release_master: counts.release_master,
    packet_len_err: counts.packet_len_err,
    advert_interval_err: counts.advert_interval_err,
    ip_ttl_err: counts.ip_ttl_err,
    invalid_type_rcvd: counts.invalid_type_rcvd,
    addr_list_err: counts.addr_list_err,
    invalid_authtype: counts.invalid_authtype,
    authtype_mismatch: counts.authtype_mismatch,
    auth_failure: counts.auth_failure,
    pri_zero_rcvd: counts.pri_zero_rcvd,
    pri_zero_sent: counts.pri_zero_sent,
  };
}

function number(flag: boolean): 0 | 1 {
  return flag ? 1 : 0;
}
