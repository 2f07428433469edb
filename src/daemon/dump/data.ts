/**
 * Pure: keepalived.data. Of the virtual routers the lines of keepalived 2.2 that mean something here, in its words,
 * since tools read them; of the virtual servers, which keepalived writes to another file, what xlb knows.
 */
import type { GlobalConfig, NotifyConfig, VrrpSyncGroupConfig } from '../../config/model.ts';
import { addressLine, routeLine, ruleLine, scriptLine } from './lines.ts';
import { holds, type Report, type ReportedInstance, reportedInstances } from './report.ts';
import { virtualServerLines } from './virtual_servers.ts';

export function dataText(report: Report): string {
  const { config } = report;
  const instances = reportedInstances(report);
  return [
    '------< Global definitions >------',
    ...globalLines(config.global),
    ...section(
      'VRRP Topology',
      instances.flatMap((one) => instanceLines(one, config.vrrpSyncGroups)),
    ),
    ...section(
      'VRRP Sync groups',
      config.vrrpSyncGroups.flatMap((group) => groupLines(group, instances)),
    ),
    ...section('LVS Topology', virtualServerLines(report)),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`------< ${title} >------`, ...lines];
}

function globalLines({ routerId, vrrp, mail }: GlobalConfig): string[] {
  return [
    ...(routerId === undefined ? [] : [` Router ID = ${routerId}`]),
    ...(mail.server === undefined
      ? []
      : [` Smtp server = ${mail.server.host}`, ` Smtp server port = ${mail.server.port}`]),
    ...(mail.from === undefined ? [] : [` Email notification from = ${mail.from}`]),
    ...mail.to.map((address) => ` Email notification = ${address}`),
    ` Dynamic interfaces = ${vrrp.dynamicInterfaces}`,
    ` Script security ${vrrp.scriptSecurity ? 'enabled' : 'disabled'}`,
  ];
}

function instanceLines(one: ReportedInstance, groups: readonly VrrpSyncGroupConfig[]): string[] {
  const { config, status } = one;
  const group = groups.find(({ instances }) => instances.includes(config.name));
  const interfaces =
    config.vmac === undefined
      ? config.interface.name
      : `${config.vmac.name}, vmac on ${config.interface.name}`;
  return [
    ` VRRP Instance = ${config.name}`,
    `   VRRP Version = ${config.version}`,
    ...(group === undefined ? [] : [`   Sync group = ${group.name}`]),
    ...(config.family === 6 ? ['   Using Native IPv6'] : []),
    `   State = ${status.role}`,
    ...masterLines(one),
    `   Wantstate = ${status.role === 'INIT' ? config.state : status.role}`,
    `   Number of interface and track script faults = ${status.faults.length}`,
    ...status.faults.map((why) => `     ${why}`),
    `   Last transition = ${transition(status.changedMs)}`,
    `   Interface = ${interfaces}`,
    ...(config.trackPrimary ? [] : ['   VRRP interface tracking disabled']),
    ...(config.skipCheckAdvAddr ? ['   Skip checking advert IP addresses'] : []),
    ...(config.strict ? ['   Enforcing strict VRRP compliance'] : []),
    ...transportLines(one),
    ...garpLines(one),
    ...electionLines(one),
    ...heldLines(one),
    ...trackingLines(one),
    ...notifyLines(config.notify),
  ];
}

function masterLines({ status }: ReportedInstance): string[] {
  if (status.role !== 'BACKUP' || status.master === undefined) return [];
  return [`   Master router = ${status.master.address}`, `   Master priority = ${status.master.priority}`];
}

function transportLines({ config: { transport } }: ReportedInstance): string[] {
  const { multicastGroup, peers, sourceAddress } = transport;
  return [
    ...(sourceAddress === undefined ? [] : [`   Using src_ip = ${sourceAddress}`]),
    ...(peers.length === 0
      ? [`   Multicast address ${multicastGroup}`]
      : ['   Unicast Peer :', ...peers.map(({ address }) => `     ${address}`)]),
  ];
}

function garpLines({ config: { downTimerAdverts }, router }: ReportedInstance): string[] {
  const { garp, higherPrioSendAdvert, lowerPrioNoAdvert } = router;
  return [
    `   Gratuitous ARP delay = ${seconds(garp.masterDelayMs)}`,
    `   Gratuitous ARP repeat = ${garp.masterRepeat}`,
    `   Gratuitous ARP refresh = ${seconds(garp.masterRefreshMs)}`,
    `   Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
    `   Gratuitous ARP lower priority delay = ${seconds(garp.lowerPrioDelayMs)}`,
    `   Gratuitous ARP lower priority repeat = ${garp.lowerPrioRepeat}`,
    `   Down timer adverts = ${downTimerAdverts}`,
    `   Send advert after receive lower priority advert = ${!lowerPrioNoAdvert}`,
    `   Send advert after receive higher priority advert = ${higherPrioSendAdvert}`,
  ];
}

function electionLines({ config, router, status }: ReportedInstance): string[] {
  const { accept, advertIntMs, password, priority, promoteSecondaries, version, virtualRouterId } = config;
  return [
    `   Virtual Router ID = ${virtualRouterId}`,
    `   Priority = ${priority}`,
    `   Effective priority = ${status.priority}`,
    `   Total priority = ${status.priority}`,
    `   Advert interval = ${version === 2 ? `${seconds(advertIntMs)} sec` : `${advertIntMs} milli-sec`}`,
    `   Accept = ${accept ? 'enabled' : 'disabled'}`,
    `   Preempt = ${router.preempt ? 'enabled' : 'disabled'}`,
    ...(router.preemptDelayMs === 0 ? [] : [`   Preempt delay = ${seconds(router.preemptDelayMs)} secs`]),
    `   Promote_secondaries = ${promoteSecondaries ? 'enabled' : 'disabled'}`,
    ...(version === 2 ? authenticationLines(password) : []),
  ];
}

function authenticationLines(password: string | undefined): string[] {
  if (password === undefined) return ['   Authentication type = none'];
  return ['   Authentication type = SIMPLE_PASSWORD', `   Password = ${password}`];
}

function heldLines({ config: { addresses, routes, rules }, status }: ReportedInstance): string[] {
  const isSet = holds(status);
  const advertised = addresses.filter(({ excluded }) => excluded !== true);
  const excluded = addresses.filter((one) => one.excluded === true);
  const indented = (lines: readonly string[]) => lines.map((line) => `     ${line}`);
  return [
    `   Virtual IP (${advertised.length}):`,
    ...indented(advertised.map((one) => addressLine(one, isSet))),
    ...titled('   Virtual IP Excluded :', indented(excluded.map((one) => addressLine(one, isSet)))),
    ...titled('   Virtual Routes :', indented(routes.map(routeLine))),
    ...titled('   Virtual Rules :', indented(rules.map(ruleLine))),
  ];
}

function trackingLines({ config: { tracking } }: ReportedInstance): string[] {
  const weighed = (list: typeof tracking.scripts, comma = '') =>
    list.map(({ name, weight }) => `     ${name}${comma} weight ${weight}`);
  return [
    ...titled('   Tracked interfaces :', weighed(tracking.interfaces)),
    ...titled('   Tracked scripts :', weighed(tracking.scripts)),
    ...titled('   Tracked files :', weighed(tracking.files, ',')),
    ...titled('   Tracked processes :', weighed(tracking.processes, ',')),
  ];
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function notifyLines({
  any,
  backup,
  fault,
  mail,
  master,
  priorityChanges,
  sayDeleted,
  stop,
}: NotifyConfig): string[] {
  const scripts = [
    ['Backup', backup],
    ['Master', master],
    ['Fault', fault],
    ['Stop', stop],
    ['Generic', any],
  ] as const;
  return [
    `   Using smtp notification = ${mail ? 'yes' : 'no'}`,
    `   Notify deleted = ${sayDeleted ? 'Deleted' : 'Fault'}`,
    ...scripts.flatMap(([name, script]) =>
      script === undefined ? [] : [`   ${name} state transition script = ${scriptLine(script)}`],
    ),
    `   Notify priority changes = ${priorityChanges}`,
  ];
}

/** A group is what its members are. */
function groupLines({ name, instances }: VrrpSyncGroupConfig, all: readonly ReportedInstance[]): string[] {
  const members = all.filter(({ config }) => instances.includes(config.name));
  const [first] = members;
  const faulty = members.filter(({ status }) => status.role === 'FAULT').length;
  return [
    ` VRRP Sync Group = ${name}, ${faulty > 0 ? 'FAULT' : (first?.status.role ?? 'INIT')}`,
    `   Num member fault ${faulty}, num member init ${members.filter(({ status }) => status.role === 'INIT').length}`,
    '   VRRP member instances :',
    ...instances.map((member) => `     ${member}`),
  ];
}

function seconds(ms: number): number {
  return ms / 1_000;
}

/** `1795286547.869000 (Sat Nov 21 18:42:27.869000 2026)`. */
export function transition(wallMs: number): string {
  const [week = '', month = '', day = '', year = '', time = ''] = new Date(wallMs).toString().split(' ');
  const micros = `${String(Math.trunc(wallMs) % 1_000).padStart(3, '0')}000`;
  const date = `${week} ${month} ${String(Number(day)).padStart(2)} ${time}.${micros} ${year}`;
  return `${Math.trunc(wallMs / 1_000)}.${micros} (${date})`;
}
