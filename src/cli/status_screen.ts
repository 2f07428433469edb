/** Pure: a status as text that fits 80 columns. */
import { endpoint, keyOf } from '../control/names.ts';
import type {
  BfdSessionStatus,
  DestinationStatus,
  InterfaceStatus,
  QuorumStatus,
  Status,
  VirtualServerStatus,
  VrrpInstanceStatus,
} from '../control/status.ts';
import { fittedTable, wrap } from './screen_text.ts';

export function statusScreen(status: Status): string {
  const sections = [
    head(status),
    ...status.virtual_servers.map((server) => virtualServer(server)),
    vrrpInstances(status),
    bfdSessions(status),
    interfaces(status),
    flows(status),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function head({ instance, pid, version, config, since, dataplane }: Status): string {
  const lines = [
    `xlb ${version}, instance ${instance}, process ${pid}`,
    `${config}, since ${since}`,
    ...(dataplane
      ? []
      : ['The dataplane worker is being restarted; forwarding goes on, counters are unknown']),
  ];
  return lines.flatMap((line) => wrap(line)).join('\n');
}

/** Its pool. */
export function virtualServer(server: VirtualServerStatus): string {
  const { connections, packets, bytes, destinations } = server;
  const counted = `${connections} connections, ${packets} packets, ${bytes} bytes`;
  const title = `${whose(server)} ${how(server)}: ${counted}`;
  const rows = destinations.map((one) => [
    endpoint(one),
    one.weight,
    one.active,
    one.inactive,
    condition(one),
  ]);
  const table = fittedTable(['Real server', 'Weight', 'Active', 'Inact', 'Check'], rows);
  const remarks = [...serverRemarks(server), ...destinations.flatMap(remark)];
  return [...wrap(title), table, ...remarks.flatMap((line) => wrap(line))].join('\n');
}

function condition({ overloaded, since, sorry, unchecked, up }: DestinationStatus): string {
  if (sorry) return up ? 'sorry server, serves' : 'sorry server';
  if (!up && since === undefined) return 'leaving';
  return `${up ? 'up' : 'down'}${overloaded ? ', overloaded' : ''}${unchecked ? ', unchecked' : ''}`;
}

function serverRemarks({ quorum, suspended }: VirtualServerStatus): string[] {
  return [
    ...(quorum === undefined ? [] : [`Quorum ${quorum.up ? 'held' : 'lost'}: ${quorumNumbers(quorum)}`]),
    ...(suspended === true ? ['Checks rest: another director is master of the address'] : []),
  ];
}

/** 'weight 3, 2 needed'. */
function quorumNumbers({ up, weight, quorum, hysteresis }: QuorumStatus): string {
  const needed = up ? quorum - hysteresis : quorum + hysteresis;
  return `live real servers weigh ${weight}, ${Math.max(1, needed)} needed`;
}

/** 'TCP 10.0.0.1:80', 'FWM 7', 'TCP group web (10.0.0.1:80 and 12 more)'. */
function whose(server: VirtualServerStatus): string {
  const { group, members } = server;
  const key = keyOf(server);
  if (group === undefined) return key;
  const [kind, ...first] = key.split(' ');
  return `${kind} group ${group} (${first.join(' ')}${members ? ` and ${members} more` : ''})`;
}

/** The scheduler and what goes with it, in ipvsadm's words. */
function how({ scheduler, scheduler_flags: flags, persistence, one_packet }: VirtualServerStatus): string {
  const whole = persistence?.netmask === '255.255.255.255' || persistence?.netmask === '128';
  return [
    scheduler,
    ...(flags === undefined ? [] : [`(${flags.join(',')})`]),
    ...(persistence === undefined ? [] : [`persistent ${persistence.seconds}`]),
    ...(persistence === undefined || whole ? [] : [`mask ${persistence.netmask}`]),
    ...(one_packet === true ? ['ops'] : []),
  ].join(' ');
}

function remark(destination: DestinationStatus): string[] {
  const { address, up, unchecked = [], warnings = [], nexthop } = destination;
  const { upper_threshold: upper, lower_threshold: lower } = destination;
  const { weight_by_hand: byHand, slow_start_percent: percent } = destination;
  const again = lower === undefined ? 'below 3/4 of that' : `below ${lower}`;
  return [
    ...(up && nexthop.kind === 'unresolved' ? [`${address}: no MAC address known`] : []),
    ...unchecked.map((why) => `${address}: ${why}`),
    ...warnings,
    ...(byHand === undefined
      ? []
      : [`${address}: ${byHand === 0 ? 'drained by hand' : `weight ${byHand} by hand`} until xlb undrain`]),
    ...(percent === undefined ? [] : [`${address}: has ${percent} % of its weight for now (slow start)`]),
    ...(upper === undefined ? [] : [`${address}: up to ${upper} connections, new ones again ${again}`]),
  ];
}

function vrrpInstances({ vrrp_instances: instances }: Status): string {
  return instances.flatMap((one) => [...wrap(vrrpLine(one)), ...vrrpRemarks(one)]).join('\n');
}

/** 'VI_1 BACKUP on eth0, priority 100, master 10.0.0.2 (150): 10.0.0.1/32'. */
function vrrpLine({ name, state, leaving, interface: on, priority, addresses, master }: VrrpInstanceStatus) {
  const others = state === 'MASTER' ? undefined : master;
  const whom = others === undefined ? '' : `, master ${others.address} (${others.priority})`;
  const role = leaving === true ? `${state} until its successor is heard` : state;
  return `${name} ${role} on ${on}, priority ${priority}${whom}: ${addresses.join(', ')}`;
}

function vrrpRemarks({ name, faults = [], rival, untracked = [] }: VrrpInstanceStatus): string[] {
  return [
    ...[...faults, ...untracked].map((fault) => `${name}: ${fault}`),
    ...(rival === undefined
      ? []
      : [`${name}: two masters: ${rival.address} (${rival.priority}) is one as well`]),
  ].flatMap((line) => wrap(line));
}

function bfdSessions({ bfd_sessions: sessions = [] }: Status): string {
  return sessions.flatMap((one) => wrap(sessionLine(one))).join('\n');
}

/** 'BFD rs1 Up with 10.0.0.2, detection time 150 ms'. */
function sessionLine(session: BfdSessionStatus): string {
  const { detection_time_ms: ms, diagnostic, name, neighbor, remote_state: remote, state, trouble } = session;
  const more = [
    ...(state === 'Up' && ms !== undefined ? [`detection time ${ms} ms`] : [`the neighbour says ${remote}`]),
    ...(state === 'Up' || diagnostic === undefined ? [] : [diagnostic]),
  ];
  return `BFD ${name} ${state} with ${neighbor}, ${more.join(', ')}${trouble === undefined ? '' : `: ${trouble}`}`;
}

function interfaces({ interfaces: all }: Status): string {
  return all.flatMap((one) => wrap(interfaceLine(one))).join('\n');
}

/** 'eth0: native XDP, AF_XDP on 2 queues (copy)'. */
export function interfaceLine({ name, mode, reason, af_xdp: sockets }: InterfaceStatus): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  if (sockets === undefined) return `${name}: ${mode} XDP${why}`;
  const queues = `${sockets.queues} queue${sockets.queues === 1 ? '' : 's'}`;
  return `${name}: ${mode} XDP${why}, AF_XDP on ${queues} (${sockets.zero_copy ? 'zero-copy' : 'copy'})`;
}

function flows(status: Status): string {
  const { flows: table, templates, virtual_servers: servers, verdicts } = status;
  const { slots, used, expired, evicted } = table;
  const persistent = templates.used > 0 || servers.some(({ persistence }) => persistence !== undefined);
  const line = [
    `Flows: ${used} of ${slots} slots used, ${expired} expired, ${evicted} evicted`,
    ...(persistent ? [templatesLine(templates)] : []),
    ...eventsLost(status),
  ]
    .flatMap((text) => wrap(text))
    .join('\n');
  const rows = Object.entries(verdicts);
  return rows.length === 0 ? line : `${line}\n\n${fittedTable(['Verdict', 'Packets'], rows)}`;
}

function eventsLost({ events_lost: lost = {} }: Status): string[] {
  return Object.entries(lost).flatMap(([outlet, count]) =>
    count === 0 ? [] : [`Events lost: ${count} that ${outlet} has not taken`],
  );
}

function templatesLine({ slots, used, evicted, refused }: Status['templates']): string {
  return `Templates: ${used} of ${slots} slots used, ${evicted} evicted, ${refused} refused`;
}
